package import ComputationGraph
package import Configuration
package import Training

/// What `bptrain check` found.
package struct CheckReport: Sendable {
  package var version: String
  package var machine: MachineFacts
  /// The resolved configuration.
  package var configuration: JSONValue
  /// That of the configuration, in which strategies are compared.
  package var precision: ElementType
  /// Whether activations are rounded to bfloat16 while they are kept: each strategy is then compared with itself.
  package var roundsKept = false
  /// Rows of the batch on which strategies are compared.
  package var batchRows: Int
  package var stageCount: Int
  package var gradients: GradientCheck
  /// Nil where the configuration's own precision is float64.
  package var precisionCheck: PrecisionCheck?
  package var keepAll: StrategyCheck
  package var strategies: [StrategyCheck]

  package init(
    version: String, machine: MachineFacts, configuration: JSONValue, precision: ElementType, batchRows: Int,
    stageCount: Int, gradients: GradientCheck, precisionCheck: PrecisionCheck?, keepAll: StrategyCheck,
    strategies: [StrategyCheck]
  ) {
    self.version = version
    self.machine = machine
    self.configuration = configuration
    self.precision = precision
    self.batchRows = batchRows
    self.stageCount = stageCount
    self.gradients = gradients
    self.precisionCheck = precisionCheck
    self.keepAll = keepAll
    self.strategies = strategies
  }

  package var passes: Bool { failures.isEmpty }

  /// A sentence for each thing that is wrong.
  package var failures: [String] {
    var sentences: [String] = []
    for tensor in gradients.tensors {
      guard let worst = tensor.worst, let entry = tensor.worstEntry, !worst.passes else { continue }
      sentences.append(
        "the gradient of \(tensor.name)[\(entry)] is \(worst.derivative) and its difference quotient \(worst.quotient), "
          + "\(scientific(worst.error)) apart where \(scientific(worst.tolerance)) is allowed")
    }
    for check in gradients.directions {
      guard let comparison = check.comparison, !comparison.passes else { continue }
      sentences.append(
        "the derivative along \(check.direction.phrase) is \(comparison.derivative) by the gradients and "
          + "\(comparison.quotient) by its difference quotient, \(scientific(comparison.error)) apart where "
          + "\(scientific(comparison.tolerance)) is allowed")
    }
    if let check = precisionCheck {
      for (index, tensor) in gradients.tensors.enumerated() where !check.passes(parameter: index) {
        guard let tolerance = check.tolerance(ofParameter: index) else { continue }
        let error = scientific(check.relativeErrors[index])
        sentences.append(
          "the \(precision.rawValue) gradient of \(tensor.name) is \(error) from the float64 one, relative "
            + "to its norm, where \(scientific(tolerance)) is allowed")
      }
    }
    for check in [keepAll] + strategies {
      if let difference = check.firstDifference {
        sentences.append(
          "under \(check.strategy), \(difference.place)[\(difference.entry)] has other bits than "
            + (roundsKept ? "in a second run" : "under keep-all"))
      }
      if check.measuredPeakBytes != check.plannedPeakBytes {
        sentences.append(
          "under \(check.strategy) the arena's peak is \(check.measuredPeakBytes) bytes where "
            + "\(check.plannedPeakBytes) were planned")
      }
    }
    return sentences
  }
}

extension DirectionCheck.Direction {
  var phrase: String {
    switch self {
    case .gradient: "the gradient"
    case .random: "a random direction"
    }
  }
}
