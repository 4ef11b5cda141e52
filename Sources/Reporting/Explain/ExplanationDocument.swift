import ComputationGraph
package import Configuration
package import Explanation

/// The JSON document of an explanation, format version 1.
package func document(
  of explanation: GraphExplanation, version: String, configuration: JSONValue
) -> JSONValue {
  [
    "formatVersion": 1,
    "command": "explain",
    "version": .string(version),
    "config": configuration,
    "explanation": [
      "rows": .integer(explanation.rowCount), "precision": "float64",
      "sources": .array(explanation.sources.map { value($0, explanation) }),
      "forward": .array(explanation.forward.map { value($0, explanation) }),
      "backward": .array(explanation.backward.map { value($0, explanation) }),
      "shared": .array(
        explanation.shared.map { shared in
          [
            "name": .string(shared.name), "readers": .array(shared.readers.map { .string($0) }),
            "parameters": .array(shared.parameters.map { .string($0) }),
          ]
        }),
      "strategy": .string(explanation.strategy), "stages": .integer(explanation.stageCount),
      "forwardExecutions": .integer(explanation.forwardExecutions),
      "values": .array(explanation.fates.map(fate)), "costs": .array(explanation.costs.map(cost)),
    ],
  ]
}

private func value(_ value: GraphExplanation.ExplainedValue, _ explanation: GraphExplanation) -> JSONValue {
  [
    "id": .integer(value.value.index), "name": .string(value.name), "formula": .string(value.formula),
    "operation": value.operation.map { .string($0) } ?? .null,
    "shape": [.integer(value.shape.rows), .integer(value.shape.columns)],
    "inputs": .array(value.inputs.map { .integer($0.index) }),
    "elements": .array(value.elements.map { .number($0) }),
    "localDerivative": value.localDerivative.map { .string($0) } ?? .null,
    "localElements": value.localElements.map { .array($0.map { .number($0) }) } ?? .null,
    "isResidual": .bool(explanation.residuals.contains(value.value)),
  ]
}

private func fate(_ fate: ValueFate) -> JSONValue {
  let (name, recomputations): (String, Int) =
    switch fate.fate {
    case .external: ("external", 0)
    case .stored: ("stored", 0)
    case .recomputed(let count): ("recomputed", count)
    case .dropped: ("dropped", 0)
    }
  return [
    "name": .string(fate.name), "bytes": .integer(fate.byteCount), "stage": .integer(fate.stage),
    "fate": .string(name), "recomputations": .integer(recomputations), "reason": .string(fate.reason),
  ]
}

private func cost(_ cost: DifferentiationCost) -> JSONValue {
  [
    "method": .string(cost.method.rawValue), "forwardNodeExecutions": .integer(cost.forwardNodeExecutions),
    "backwardNodeExecutions": .integer(cost.backwardNodeExecutions), "seconds": .number(cost.seconds),
  ]
}
