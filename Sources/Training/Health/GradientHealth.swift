/// How values and derivatives change through the depth of a network, in one iteration: what tells a network whose
/// gradients vanish or explode from one that learns slowly.
package struct GradientHealth: Hashable, Sendable {
  /// One stage's figures; nil where it has no such value.
  package struct Stage: Hashable, Sendable {
    /// Root mean square of the stage's output.
    package var activation: Double?
    /// Root mean square of the loss's derivative by the stage's output.
    package var cotangent: Double?
    /// Euclidean norm of the gradients of the stage's parameters, and how many numbers these are.
    package var gradientNorm: Double?
    package var parameterCount = 0
    /// |change of the weights by the update| / |weights|, from sampled entries.
    package var updateRatio: Double?
    /// Units behind a ReLU, and those among them that gave zero for every row of the batch.
    package var reluUnitCount = 0
    package var deadUnitCount = 0

    package init() {}

    /// Root mean square of the gradients of the stage's parameters.
    package var gradient: Double? {
      gradientNorm.map { $0 / Double(max(1, parameterCount)).squareRoot() }
    }

    package var deadShare: Double? {
      reluUnitCount == 0 ? nil : Double(deadUnitCount) / Double(reluUnitCount)
    }
  }

  package enum Flag: String, Hashable, Sendable {
    case vanishing
    case exploding
  }

  /// Counted from 1.
  package var iteration: Int
  package var stages: [Stage]

  package init(iteration: Int, stages: [Stage]) {
    self.iteration = iteration
    self.stages = stages
  }

  /// A layer is flagged whose gradients are so many times smaller or larger than the last layer's.
  package static let factor = 1000.0

  /// The gradient that others are compared with: that of the last stage with parameters, where the reverse pass begins.
  package var reference: Double? { stages.lazy.reversed().compactMap(\.gradient).first }

  /// What is wrong with a stage's gradient; nil where nothing is.
  package func flag(ofStage index: Int) -> Flag? {
    guard let reference, let gradient = stages[index].gradient else { return nil }
    if gradient * Self.factor < reference || gradient == 0 && reference > 0 { return .vanishing }
    return gradient > reference * Self.factor ? .exploding : nil
  }
}
