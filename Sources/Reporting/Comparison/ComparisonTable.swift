import Configuration

/// A comparison as a table for people, at most 100 columns wide.
package func comparisonTable(of comparison: ReportComparison, names: (first: String, second: String)) -> String {
  let nameWidth = 30
  let width = 22
  var lines = [
    "A  \(names.first)", "B  \(names.second)", "",
    left("", nameWidth) + right("A", width) + right("B", width) + right("change", 12),
  ]
  let regressions = Set(comparison.regressions.map(\.path))
  for figure in comparison.figures {
    lines.append(
      left(figure.name, nameWidth) + right(text(figure.first, figure.unit), width)
        + right(text(figure.second, figure.unit), width) + right(change(of: figure), 12)
        + (regressions.contains(figure.path) ? "  WORSE" : ""))
  }
  lines += [""] + differenceLines(comparison.differences)
  for warning in comparison.warnings { lines += wrapped("warning: " + warning, width: 100) }
  if let threshold = comparison.threshold {
    let percent = "\(fixed(100 * threshold, threshold * 100 == (threshold * 100).rounded() ? 0 : 1)) %"
    lines.append(
      regressions.isEmpty
        ? "no time and no peak grew by more than \(percent)"
        : "\(regressions.count) of the times and peaks grew by more than \(percent)")
  }
  return lines.joined(separator: "\n") + "\n"
}

private func differenceLines(_ differences: [ReportComparison.Difference]) -> [String] {
  guard !differences.isEmpty else { return ["the same configuration, machine and parameters"] }
  var lines = ["what else differs"]
  for difference in differences.prefix(40) {
    let first = difference.first?.text(.compact) ?? "-"
    let second = difference.second?.text(.compact) ?? "-"
    let line = "  " + left(difference.path, 34) + "  " + left(first, 29) + "  " + second
    if line.count <= 100, difference.path.count <= 34, first.count <= 29 {
      lines.append(line)
    } else {
      lines += [
        "  " + shortened(difference.path, 96), "    A " + shortened(first, 94), "    B " + shortened(second, 94),
      ]
    }
  }
  if differences.count > 40 { lines.append("  and \(differences.count - 40) more; --json has them all") }
  return lines
}

func shortened(_ text: String, _ width: Int) -> String {
  text.count <= width ? text : text.prefix(width - 1) + "…"
}

private func text(_ value: Double?, _ unit: ReportComparison.Figure.Unit) -> String {
  guard let value else { return "-" }
  return switch unit {
  case .seconds: secondsText(value)
  case .bytes: Int(exactly: value.rounded()).map(byteText) ?? significant(value)
  case .count: fixed(value, 0)
  case .ratio: fixed(value, 2)
  case .flopsPerSecond: "\(fixed(value / 1e9, 1)) Gflop/s"
  case .loss: significant(value)
  }
}

private func change(of figure: ReportComparison.Figure) -> String {
  guard let change = figure.change else { return "" }
  if change == 0 { return "=" }
  guard change.isFinite else { return "from 0" }
  return (change > 0 ? "+" : "") + "\(fixed(100 * change, abs(change) < 10 ? 1 : 0, width: 9)) %"
}
