package import Configuration

extension LearningRateSchedule {
  /// The learning rate of one update.
  ///
  /// During warm-up it rises in a straight line and reaches `base` with the last warm-up update; then the shape runs
  /// over what remains of the run. Steps count whole epochs from the run's start.
  ///
  /// - Parameters:
  ///   - base: the optimizer's rate.
  ///   - iteration: updates done before this one.
  ///   - totalIterations: updates of the whole run.
  ///   - epoch: whole passes over the training samples before this update.
  package func rate(base: Double, iteration: Int, totalIterations: Int, epoch: Int) -> Double {
    if iteration < warmupIterations { return base * Double(iteration + 1) / Double(warmupIterations) }
    let remaining = max(1, totalIterations - warmupIterations)
    let progress = min(1, Double(iteration - warmupIterations) / Double(remaining))
    switch shape {
    case .constant: return base
    case .step(let every, let factor): return base * power(factor, epoch / every)
    case .cosine(let minimum): return minimum + (base - minimum) * (1 + cosine(.pi * progress)) / 2
    case .linear: return base * (1 - progress)
    }
  }
}
