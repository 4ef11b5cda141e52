import Configuration
import Training

/// The gradients' health as the report has it under `health`.
func healthDocument(_ health: GradientHealth) -> JSONValue {
  [
    "iteration": .integer(health.iteration), "factor": .number(GradientHealth.factor),
    "stages": .array(
      health.stages.indices.map { index in
        let stage = health.stages[index]
        return [
          "index": .integer(index), "activationRms": finite(stage.activation), "cotangentRms": finite(stage.cotangent),
          "gradientRms": finite(stage.gradient), "gradientNorm": finite(stage.gradientNorm),
          "updateRatio": finite(stage.updateRatio), "reluUnits": .integer(stage.reluUnitCount),
          "deadUnits": .integer(stage.deadUnitCount), "deadShare": number(stage.deadShare),
          "flag": health.flag(ofStage: index).map { .string($0.rawValue) } ?? .null,
        ]
      }),
  ]
}

/// JSON has no infinity.
private func finite(_ value: Double?) -> JSONValue { number(value.flatMap { $0.isFinite ? $0 : nil }) }
