/// The tops of what is placed so far, as a step function of the moments; gaps that were given up count as placed.
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
  private var starts: MomentSet

  /// One step at level 0.
  ///
  /// - Precondition: `momentCount > 0`.
  init(momentCount: Int) {
    self.momentCount = momentCount
    levels = Array(repeating: 0, count: momentCount)
    ends = Array(repeating: Int32(momentCount), count: momentCount)
    previous = Array(repeating: -1, count: momentCount)
    starts = MomentSet(momentCount: momentCount)
    starts.insert(0)
  }

  /// The step that a moment lies in.
  func step(at moment: Int) -> Int { starts.last(upTo: moment) ?? 0 }

  /// Walks down from a step to a valley. The walk is paid for by the raising of the valley that joins the steps again.
  func valley(from start: Int) -> Int {
    var step = start
    while true {
      if levelBefore(step) < levels[step] {
        step = Int(previous[step])
      } else if levelAfter(step) < levels[step] {
        step = Int(ends[step])
      } else {
        return step
      }
    }
  }

  /// The level of the step before, `Int.max` where there is none.
  func levelBefore(_ step: Int) -> Int {
    previous[step] >= 0 ? levels[Int(previous[step])] : Int.max
  }

  /// The level of the step after, `Int.max` where there is none.
  func levelAfter(_ step: Int) -> Int {
    ends[step] < momentCount ? levels[Int(ends[step])] : Int.max
  }

  /// Sets the level of some moments of a step, which becomes up to three steps, and joins steps of one level.
  ///
  /// - Returns: a step that lies next to those moments or holds them.
  @discardableResult
  mutating func cover(_ step: Int, lower: Int, upper: Int, level: Int) -> Int {
    if upper < ends[step] { split(step, at: upper) }
    var covered = step
    if lower > step {
      split(step, at: lower)
      covered = lower
    }
    levels[covered] = level
    if levelBefore(covered) == level {
      covered = Int(previous[covered])
      join(covered)
    }
    if levelAfter(covered) == level { join(covered) }
    return covered
  }

  /// The step and what stands beside it.
  func surroundings(of step: Int) -> Valley {
    let end = Int(ends[step])
    return Valley(
      start: step, end: end, level: levels[step], wallBefore: levelBefore(step), wallAfter: levelAfter(step),
      startBefore: Int(previous[step]), endAfter: end < momentCount ? Int(ends[end]) : end)
  }

  /// Takes back all that was done to a valley since, which must be covering some of its moments, `lower ..< upper`, and
  /// those behind them.
  mutating func restore(_ valley: Valley, lower: Int, upper: Int) {
    if lower > valley.start { starts.remove(lower) }
    if upper < valley.end { starts.remove(upper) }
    starts.insert(valley.start)
    levels[valley.start] = valley.level
    ends[valley.start] = Int32(valley.end)
    previous[valley.start] = Int32(valley.startBefore)
    if valley.startBefore >= 0 { ends[valley.startBefore] = Int32(valley.start) }
    guard valley.end < momentCount else { return }
    starts.insert(valley.end)
    levels[valley.end] = valley.wallAfter
    ends[valley.end] = Int32(valley.endAfter)
    previous[valley.end] = Int32(valley.start)
    if valley.endAfter < momentCount { previous[valley.endAfter] = Int32(valley.end) }
  }

  private mutating func split(_ step: Int, at moment: Int) {
    let end = ends[step]
    starts.insert(moment)
    ends[step] = Int32(moment)
    ends[moment] = end
    previous[moment] = Int32(step)
    levels[moment] = levels[step]
    if end < momentCount { previous[Int(end)] = Int32(moment) }
  }

  /// Joins a step with the one after it.
  private mutating func join(_ step: Int) {
    starts.remove(Int(ends[step]))
    let end = ends[Int(ends[step])]
    ends[step] = end
    if end < momentCount { previous[Int(end)] = Int32(step) }
  }
}

/// A step of the skyline whose neighbours are both higher.
struct Valley {
  let start: Int
  let end: Int
  let level: Int
  /// Levels of the neighbours, `Int.max` where there is none.
  let wallBefore: Int
  let wallAfter: Int
  /// Where the neighbour before begins and the one after ends.
  fileprivate let startBefore: Int
  fileprivate let endAfter: Int

  var lowerWall: Int { min(wallBefore, wallAfter) }
}
