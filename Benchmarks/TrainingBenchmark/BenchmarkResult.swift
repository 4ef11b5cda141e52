import ComputationGraph
import Configuration
import Profiling

/// What the benchmark measured.
struct BenchmarkResult: Sendable {
  struct Step: Sendable {
    var profile: TimeProfile
    var arenaByteCount: Int
    /// Seconds of the step's products alone.
    var productSeconds: Double

    /// Time of a whole step over that of its products alone: 1 is the floor.
    var ratio: Double { profile.iteration.median / productSeconds }
  }

  var settings: BenchmarkSettings
  var threads: Int
  var library: String
  var keepAll: Step
  var checkpointed: Step

  var table: String {
    func row(_ name: String, _ step: Step) -> String {
      let figures = [
        step.profile.iteration.median, step.profile.forward.median, step.profile.backward.median,
        step.profile.update.median, step.productSeconds,
      ].map { padded(fixed($0 * 1000, 1), 10) }.joined()
      return name.padded(to: 10) + figures + padded(fixed(step.ratio, 2), 8)
        + padded(fixed(step.profile.backwardForwardRatio, 2), 8)
        + padded(fixed(Double(step.arenaByteCount) / 1_048_576, 1), 10) + "\n"
    }
    let heading = ["iteration", "forward", "backward", "update", "products"].map { padded($0, 10) }.joined()
    return """
      \(settings.depth) layers of width \(settings.width), \(settings.activation.name), batch \(settings.batch), \
      float32, \(threads) threads, \(library); medians of \(settings.iterations), ms

      \("".padded(to: 10))\(heading)\(padded("ratio", 8))\(padded("b/f", 8))\(padded("MiB", 10))
      \(row("keep-all", keepAll))\(row("sqrt", checkpointed))
      ratio: iteration over its products alone; b/f: backward over forward; MiB: the activation arena's peak
      sqrt takes \(fixed(checkpointed.profile.iteration.median / keepAll.profile.iteration.median, 2)) of keep-all's \
      time and \(fixed(100 * Double(checkpointed.arenaByteCount) / Double(keepAll.arenaByteCount), 1)) % of its bytes

      """
  }

  var json: JSONValue {
    func object(_ step: Step) -> JSONValue {
      [
        "iterationSeconds": .number(step.profile.iteration.median),
        "forwardSeconds": .number(step.profile.forward.median),
        "backwardSeconds": .number(step.profile.backward.median),
        "updateSeconds": .number(step.profile.update.median),
        "productSeconds": .number(step.productSeconds),
        "ratioToProducts": .number(step.ratio),
        "arenaBytes": .integer(step.arenaByteCount),
      ]
    }
    return [
      "depth": .integer(settings.depth), "width": .integer(settings.width), "batch": .integer(settings.batch),
      "activation": .string(settings.activation.name), "threads": .integer(threads), "library": .string(library),
      "keepAll": object(keepAll), "sqrt": object(checkpointed),
    ]
  }
}

private func fixed(_ value: Double, _ digits: Int) -> String {
  var scale = 1
  for _ in 0..<digits { scale *= 10 }
  let scaled = Int((value * Double(scale)).rounded())
  let fraction = String(scaled % scale)
  return "\(scaled / scale)"
    + (digits == 0 ? "" : "." + String(repeating: "0", count: digits - fraction.count) + fraction)
}

private func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(1, width - text.count)) + text
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
