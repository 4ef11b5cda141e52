/// Why training ended before its time.
package enum TrainingError: Error, Sendable, CustomStringConvertible {
  /// The loss or a gradient is not finite.
  case diverged(Divergence)
  /// A value computed again had other bits than its first computation.
  case recomputationDiffers(iteration: Int, stage: String, operation: String)
  /// The caller asked for an end between two iterations.
  case interrupted(iteration: Int)

  package var description: String {
    switch self {
    case .diverged(let divergence): divergence.description
    case .recomputationDiffers(let iteration, let stage, let operation):
      "iteration \(iteration): \(operation) of stage \(stage), computed again, differs from its first computation"
    case .interrupted(let iteration): "interrupted after iteration \(iteration)"
    }
  }
}

/// Where numbers that are not finite first appeared.
package struct Divergence: Hashable, Sendable, CustomStringConvertible {
  /// Counted from 1.
  package var iteration: Int
  package var epoch: Int
  /// `loss`, `gradient` or `parameter`.
  package var quantity: String
  /// The stage, its operator and the phase of the first instruction whose output is not finite; nil where every
  /// activation and cotangent is finite and only the sum over them is not.
  package var origin: Origin?

  package struct Origin: Hashable, Sendable {
    package var stage: String
    package var operation: String
    package var phase: String
    /// Index of the first element that is not finite, row-major.
    package var element: Int
    /// The parameter that the element is of, or whose gradient it is of; nil for an activation or a cotangent.
    package var parameter: String?

    package init(stage: String, operation: String, phase: String, element: Int, parameter: String? = nil) {
      self.stage = stage
      self.operation = operation
      self.phase = phase
      self.element = element
      self.parameter = parameter
    }
  }

  package var description: String {
    var text = "training diverged in iteration \(iteration) (epoch \(epoch)): "
    text += quantity == "parameter" ? "a parameter is not finite" : "the \(quantity) is not finite"
    if let origin {
      text += "; it first appeared in the \(origin.phase)\(origin.phase == "update" ? "" : " pass"), in "
      text += "\(origin.operation) of \(origin.stage), element \(origin.element)"
      if let parameter = origin.parameter, origin.stage != parameter { text += " of the gradient of \(parameter)" }
    }
    return text + "; a smaller learning rate, gradient clipping or warm-up may help"
  }
}
