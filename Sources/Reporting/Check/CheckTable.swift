import ComputationGraph
import Training

/// The check as tables for people, at most 100 columns wide.
///
/// - Parameter mostLayers: more layers than this are cut to those that lie highest in their tolerance.
package func checkTable(of report: CheckReport, mostLayers: Int = 256) -> String {
  var lines = quotientLines(report, mostLayers: mostLayers)
  if let check = report.precisionCheck { lines += precisionLines(check, report) }
  lines += strategyLines(report)
  lines += ["", verdict(of: report)]
  return lines.joined(separator: "\n") + "\n"
}

/// The parameters of one layer together.
private struct LayerCheck {
  var name: String
  var parameters: [String] = []
  var comparisonCount = 0
  var kinkCount = 0
  var worst: DerivativeComparison?

  mutating func add(_ tensor: TensorCheck, named parameter: String) {
    parameters.append(parameter)
    comparisonCount += tensor.comparisonCount
    kinkCount += tensor.kinkCount
    guard let other = tensor.worst else { return }
    if let worst, !(other.share > worst.share || other.share.isNaN) { return }
    worst = other
  }
}

private func layers(of check: GradientCheck) -> [LayerCheck] {
  var layers: [LayerCheck] = []
  for tensor in check.tensors {
    let dot = tensor.name.utf8.lastIndex(of: UInt8(ascii: ".")) ?? tensor.name.startIndex
    let layer = String(tensor.name[..<dot])
    if layers.last?.name != layer { layers.append(LayerCheck(name: layer)) }
    layers[layers.count - 1].add(tensor, named: String(tensor.name[dot...].dropFirst()))
  }
  return layers
}

private let quotientHeading =
  left("layer", 20) + left("parameters", 14) + right("compared", 9) + right("at kinks", 10)
  + right("largest error", 15) + right("tolerance", 12) + right("share", 9) + "  "

private func quotientLines(_ report: CheckReport, mostLayers: Int) -> [String] {
  let check = report.gradients
  let all = layers(of: check)
  var lines = [
    "gradients against central differences in float64, on \(counted(check.rowCount, "row")) of the first batch",
    "", quotientHeading.trimmingEnd,
  ]
  var shown = Array(all.indices)
  if all.count > mostLayers {
    shown = Array(shown.sorted { (all[$0].worst?.share ?? -1) > (all[$1].worst?.share ?? -1) }.prefix(mostLayers))
    shown.sort()
  }
  for index in shown {
    let layer = all[index]
    lines.append(
      row(
        layer.name, layer.parameters.joined(separator: ", "), compared: layer.comparisonCount,
        kinks: layer.kinkCount, layer.worst))
  }
  if shown.count < all.count {
    lines.append("and \(all.count - shown.count) layers that lie lower in their tolerance; --json has them all")
  }
  for direction in check.directions {
    lines.append(row("along " + direction.direction.phrase, "all", compared: nil, kinks: nil, direction.comparison))
  }
  return lines
}

private func row(
  _ name: String, _ parameters: String, compared: Int?, kinks: Int?, _ worst: DerivativeComparison?
) -> String {
  // A name that is longer than its column takes from the next one.
  let head = left(left(name, 20) + (name.count >= 20 ? "  " : "") + parameters, 34)
  var text = head + right(compared.map { "\($0)" } ?? "", 9) + right(kinks.map { "\($0)" } ?? "", 10)
  guard let worst else { return text + right("-", 15) + right("-", 12) + right("-", 9) + "  not compared" }
  text += right(scientific(worst.error), 15) + right(scientific(worst.tolerance), 12)
  return text + right("\(fixed(100 * worst.share, 1)) %", 9) + (worst.passes ? "" : "  FAILS")
}

private func precisionLines(_ check: PrecisionCheck, _ report: CheckReport) -> [String] {
  func share(_ parameter: Int) -> Double {
    check.relativeErrors[parameter] / (check.tolerance(ofParameter: parameter) ?? .infinity)
  }
  let worst = check.relativeErrors.indices.max {
    (share($0), check.relativeErrors[$0]) < (share($1), check.relativeErrors[$1])
  }
  var lines = ["", "\(report.precision.rawValue) gradients against float64 on the same rows, relative to each norm"]
  if let worst {
    let verdict =
      check.tolerance(ofParameter: worst).map { "allowed \(scientific($0))" + (check.passes ? "" : "  FAILS") }
      ?? (check.tolerance == nil
        ? "no bound: the network has kinks or is more than 100 layers deep"
        : "no bound: plain loops in this precision are as far off")
    lines.append(
      "largest \(scientific(check.relativeErrors[worst])) in \(report.gradients.tensors[worst].name); \(verdict)")
  }
  return lines
}

private func strategyLines(_ report: CheckReport) -> [String] {
  var lines = [
    "",
    (report.roundsKept
      ? "strategies against a second run, as activations are kept in bfloat16,"
      : "strategies against keep-all, bit by bit,")
      + " in \(report.precision.rawValue) on \(report.batchRows == 1 ? "the row" : "the \(report.batchRows) rows") of the first batch",
    "",
    left("strategy", 20) + right("executions", 12) + right("products again", 16) + right("peak planned", 14)
      + right("measured", 14) + "  gradients",
  ]
  for check in [report.keepAll] + report.strategies {
    let bits =
      check.firstDifference != nil
      ? "DIFFER" : check.strategy == report.keepAll.strategy && !report.roundsKept ? "the reference" : "identical"
    lines.append(
      left(check.strategy, 20) + right("\(check.forwardExecutions)", 12) + right("\(check.recomputedProducts)", 16)
        + right(byteText(check.plannedPeakBytes), 14) + right(byteText(check.measuredPeakBytes), 14) + "  " + bits)
    if let difference = check.firstDifference {
      lines += wrapped("first in \(difference.place)[\(difference.entry)]", width: 96).map { "    " + $0 }
    }
  }
  return lines
}

private func verdict(of report: CheckReport) -> String {
  let failures = report.failures.count
  guard failures == 0 else { return counted(failures, "check fails", plural: "checks fail") }
  let uncompared = report.gradients.tensors.count { $0.comparisonCount == 0 }
  let rest = uncompared == 0 ? "" : "; \(uncompared) parameters stand at kinks and could not be compared"
  return
    "passed: \(report.gradients.comparisonCount) entries of \(report.gradients.tensors.count) parameters, "
    + "\(report.strategies.count) strategies\(rest)"
}
