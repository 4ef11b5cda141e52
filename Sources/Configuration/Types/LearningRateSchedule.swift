/// How the learning rate changes over the run's whole number of iterations.
package struct LearningRateSchedule: Hashable, Sendable {
  package enum Shape: Hashable, Sendable {
    case constant
    /// The rate is multiplied by `factor` after every `every` epochs.
    case step(every: Int, factor: Double)
    /// Half a cosine from the optimizer's rate down to `minimum`, which is no greater.
    case cosine(minimum: Double)
    /// A straight line from the optimizer's rate down to 0.
    case linear
  }

  /// Constant unless given.
  package var shape: Shape = .constant
  /// Iterations over which the rate first rises in a straight line to the optimizer's rate; 0 unless given.
  package var warmupIterations: Int = 0

  package init(shape: Shape = .constant, warmupIterations: Int = 0) {
    self.shape = shape
    self.warmupIterations = warmupIterations
  }

  /// The name in configuration files.
  package var name: String {
    switch shape {
    case .constant: "constant"
    case .step: "step"
    case .cosine: "cosine"
    case .linear: "linear"
    }
  }
}
