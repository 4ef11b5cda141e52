import Training

/// The gradients' health for people, at most 80 columns wide: one curve over the stages for each quantity, and what is
/// wrong.
func healthLines(_ health: GradientHealth) -> [String] {
  var lines = [
    "",
    left("health, iteration \(health.iteration)", 24) + right("first stage", 12) + right("last", 10)
      + "  over the stages, log scale",
  ]
  func row(_ name: String, _ values: [Double?]) {
    let known = values.compactMap(\.self)
    guard let first = known.first, let last = known.last else { return }
    lines.append(
      left(name, 24) + right(scientific(first, 2), 12) + right(scientific(last, 2), 10) + "  " + sparkline(values))
  }
  row("activation, rms", health.stages.map(\.activation))
  row("cotangent, rms", health.stages.map(\.cotangent))
  row("gradient, rms", health.stages.map(\.gradient))
  row("update / weight", health.stages.map(\.updateRatio))
  let units = health.stages.reduce(0) { $0 + $1.reluUnitCount }
  if units > 0 {
    let dead = health.stages.reduce(0) { $0 + $1.deadUnitCount }
    let worst = health.stages.indices.max { (health.stages[$0].deadShare ?? 0) < (health.stages[$1].deadShare ?? 0) }
    let place = worst.flatMap { index in
      dead == 0 ? nil : ", most in stage \(index): \(fixed(100 * (health.stages[index].deadShare ?? 0), 1)) %"
    }
    lines.append("dead ReLU units \(fixed(100 * Double(dead) / Double(units), 1)) %\(place ?? "")")
  }
  lines += flagLines(health)
  return lines
}

private func flagLines(_ health: GradientHealth) -> [String] {
  let factor = fixed(GradientHealth.factor, 0)
  return [GradientHealth.Flag.vanishing, .exploding].compactMap { flag in
    let flagged = health.stages.indices.filter { health.flag(ofStage: $0) == flag }
    guard !flagged.isEmpty else { return nil }
    let stages = "stage\(flagged.count == 1 ? "" : "s") \(ranges(flagged, limit: 4))"
    switch flag {
    case .vanishing: return "VANISHING: the gradient of \(stages) is below 1/\(factor) of the last stage's"
    case .exploding: return "EXPLODING: the gradient of \(stages) is above \(factor) times the last stage's"
    }
  }
}

/// Ascending numbers as ranges: `0-3, 7`.
private func ranges(_ numbers: [Int], limit: Int) -> String {
  var ranges: [ClosedRange<Int>] = []
  for number in numbers {
    if let last = ranges.last, last.upperBound + 1 == number {
      ranges[ranges.count - 1] = last.lowerBound...number
    } else {
      ranges.append(number...number)
    }
  }
  let shown = ranges.prefix(limit).map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
  return shown.joined(separator: ", ") + (ranges.count > limit ? ", ..." : "")
}

/// Positive numbers as bars of eight heights on a logarithmic scale, at most `width`: of more, neighbours share a bar
/// of their geometric mean. A space stands for nothing, or zero.
///
/// A curve of less than a decade keeps to the middle, so that noise does not look like a trend.
func sparkline(_ values: [Double?], width: Int = 32) -> String {
  let logarithms = values.map { value -> Double? in
    guard let value, value > 0, value.isFinite else { return nil }
    return decimalLogarithm(value)
  }
  let count = min(width, logarithms.count)
  let bars = (0..<count).map { bar -> Double? in
    let part = logarithms[bar * logarithms.count / count..<(bar + 1) * logarithms.count / count].compactMap(\.self)
    return part.isEmpty ? nil : part.reduce(0, +) / Double(part.count)
  }
  let known = bars.compactMap(\.self)
  guard let least = known.min(), let most = known.max() else { return "" }
  let span = max(1, most - least)
  let bottom = (least + most - span) / 2
  let heights = Array("▁▂▃▄▅▆▇█")
  return String(
    bars.map { bar in
      guard let bar else { return " " }
      return heights[min(7, max(0, Int((bar - bottom) / span * 8)))]
    })
}

/// The logarithm to base 10, to four digits: of the mantissa by a series, without the C library.
private func decimalLogarithm(_ value: Double) -> Double {
  // ln m = 2 artanh((m - 1) / (m + 1)), m in 1 ..< 2.
  let ratio = (value.significand - 1) / (value.significand + 1)
  let square = ratio * ratio
  let natural = 2 * ratio * (1 + square / 3 + square * square / 5 + square * square * square / 7)
  return (Double(value.exponent) * 0.6931471805599453 + natural) / 2.302585092994046
}
