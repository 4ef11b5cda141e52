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
    let effort: PlacementEffort
    let byteCount: Int
    /// Live bytes, below which no layout is.
    let lowerBoundByteCount: Int
    /// As ``Planner/seconds(of:)``.
    let seconds: Double
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
  /// Of each candidate, once it is planned, its layout found quickly.
  private var points: [Point?]
  /// The same with layouts that were looked for.
  private var searchedPoints: [Point?]

  /// Nil of a longer chain.
  ///
  /// - Parameters:
  ///   - isNearLeast: whether budgets near the least bytes are asked for; else no others than larger ones.
  ///   - smallest: makes the plan of least bytes. A plan that turns out to need less is taken to need as much.
  ///   - effort: with which it is laid out.
  ///   - search: what looking for layouts in the least bytes may take.
  init?(
    of planner: Planner, isNearLeast: Bool, smallest: () throws -> PlanChoices.Choice, effort: PlacementEffort,
    search: PlacementEffort
  ) throws {
    guard PlannedFront.isFor(planner) else { return nil }
    self.planner = planner
    self.search = search
    secondsOfNode = planner.secondsOfNodes()
    let smallest = try smallest()
    self.smallest = Point(
      schedule: smallest.schedule, effort: effort, byteCount: smallest.plan.peakByteCount,
      lowerBoundByteCount: smallest.plan.lowerBoundByteCount,
      seconds: planner.seconds(of: smallest.plan, secondsOfNode: secondsOfNode))
    let candidates = try PlannedFront.candidates(planner, isNearLeast: isNearLeast)
    self.candidates = candidates
    byBytes = candidates.indices.sorted { candidates[$0].fewestBytes < candidates[$1].fewestBytes }
    points = Array(repeating: nil, count: candidates.count)
    searchedPoints = points
  }

  /// Whether the chain is short enough.
  static func isFor(_ planner: Planner) -> Bool {
    planner.chain.count <= (planner.replayMayCountTooMany ? mostStages : mostPlainStages)
  }

  /// The fastest plan within so many bytes, of equal ones the smallest, with the next ones on either side; nil where
  /// there is none.
  func fastest(withinBytes budget: Int) throws -> PlanChoices.Choice? {
    guard let point = try fastestPoint(withinBytes: budget) else { return nil }
    return try withNeighbours(choice(point), point)
  }

  /// The same of plans that will do, their layouts found quickly.
  ///
  /// - Parameters:
  ///   - seconds: what it is to be faster than.
  ///   - isTaken: whether a plan will do; asked of the faster ones first, of which each later one is smaller.
  func fastest(
    withinBytes budget: Int, fasterThan seconds: Double, where isTaken: (PlanChoices.Choice) throws -> Bool
  ) throws -> PlanChoices.Choice? {
    var bytes = budget
    while let point = try fastestPoint(withinBytes: bytes, searches: false), point.seconds < seconds {
      let choice = try choice(point)
      if try isTaken(choice) { return try withNeighbours(choice, point) }
      bytes = point.byteCount - 1
    }
    return nil
  }

  private func choice(_ point: Point) throws -> PlanChoices.Choice {
    PlanChoices.Choice(schedule: point.schedule, plan: try planner.plan(for: point.schedule, effort: point.effort))
  }

  private func withNeighbours(_ choice: PlanChoices.Choice, _ point: Point) throws -> PlanChoices.Choice {
    var choice = choice
    choice.neighbours = PlanChoices.Neighbours(
      faster: try nextPoint(beyondBytes: point.byteCount, fasterThan: point.seconds).map(neighbour),
      smaller: try fastestPoint(withinBytes: point.byteCount - 1).map(neighbour))
    return choice
  }

  /// - Parameter searches: whether layouts are looked for.
  private func fastestPoint(withinBytes budget: Int, searches: Bool = true) throws -> Point? {
    var best = smallest.byteCount <= budget ? smallest : nil
    for (index, candidate) in candidates.enumerated() where candidate.fewestBytes <= budget {
      if let best, candidate.leastSeconds > best.seconds { break }
      var point = try point(index)
      func isBetter(_ byteCount: Int) -> Bool {
        byteCount <= budget && best.map { (point.seconds, byteCount) < ($0.seconds, $0.byteCount) } ?? true
      }
      guard isBetter(point.lowerBoundByteCount) else { continue }
      if searches { point = try searchedPoint(index) }
      if isBetter(point.byteCount) { best = point }
    }
    return best
  }

  /// The smallest plan of more bytes and fewer seconds, of equal ones the fastest; nil too where many candidates turn
  /// out to be none.
  private func nextPoint(beyondBytes budget: Int, fasterThan seconds: Double) throws -> Point? {
    var best: Point?
    var failed = 0
    for index in byBytes where candidates[index].leastSeconds < seconds {
      if let best, candidates[index].fewestBytes > best.byteCount { break }
      if best == nil, failed == PlannedFront.mostFailed { break }
      var point = try point(index)
      func isBetter(_ byteCount: Int) -> Bool {
        best.map { (byteCount, point.seconds) < ($0.byteCount, $0.seconds) } ?? true
      }
      guard point.seconds < seconds, isBetter(point.lowerBoundByteCount) else {
        failed += 1
        continue
      }
      point = try searchedPoint(index)
      if point.byteCount > budget, isBetter(point.byteCount) { best = point }
    }
    return best
  }

  /// What a candidate's plan takes, its layout found quickly.
  private func point(_ index: Int) throws -> Point {
    if let known = points[index] { return known }
    let point = try point(candidates[index].schedule(), effort: .brief)
    points[index] = point
    return point
  }

  /// The same with a layout that was looked for, where the quick one is above the live bytes: what takes less than
  /// another by layout alone must not be passed over.
  private func searchedPoint(_ index: Int) throws -> Point {
    if let known = searchedPoints[index] { return known }
    var point = try point(index)
    if point.byteCount > point.lowerBoundByteCount, search.steps > point.effort.steps,
      point.schedule.actions.count <= PlanChoices.manyActions
    {
      point = try self.point(point.schedule, effort: search)
    }
    searchedPoints[index] = point
    return point
  }

  private func point(_ schedule: Schedule, effort: PlacementEffort) throws -> Point {
    let plan = try planner.plan(for: schedule, effort: effort)
    return Point(
      schedule: schedule, effort: effort, byteCount: max(smallest.byteCount, plan.peakByteCount),
      lowerBoundByteCount: max(smallest.byteCount, plan.lowerBoundByteCount),
      seconds: planner.seconds(of: plan, secondsOfNode: secondsOfNode))
  }

  private func neighbour(_ point: Point) -> PlanChoices.Neighbours.Point {
    PlanChoices.Neighbours.Point(byteCount: point.byteCount, seconds: point.seconds, schedule: point.schedule)
  }

  /// The optima, those of varied chains, and the named schedules, fastest first: all where counts are close to what plans need, else as many as
  /// can be planned whatever is asked.
  private static func candidates(_ planner: Planner, isNearLeast: Bool) throws -> [CountedSchedule] {
    let choices = try ScheduleChoices(planner.chain, effort: isNearLeast ? .anyBudget : .largeBudget)
    let need = planner.leastNeed
    // Those of few bytes are many, and are thinned out by themselves: the others are to stay as dense.
    let (ofFewBytes, ofAny) = choices.fitting(bytes: Int.max).reduce(into: ([CountedSchedule](), [CountedSchedule]())) {
      let counted = CountedSchedule(peakBytes: $1.peakBytes, seconds: $1.seconds, need: need) { [choice = $1] in
        choices.schedule(of: choice)
      }
      if $1.isOfFewBytes { $0.0.append(counted) } else { $0.1.append(counted) }
    }
    // Those of many stages stand to choice beside the optima already.
    let named = planner.chain.count > mostStages ? [] : try planner.namedSchedules(withinBytes: Int.max)
    let most = need.isClose ? Int.max : max(64, mostStagesOfOptima / planner.chain.count)
    let optima = [ofFewBytes, ofAny].flatMap { thinned($0, to: most) }
    let varied = try planner.optimaOfVariedChains().map { try planner.counted($0, need) }
    return (optima + named + varied).sorted { ($0.seconds, $0.peakBytes) < ($1.seconds, $1.peakBytes) }
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
      for candidate in front {
        if candidate.seconds > groupEnd {
          groupEnd = candidate.seconds * (1 + share)
          left.append(candidate)
        } else if candidate.peakBytes < left[left.count - 1].peakBytes {
          left[left.count - 1] = candidate
        }
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
  /// Candidates for the next plan, one after the other.
  private static let mostFailed = 2048
}
