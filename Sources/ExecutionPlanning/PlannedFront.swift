import BufferPlacement
import Checkpointing

/// The plans of a short chain to choose from: the bytes of their layouts and the seconds of their instructions.
///
/// A replay counts what a schedule holds and executes. Its plan may need less: of normalizations, residual blocks and
/// rounded copies fewer bytes, and of executions only the parts that somebody reads; what it rounds it must copy. Where
/// every schedule worth looking at can be planned, plans decide, so that more bytes never give a slower one, and what
/// the next one is said to take and to gain is what it takes and gains.
///
/// A schedule is planned when what is counted of it leaves open whether its plan is the one that is asked for, and
/// remembered.
final class PlannedFront {
  /// A schedule with what its plan takes.
  private struct Point {
    let schedule: Schedule
    /// With which it was laid out.
    var effort: PlacementEffort
    var byteCount: Int
    /// Live bytes, below which no layout is.
    let lowerBoundByteCount: Int
    /// As ``Planner/seconds(of:)``.
    let seconds: Double
    /// Whether a lower layout has been looked for.
    var isSearched = false
  }

  private let planner: Planner
  private let secondsOfNode: [Double]
  /// What looking for layouts in the least bytes may take.
  private let search: PlacementEffort
  private let smallest: Point
  /// Of fewest seconds first.
  private let candidates: [CountedSchedule]
  /// Their numbers, of fewest bytes first.
  private let byBytes: [Int]
  /// Of each candidate, once it is planned.
  private var points: [Point?]

  /// Nil of a longer chain.
  ///
  /// - Parameters:
  ///   - smallest: makes the plan of least bytes. A plan that turns out to need less is taken to need as much.
  ///   - effort: with which it is laid out.
  ///   - search: what looking for layouts in the least bytes may take.
  init?(
    of planner: Planner, smallest: () throws -> PlanChoices.Choice, effort: PlacementEffort, search: PlacementEffort
  ) throws {
    let mostStages = planner.replayMayCountTooMany ? PlannedFront.mostStages : PlannedFront.mostPlainStages
    guard planner.chain.count <= mostStages else { return nil }
    self.planner = planner
    self.search = search
    secondsOfNode = planner.secondsOfNodes()
    let smallest = try smallest()
    self.smallest = Point(
      schedule: smallest.schedule, effort: effort, byteCount: smallest.plan.peakByteCount,
      lowerBoundByteCount: smallest.plan.lowerBoundByteCount,
      seconds: planner.seconds(of: smallest.plan, secondsOfNode: secondsOfNode))
    let candidates = try PlannedFront.candidates(planner)
    self.candidates = candidates
    byBytes = candidates.indices.sorted { candidates[$0].fewestBytes < candidates[$1].fewestBytes }
    points = Array(repeating: nil, count: candidates.count)
  }

  /// The fastest plan within so many bytes, of equal ones the smallest, with the next ones on either side; nil where
  /// there is none.
  ///
  /// - Parameters:
  ///   - seconds: what it is to be faster than.
  ///   - isTaken: whether a plan will do; asked of the faster ones first, of which each later one is smaller.
  func fastest(
    withinBytes budget: Int, fasterThan seconds: Double = .infinity,
    where isTaken: (PlanChoices.Choice) throws -> Bool = { _ in true }
  ) throws -> PlanChoices.Choice? {
    var bytes = budget
    while let point = try fastestPoint(withinBytes: bytes), point.seconds < seconds {
      var choice = PlanChoices.Choice(
        schedule: point.schedule, plan: try planner.plan(for: point.schedule, effort: point.effort))
      if try isTaken(choice) {
        choice.neighbours.faster = try nextPoint(beyondBytes: point.byteCount, fasterThan: point.seconds)
          .map(neighbour)
        choice.neighbours.smaller = try fastestPoint(withinBytes: point.byteCount - 1).map(neighbour)
        return choice
      }
      bytes = point.byteCount - max(1, point.byteCount / PlannedFront.stepsOfRefused)
    }
    return nil
  }

  private func fastestPoint(withinBytes budget: Int) throws -> Point? {
    var best = smallest.byteCount <= budget ? smallest : nil
    for (index, candidate) in candidates.enumerated() where candidate.fewestBytes <= budget {
      if let best, candidate.leastSeconds > best.seconds { break }
      var point = try point(index)
      func isBetter(_ byteCount: Int) -> Bool {
        byteCount <= budget && best.map { (point.seconds, byteCount) < ($0.seconds, $0.byteCount) } ?? true
      }
      guard isBetter(point.lowerBoundByteCount) else { continue }
      point = try searchedPoint(index)
      if isBetter(point.byteCount) { best = point }
    }
    return best
  }

  /// The smallest plan of more bytes and fewer seconds, of equal ones the fastest.
  private func nextPoint(beyondBytes budget: Int, fasterThan seconds: Double) throws -> Point? {
    var best: Point?
    for index in byBytes where candidates[index].leastSeconds < seconds {
      if let best, candidates[index].fewestBytes > best.byteCount { break }
      var point = try point(index)
      func isBetter(_ byteCount: Int) -> Bool {
        best.map { (byteCount, point.seconds) < ($0.byteCount, $0.seconds) } ?? true
      }
      guard point.seconds < seconds, isBetter(point.lowerBoundByteCount) else { continue }
      point = try searchedPoint(index)
      if point.byteCount > budget, isBetter(point.byteCount) { best = point }
    }
    return best
  }

  /// What a candidate's plan takes, its layout found quickly.
  private func point(_ index: Int) throws -> Point {
    if let known = points[index] { return known }
    let schedule = candidates[index].schedule()
    let plan = try planner.plan(for: schedule, effort: .brief)
    let point = Point(
      schedule: schedule, effort: .brief, byteCount: max(smallest.byteCount, plan.peakByteCount),
      lowerBoundByteCount: max(smallest.byteCount, plan.lowerBoundByteCount),
      seconds: planner.seconds(of: plan, secondsOfNode: secondsOfNode))
    points[index] = point
    return point
  }

  /// The same with a layout that was looked for, where the quick one is above the live bytes: what takes less than
  /// another by layout alone must not be passed over.
  private func searchedPoint(_ index: Int) throws -> Point {
    var point = try point(index)
    guard !point.isSearched else { return point }
    if point.byteCount > point.lowerBoundByteCount {
      let byteCount = try planner.plan(for: point.schedule, effort: search).peakByteCount
      // A longer search is another one, and need not end lower.
      if byteCount < point.byteCount { (point.byteCount, point.effort) = (max(smallest.byteCount, byteCount), search) }
    }
    point.isSearched = true
    points[index] = point
    return point
  }

  private func neighbour(_ point: Point) -> PlanChoices.Neighbours.Point {
    PlanChoices.Neighbours.Point(byteCount: point.byteCount, seconds: point.seconds, schedule: point.schedule)
  }

  /// The optima and the named schedules, fastest first: of plain chains all, of others as many as can be planned
  /// whatever is asked.
  private static func candidates(_ planner: Planner) throws -> [CountedSchedule] {
    let choices = try ScheduleChoices(planner.chain)
    let need = planner.leastNeed
    let counted = choices.fitting(bytes: Int.max).map { choice in
      CountedSchedule(peakBytes: choice.peakBytes, seconds: choice.seconds, need: need) {
        choices.schedule(of: choice)
      }
    }
    // Those of many stages stand to choice beside the optima already.
    let named = planner.chain.count > mostStages ? [] : try planner.namedSchedules(withinBytes: Int.max)
    let optima =
      planner.replayMayCountTooMany
      ? thinned(counted, to: max(64, mostStagesOfOptima / planner.chain.count)) : counted
    return (optima + named).sorted { ($0.seconds, $0.peakBytes) < ($1.seconds, $1.peakBytes) }
  }

  /// So many of a front at most, fastest first: the smallest of each group of about equal seconds, so that within any
  /// bytes one is left that is hardly slower than the fastest.
  private static func thinned(_ front: [CountedSchedule], to count: Int) -> [CountedSchedule] {
    var left = front
    // A quarter of a thousandth, and more where that leaves too many.
    var share = 1.0 / 4096
    while left.count > count {
      var groupEnd = -Double.infinity
      left = []
      for (index, candidate) in front.enumerated() {
        if candidate.seconds > groupEnd { groupEnd = candidate.seconds * (1 + share) }
        let next = index + 1 < front.count ? front[index + 1].seconds : .infinity
        if next > groupEnd { left.append(candidate) }
      }
      share *= 2
    }
    return left
  }

  private static let mostStages = 64
  /// Where counts are a plan's, so that few are planned.
  private static let mostPlainStages = 256
  /// Of all optima that may be planned, together, where plans may need much less than is counted: some tenths of a
  /// second.
  private static let mostStagesOfOptima = 16_384
  /// A plan that will not do is followed by one that is smaller by this part.
  private static let stepsOfRefused = 1024
}
