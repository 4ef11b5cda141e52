/// The tops of what is placed so far, as a step function of the moments, and the gaps that are given up counted as
/// placed.
///
///     bytes  ┌──┐        a valley is a step whose neighbours are both higher
///            │  │   ┌────
///            ┘  └───┘
///            moments
///
/// Steps are named by their first moment.
struct Skyline {
  let momentCount: Int
  /// By first moment of a step: its level, one past its last moment, and the first moment of the step before.
  private(set) var levels: [Int]
  private(set) var ends: [Int32]
  private(set) var previous: [Int32]

  /// One step at level 0.
  init(momentCount: Int) {
    self.momentCount = momentCount
    levels = Array(repeating: 0, count: momentCount)
    ends = Array(repeating: Int32(momentCount), count: momentCount)
    previous = Array(repeating: -1, count: momentCount)
  }

  /// Walks down from a step to a valley. The walk is paid for by the raising of the valley that joins the steps again.
  func valley(from start: Int) -> Int {
    var step = start
    while true {
      if previous[step] >= 0 && levels[Int(previous[step])] < levels[step] {
        step = Int(previous[step])
      } else if ends[step] < momentCount && levels[Int(ends[step])] < levels[step] {
        step = Int(ends[step])
      } else {
        return step
      }
    }
  }

  /// The level of the lower neighbour of a step, nil where it has none.
  func lowerWall(of step: Int) -> Int? {
    let left = previous[step] >= 0 ? levels[Int(previous[step])] : nil
    let right = ends[step] < momentCount ? levels[Int(ends[step])] : nil
    if let left, let right { return min(left, right) }
    return left ?? right
  }

  /// Puts an item of these moments, which lie in the step, on it; `top` is the item's upper end.
  ///
  /// - Returns: a step next to which work goes on.
  mutating func cover(_ step: Int, lower: Int, upper: Int, top: Int) -> Int {
    if upper < ends[step] { split(step, at: upper) }
    var covered = step
    if lower > step {
      split(step, at: lower)
      covered = lower
    }
    levels[covered] = top
    return merged(covered)
  }

  /// Raises a step to a level at which it joins a neighbour.
  mutating func raise(_ step: Int, to level: Int) -> Int {
    levels[step] = level
    return merged(step)
  }

  private mutating func split(_ step: Int, at moment: Int) {
    let end = ends[step]
    ends[step] = Int32(moment)
    ends[moment] = end
    previous[moment] = Int32(step)
    levels[moment] = levels[step]
    if end < momentCount { previous[Int(end)] = Int32(moment) }
  }

  /// Joins a step with neighbours of its level.
  private mutating func merged(_ step: Int) -> Int {
    var first = step
    if previous[step] >= 0 && levels[Int(previous[step])] == levels[step] {
      first = Int(previous[step])
      join(first)
    }
    if ends[first] < momentCount && levels[Int(ends[first])] == levels[first] { join(first) }
    return first
  }

  /// Joins a step with the one after it.
  private mutating func join(_ step: Int) {
    let end = ends[Int(ends[step])]
    ends[step] = end
    if end < momentCount { previous[Int(end)] = Int32(step) }
  }
}
