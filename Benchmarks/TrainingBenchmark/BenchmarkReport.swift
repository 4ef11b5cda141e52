import Configuration
import CostModel
import ExecutionPlanning
import Profiling

/// What the benchmark measured, for people and for programs.
struct BenchmarkReport: Sendable {
  struct Step: Sendable {
    var name: String
    var strategy: String
    var profile: TimeProfile
    /// Seconds of the products of all hidden layers at the rate of the machine's mark.
    var floorSeconds: Double
    /// Operations of those products.
    var floorFlops: Double
    /// Bytes that the instructions and the optimizer's pass read and write, as if no cache held anything between them.
    var operandByteCount: Int
    var arenaByteCount: Int
    /// Of the last iteration.
    var loss: Double
    var recomputedExecutions: Int
    var shares: [OperatorRecorder.Share]
    /// From planning to the end of the last iteration: a cost outside of what medians are taken of shows here.
    var wallSeconds: Double
    var products: [ProductRate]

    var ratioToFloor: Double { profile.iteration.median / floorSeconds }
    /// Seconds of the step's products alone, each at its own kernel's rate.
    var productSeconds: Double { products.reduce(0) { $0 + Double($1.count) * $1.seconds } }
  }

  let library: String
  let instructionSet: String
  let threads: Int
  let limits: MachineLimits
  var steps: [Step] = []
  var observerCosts: [ObserverCost] = []

  func table(_ settings: BenchmarkSettings) -> String {
    settings.comparesObservers ? observerTable : stepTable(settings)
  }

  private var observerTable: String {
    let lines = observerCosts.map { cost in
      left(cost.name, 24) + right(fixed(cost.seconds * 1000, 3), 10)
        + [ObserverCost.Watching.clock, .trace, .looks].map { right(signed(cost.percent($0)), 10) }.joined()
        + right("\(cost.roundCount)", 10)
    }
    let head =
      left("", 24) + ["ms", "clock, %", "trace, %", "looks, %", "rounds"].reduce("") { $0 + right($1, 10) }
    return ([head] + lines + ["", "% of an iteration that nobody watches, medians of rounds in turn", ""])
      .joined(separator: "\n")
  }

  private func stepTable(_ settings: BenchmarkSettings) -> String {
    var lines = [
      "\(library), \(instructionSet), \(threads) threads",
      "products at best \(fixed(limits.productGigaflops, 0)) GFLOP/s (sgemm 1024), memory "
        + "\(fixed(limits.memoryGigabytesPerSecond, 1)) GB/s, parallel region \(fixed(limits.barrierMicroseconds, 1)) µs",
      "",
      [
        "iteration", "forward", "backward", "recompute", "update", "products", "of floor", "of none", "MiB", "wall, s",
      ].reduce(left("ms, medians", 16)) { $0 + right($1, 10) },
    ]
    for step in steps {
      let keepAll = steps.first { $0.name == step.name && $0.strategy == "none" }
      let times = [
        step.profile.iteration.median, step.profile.forward.median, step.profile.backward.median,
        step.profile.recompute.median, step.profile.update.median, step.productSeconds,
      ]
      let ofKeepAll = keepAll.map { fixed(step.profile.iteration.median / $0.profile.iteration.median, 2) }
      lines.append(
        left("\(step.name) \(step.strategy)", 16) + times.map { right(fixed($0 * 1000, 2), 10) }.joined()
          + right(fixed(step.ratioToFloor, 2), 10) + right(ofKeepAll ?? "-", 10)
          + right(fixed(Double(step.arenaByteCount) / 1_048_576, 1), 10) + right(fixed(step.wallSeconds, 2), 10))
      if settings.showsOperators { lines += details(of: step) }
    }
    lines += [
      "",
      "of floor: the iteration over 6 x batch x hidden weights operations at the rate above, in bfloat16 at twice that; of none: over keep-all",
      "products: the step's products alone, each at the rate of its own kernel; MiB: peak of the activation arena",
      "wall: planning, taking memory and all iterations", "",
    ]
    return lines.joined(separator: "\n")
  }

  private func details(of step: Step) -> [String] {
    step.shares.prefix(16).map { share in
      "    " + left("\(share.phase.rawValue) \(share.operation)", 36) + right("\(share.instructionCount)", 6)
        + right(fixed(share.seconds * 1000, 2), 10) + " ms"
        + right(fixed(100 * share.seconds / step.profile.iteration.median, 1), 7)
        + " %" + right(fixed(1e6 * share.seconds / Double(share.instructionCount), 1), 10) + " µs each"
    }
      + step.products.prefix(6).map { product in
        "    " + left("alone: \(product.operation) \(product.sizes)", 52) + right("\(product.count)", 6)
          + right(fixed(product.seconds * 1e6, 1), 10) + " µs" + right(fixed(product.gigaflops, 0), 6) + " GFLOP/s"
      }
  }

  var json: JSONValue {
    [
      "library": .string(library), "instructionSet": .string(instructionSet), "threads": .integer(threads),
      "limits": [
        "productGigaflops": .number(limits.productGigaflops),
        "memoryGigabytesPerSecond": .number(limits.memoryGigabytesPerSecond),
        "barrierMicroseconds": .number(limits.barrierMicroseconds),
      ],
      "steps": .array(steps.map(object)),
      "observers": .array(
        observerCosts.map { cost in
          [
            "name": .string(cost.name), "iterationSeconds": .number(cost.seconds), "rounds": .integer(cost.roundCount),
            "clockPercent": .number(cost.percent(.clock)), "tracePercent": .number(cost.percent(.trace)),
            "looksPercent": .number(cost.percent(.looks)),
          ]
        }),
    ]
  }

  private func object(_ step: Step) -> JSONValue {
    [
      "name": .string(step.name), "strategy": .string(step.strategy),
      "iterationSeconds": .number(step.profile.iteration.median),
      "forwardSeconds": .number(step.profile.forward.median),
      "backwardSeconds": .number(step.profile.backward.median),
      "recomputeSeconds": .number(step.profile.recompute.median),
      "updateSeconds": .number(step.profile.update.median), "productSeconds": .number(step.productSeconds),
      "floorSeconds": .number(step.floorSeconds), "floorFlops": .number(step.floorFlops),
      "operandBytes": .integer(step.operandByteCount), "ratioToFloor": .number(step.ratioToFloor),
      "arenaBytes": .integer(step.arenaByteCount), "wallSeconds": .number(step.wallSeconds), "loss": .number(step.loss),
      "recomputedExecutions": .integer(step.recomputedExecutions),
      "operators": .array(
        step.shares.map {
          [
            "phase": .string($0.phase.rawValue), "operation": .string($0.operation),
            "instructions": .integer($0.instructionCount), "seconds": .number($0.seconds),
          ]
        }),
      "products": .array(
        step.products.map {
          [
            "operation": .string($0.operation), "sizes": .string($0.sizes), "count": .integer($0.count),
            "seconds": .number($0.seconds), "gigaflops": .number($0.gigaflops),
          ]
        }),
    ]
  }
}

private func fixed(_ value: Double, _ digits: Int) -> String {
  var scale = 1
  for _ in 0..<digits { scale *= 10 }
  let scaled = (value * Double(scale)).rounded()
  guard scaled.isFinite, scaled >= 0, scaled < 1e15 else { return "-" }
  let fraction = String(Int(scaled) % scale)
  return "\(Int(scaled) / scale)"
    + (digits == 0 ? "" : "." + String(repeating: "0", count: digits - fraction.count) + fraction)
}

private func left(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(1, width - text.count))
}

private func right(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(1, width - text.count)) + text
}

private func signed(_ value: Double) -> String { (value < 0 ? "-" : "") + fixed(abs(value), 2) }
