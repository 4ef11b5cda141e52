import ComputationGraph
package import Configuration
import Training

/// The JSON document of a check, format version 1.
package func document(of report: CheckReport) -> JSONValue {
  [
    "formatVersion": 1,
    "command": "check",
    "version": .string(report.version),
    "machine": machineDocument(report.machine),
    "config": report.configuration,
    "check": [
      "passed": .bool(report.passes),
      "failures": .array(report.failures.map { .string($0) }),
      "differences": [
        "precision": "float64", "rows": .integer(report.gradients.rowCount), "loss": .number(report.gradients.loss),
        "compared": .integer(report.gradients.comparisonCount),
        "parameters": .array(report.gradients.tensors.indices.map { parameter($0, report) }),
        "directions": .array(
          report.gradients.directions.map { check in
            .object([JSONMember("along", .string(check.direction.rawValue))] + comparison(check.comparison))
          }),
      ],
      "precisionTolerance": report.precisionCheck?.tolerance.map { .number($0) } ?? .null,
      "precision": .string(report.precision.rawValue),
      "comparedWith": .string(report.roundsKept ? "itself" : "keepAll"), "batchRows": .integer(report.batchRows),
      "strategies": .array(([report.keepAll] + report.strategies).map(strategy)),
    ],
  ]
}

private func parameter(_ index: Int, _ report: CheckReport) -> JSONValue {
  let tensor = report.gradients.tensors[index]
  var members = [
    JSONMember("name", .string(tensor.name)),
    JSONMember("shape", [.integer(tensor.shape.rows), .integer(tensor.shape.columns)]),
    JSONMember("compared", .integer(tensor.comparisonCount)),
    JSONMember("atKinks", .integer(tensor.kinkCount)),
    JSONMember("entry", tensor.worstEntry.map { .integer($0) } ?? .null),
  ]
  members += comparison(tensor.worst)
  members.append(
    JSONMember(
      "relativeErrorOfPrecision", report.precisionCheck.map { .number($0.relativeErrors[index]) } ?? .null))
  members.append(JSONMember("toleranceOfPrecision", number(report.precisionCheck?.tolerance(ofParameter: index))))
  return .object(members)
}

private func comparison(_ comparison: DerivativeComparison?) -> [JSONMember] {
  [
    JSONMember("derivative", number(comparison?.derivative)),
    JSONMember("quotient", number(comparison?.quotient)),
    JSONMember("step", number(comparison?.step)),
    JSONMember("error", number(comparison?.error)),
    JSONMember("tolerance", number(comparison?.tolerance)),
    JSONMember("passed", comparison.map { .bool($0.passes) } ?? .null),
  ]
}

private func strategy(_ check: StrategyCheck) -> JSONValue {
  [
    "strategy": .string(check.strategy), "forwardExecutions": .integer(check.forwardExecutions),
    "recomputedProducts": .integer(check.recomputedProducts), "plannedPeakBytes": .integer(check.plannedPeakBytes),
    "measuredPeakBytes": .integer(check.measuredPeakBytes), "bitIdentical": .bool(check.firstDifference == nil),
    "firstDifference": check.firstDifference.map { ["place": .string($0.place), "entry": .integer($0.entry)] } ?? .null,
  ]
}
