/// How long `place` may search where its sweeps stay above the lower bound.
///
/// The search is bounded by steps, never by the clock, so that equal input gives an equal placement on every machine.
/// A step is about a nanosecond of work.
package struct PlacementEffort: Hashable, Comparable, Sendable {
  /// The most steps of search, but for the work that one step too many may be part of.
  package let steps: Int
  /// No lower placement than this is searched.
  package let sufficientHeight: Int

  /// - Precondition: `steps >= 0`.
  package init(steps: Int, sufficientHeight: Int = 0) {
    precondition(steps >= 0, "a search has no fewer than 0 steps")
    self.steps = steps
    self.sufficientHeight = sufficientHeight
  }

  /// The same until a placement is no higher than this.
  package func until(height: Int) -> PlacementEffort { PlacementEffort(steps: steps, sufficientHeight: height) }

  /// The sweeps alone.
  package static let sweepsOnly = PlacementEffort(steps: 0)
  /// A few milliseconds at most beside the sweeps, for plans that are only weighed against each other.
  package static let brief = PlacementEffort(steps: 5_000_000)
  /// Less than a tenth of a second.
  package static let short = PlacementEffort(steps: 40_000_000)
  /// Hardly more than a tenth of a second.
  package static let medium = PlacementEffort(steps: 80_000_000)
  /// Some tenths of a second at most.
  package static let long = PlacementEffort(steps: 240_000_000)
  /// A second or two at most.
  package static let standard = PlacementEffort(steps: 1_000_000_000)

  package static func < (left: Self, right: Self) -> Bool { left.steps < right.steps }

  /// The steps of the searches that are made one after the other, each from what the one before found, so that no effort
  /// ends higher than a smaller one of these.
  var searches: [Int] {
    let smaller = [PlacementEffort.brief, .short, .long, .standard].map(\.steps).filter { $0 < steps }
    return steps > 0 ? smaller + [steps] : []
  }
}
