/// How long `place` may search when its near-linear strategies stay above the lower bound.
///
/// The search is bounded by steps, never by the clock, so that equal input gives an equal placement on every machine.
/// A step is one look at one placed buffer, about a nanosecond.
package struct PlacementEffort: Hashable, Sendable {
  /// The most steps of search.
  package let steps: Int

  /// - Precondition: `steps >= 0`.
  package init(steps: Int) {
    precondition(steps >= 0, "a search has no fewer than 0 steps")
    self.steps = steps
  }

  /// The near-linear strategies alone.
  package static let sweepsOnly = PlacementEffort(steps: 0)
  /// A second or two at most.
  package static let standard = PlacementEffort(steps: 1_000_000_000)
}
