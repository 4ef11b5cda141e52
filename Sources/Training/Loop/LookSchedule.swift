/// In which iterations values are looked at for the gradients' health: so seldom that looking takes at most
/// ``mostShare`` of a run's time.
///
/// The first iteration is one of them, then every one that stands `interval` after the one before, or farther where a look
/// takes so long. How long it takes is what an iteration with it lasts beyond the shortest without.
package struct LookSchedule {
  /// Of a run's time.
  package static let mostShare = 0.008

  /// Iterations between two looks at least; nil where none is taken but the last.
  package let interval: Int?
  /// Whether the last iteration is looked at, whatever came before.
  package let looksLast: Bool
  package let totalIterations: Int
  private var next = 0
  private var shortest = Double.infinity

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

  private func isDue(in iteration: Int) -> Bool { interval != nil && iteration >= next }

  /// An iteration has ended.
  ///
  /// - Parameter seconds: what it took with its look; nil of one that is not to be compared with others, as on a shorter
  ///   batch.
  package mutating func didEnd(_ iteration: Int, seconds: Double?) {
    guard let interval, looks(in: iteration) else {
      shortest = min(shortest, seconds ?? .infinity)
      return
    }
    let look = (seconds ?? 0) - shortest
    let apart = look > 0 ? min(look / (Self.mostShare * shortest), Double(totalIterations)) : 0
    next = iteration + max(interval, Int(apart.rounded(.up)))
  }
}
