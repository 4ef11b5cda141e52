package import ComputationGraph

/// What comparing gradients with central differences in float64 gave.
package struct GradientCheck: Hashable, Sendable {
  /// Rows of the batch that was differentiated.
  package var rowCount: Int
  /// The loss at the parameters as they are.
  package var loss: Double
  /// In the order of the parameters.
  package var tensors: [TensorCheck]
  /// Directional derivatives, over all parameters at once.
  package var directions: [DirectionCheck]

  package init(rowCount: Int, loss: Double, tensors: [TensorCheck], directions: [DirectionCheck]) {
    self.rowCount = rowCount
    self.loss = loss
    self.tensors = tensors
    self.directions = directions
  }

  /// Entries compared, directions not counted.
  package var comparisonCount: Int { tensors.reduce(0) { $0 + $1.comparisonCount } }

  /// Whether nothing that was compared lies outside its tolerance.
  package var passes: Bool {
    tensors.allSatisfy { $0.worst?.passes ?? true } && directions.allSatisfy { $0.comparison?.passes ?? true }
  }
}

/// A gradient, or the derivative in a direction, beside its difference quotient.
package struct DerivativeComparison: Hashable, Sendable {
  package var derivative: Double
  package var quotient: Double
  /// Half the distance between the two points of the quotient.
  package var step: Double
  /// The largest |derivative - quotient| that rounding and the step account for.
  package var tolerance: Double

  package init(derivative: Double, quotient: Double, step: Double, tolerance: Double) {
    self.derivative = derivative
    self.quotient = quotient
    self.step = step
    self.tolerance = tolerance
  }

  package var error: Double { abs(derivative - quotient) }
  /// The error in parts of its tolerance; not a number where something is not.
  package var share: Double { error / tolerance }
  /// False too where a figure is not finite.
  package var passes: Bool { error <= tolerance }
}

/// The entries of one parameter that were compared.
package struct TensorCheck: Hashable, Sendable {
  package var name: String
  package var shape: Shape
  /// Entry of the layer list.
  package var layer: Int
  package var comparisonCount: Int
  /// Entries drawn that stand so close to a kink that no step stays on its side: compared with nothing.
  package var kinkCount: Int
  /// The comparison that lies highest in its tolerance, and the entry's index, row-major; nil where none was made.
  package var worst: DerivativeComparison?
  package var worstEntry: Int?

  package init(
    name: String, shape: Shape, layer: Int, comparisonCount: Int, kinkCount: Int, worst: DerivativeComparison? = nil,
    worstEntry: Int? = nil
  ) {
    self.name = name
    self.shape = shape
    self.layer = layer
    self.comparisonCount = comparisonCount
    self.kinkCount = kinkCount
    self.worst = worst
    self.worstEntry = worstEntry
  }
}

/// A derivative over all parameters at once.
package struct DirectionCheck: Hashable, Sendable {
  package enum Direction: String, Hashable, Sendable, CaseIterable {
    /// Along the gradient itself: the derivative is its norm.
    case gradient
    /// Along a random unit vector.
    case random
  }

  package var direction: Direction
  /// Nil where every step crosses a kink.
  package var comparison: DerivativeComparison?

  package init(direction: Direction, comparison: DerivativeComparison? = nil) {
    self.direction = direction
    self.comparison = comparison
  }
}
