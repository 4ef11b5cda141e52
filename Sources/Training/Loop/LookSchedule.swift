/// In which iterations values are looked at for the gradients' health: so seldom that looking takes at most
/// ``mostShare`` of a run's time.
///
/// The first iteration is one of them, then each that stands `interval` after the one before, once the time that has
/// passed is enough for the looks that were taken, this one and the last iteration's. Only in short runs do the first
/// and the last look take more.
package struct LookSchedule {
  /// Of a run's time.
  package static let mostShare = 0.0025

  /// Iterations between two looks at least; nil where none is taken but the last.
  package let interval: Int?
  /// Whether the last iteration is looked at, whatever came before.
  package let looksLast: Bool
  package let totalIterations: Int
  private var latest: Int?
  private var latestSeconds = 0.0
  private var spentSeconds = 0.0
  private var passedSeconds = 0.0

  package init(interval: Int?, looksLast: Bool, totalIterations: Int) {
    self.interval = interval
    self.looksLast = looksLast
    self.totalIterations = totalIterations
  }

  /// Whether values are looked at in an iteration, counted from 0.
  package func looks(in iteration: Int) -> Bool {
    looksLast && iteration + 1 == totalIterations || isDue(in: iteration)
  }

  /// Whether they are looked at for somebody who is told after the iteration.
  package func tells(in iteration: Int) -> Bool { interval != nil && looks(in: iteration) }

  private func isDue(in iteration: Int) -> Bool {
    guard let interval else { return false }
    guard let latest else { return true }
    let toCome = looksLast ? 2.0 : 1
    return iteration - latest >= interval
      && spentSeconds + toCome * latestSeconds <= Self.mostShare * passedSeconds
  }

  /// An iteration has ended.
  ///
  /// - Parameters:
  ///   - seconds: what it took with its look.
  ///   - lookSeconds: what looking and telling of it took of that; nil where nobody looked.
  package mutating func didEnd(_ iteration: Int, seconds: Double, lookSeconds: Double?) {
    passedSeconds += seconds
    guard let lookSeconds else { return }
    latest = iteration
    latestSeconds = lookSeconds
    spentSeconds += lookSeconds
  }
}
