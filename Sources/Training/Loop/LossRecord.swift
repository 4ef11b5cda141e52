/// What a run remembers of its losses: the first, and the mean of the last tenth. Its size does not grow with the run.
package struct LossRecord: Hashable, Sendable {
  /// The first iteration's loss.
  package private(set) var initialLoss: Double?
  private let totalIterations: Int
  /// The first iteration of the last tenth.
  private let tailStart: Int
  private var count = 0
  private var tailSum = 0.0
  /// The latest losses, for a run that ends before its time; iteration i stands at i mod `window`.
  private var recent: [Double]

  /// Losses over which the mean is taken, at most, in a run that ends before its time.
  package static let window = 1024

  package init(totalIterations: Int) {
    self.totalIterations = totalIterations
    tailStart = totalIterations - max(1, totalIterations / 10)
    recent = Array(repeating: 0, count: min(totalIterations, Self.window))
  }

  /// Takes in the next iteration's loss.
  package mutating func add(_ loss: Double) {
    if count == 0 { initialLoss = loss }
    if count >= tailStart { tailSum += loss }
    recent[count % recent.count] = loss
    count += 1
  }

  /// Mean of the last tenth of the iterations, nil before the first.
  package var finalLoss: Double? {
    guard count > 0 else { return nil }
    if count == totalIterations { return tailSum / Double(totalIterations - tailStart) }
    let tail = min(max(1, count / 10), recent.count)
    return (count - tail..<count).reduce(0) { $0 + recent[$1 % recent.count] } / Double(tail)
  }
}
