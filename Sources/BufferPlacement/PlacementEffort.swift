/// How long `place` may search where its sweeps stay above the lower bound.
///
/// The search is bounded by steps, never by the clock, so that equal input gives an equal placement on every machine.
/// A step is about a nanosecond of work.
package struct PlacementEffort: Hashable, Sendable {
  /// The most steps of search, but for the work that one step too many may be part of.
  package let steps: Int

  /// - Precondition: `steps >= 0`.
  package init(steps: Int) {
    precondition(steps >= 0, "a search has no fewer than 0 steps")
    self.steps = steps
  }

  /// The sweeps alone.
  package static let sweepsOnly = PlacementEffort(steps: 0)
  /// A few milliseconds at most beside the sweeps, for plans that are only weighed against each other.
  package static let brief = PlacementEffort(steps: 5_000_000)
  /// A second or two at most.
  package static let standard = PlacementEffort(steps: 1_000_000_000)
}
