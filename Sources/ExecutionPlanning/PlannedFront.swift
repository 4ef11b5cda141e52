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

  /// A schedule with what is known of its plan.
  private final class Candidate {
    let counted: CountedSchedule
    /// Once it is planned, its layout found quickly.
    var point: Point?
    /// The same with a layout that was looked for.
    var searchedPoint: Point?
    let isVariant: Bool
    /// Looked at where its own layout takes more bytes than are live, the fastest first.
    private(set) lazy var variants = hasVariants ? counted.variants().map { Candidate($0, isVariant: true) } : []
    private let hasVariants: Bool

    init(_ counted: CountedSchedule, isVariant: Bool = false, hasVariants: Bool = false) {
      self.counted = counted
      self.isVariant = isVariant
      self.hasVariants = hasVariants
    }
  }

  private let planner: Planner
  /// What looking for layouts in the least bytes may take.
  private let search: PlacementEffort
  private let smallest: Point
  /// Of fewest seconds first.
  private let candidates: [Candidate]
  /// Of fewest bytes first.
  private let byBytes: [Candidate]

  /// Nil of a longer chain.
  ///
  /// - Parameters:
  ///   - isNearLeast: whether budgets near the least bytes are asked for; else no others than larger ones.
  ///   - smallest: makes the plan of least bytes. A plan that turns out to need less is taken to need as much.
  ///   - effort: with which it is laid out.
  ///   - search: what looking for layouts in the least bytes may take.
  ///   - scope: how closely schedules are looked for.
  init?(
    of planner: Planner, isNearLeast: Bool, smallest: () throws -> PlanChoices.Choice, effort: PlacementEffort,
    search: PlacementEffort, scope: SearchScope
  ) throws {
    guard PlannedFront.isFor(planner) else { return nil }
    self.planner = planner
    self.search = search
    let smallest = try smallest()
    self.smallest = Point(
      schedule: smallest.schedule, effort: effort, byteCount: smallest.plan.peakByteCount,
      lowerBoundByteCount: smallest.plan.lowerBoundByteCount,
      seconds: planner.seconds(of: smallest.plan))
    let counted = try PlannedFront.candidates(planner, isNearLeast: isNearLeast, scope)
    let varied = schedulesWorthVarying(counted.map { ($0.fewestBytes, $0.seconds) })
    candidates = counted.enumerated().map { Candidate($1, hasVariants: varied.contains($0)) }
    byBytes = candidates.sorted { $0.counted.fewestBytes < $1.counted.fewestBytes }
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

  /// The same of plans that will do.
  ///
  /// - Parameters:
  ///   - seconds: what it is to be faster than.
  ///   - isTaken: whether a plan will do; asked of the faster ones first, of which each later one is smaller.
  func fastest(
    withinBytes budget: Int, fasterThan seconds: Double, where isTaken: (PlanChoices.Choice) throws -> Bool
  ) throws -> PlanChoices.Choice? {
    var bytes = budget
    while let point = try fastestPoint(withinBytes: bytes, varies: false), point.seconds < seconds {
      let choice = try choice(point)
      if try isTaken(choice) { return try withNeighbours(choice, point) }
      bytes = point.byteCount - 1
    }
    return nil
  }

  /// The smallest plan that takes no more than so many seconds; nil where it takes more bytes, and where there is none.
  func smallest(noSlowerThan seconds: Double, withinBytes bytes: Int) throws -> PlanChoices.Choice? {
    let point =
      smallest.seconds <= seconds
      ? smallest : try nextPoint(beyondBytes: smallest.byteCount, fasterThan: seconds.nextUp)
    return try point.flatMap { $0.byteCount <= bytes ? try choice($0) : nil }
  }

  private func choice(_ point: Point) throws -> PlanChoices.Choice {
    PlanChoices.Choice(schedule: point.schedule, plan: try planner.plan(for: point.schedule, effort: point.effort))
  }

  private func withNeighbours(_ choice: PlanChoices.Choice, _ point: Point) throws -> PlanChoices.Choice {
    var choice = choice
    choice.neighbours = PlanChoices.Neighbours(
      faster: try nextPoint(beyondBytes: point.byteCount, fasterThan: point.seconds).map(neighbour),
      smaller: try fastestPoint(withinBytes: point.byteCount - 1, varies: variesNeighbours).map(neighbour))
    return choice
  }

  /// - Parameter varies: whether variants are looked at.
  private func fastestPoint(withinBytes budget: Int, varies: Bool = true) throws -> Point? {
    var best = smallest.byteCount <= budget ? smallest : nil
    func isBetter(_ byteCount: Int, _ point: Point) -> Bool {
      byteCount <= budget && best.map { (point.seconds, byteCount) < ($0.seconds, $0.byteCount) } ?? true
    }
    /// The candidate's plan, if there is room for its live bytes.
    func pointBetterThanBest(_ candidate: Candidate) throws -> Point? {
      let point = try point(candidate)
      guard isBetter(point.lowerBoundByteCount, point) else { return nil }
      return try searchedPoint(candidate)
    }
    for candidate in candidates where candidate.counted.fewestBytes <= budget {
      if let best, candidate.counted.leastSeconds > best.seconds { break }
      guard let point = try pointBetterThanBest(candidate) else { continue }
      if isBetter(point.byteCount, point) {
        best = point
      } else if varies, point.byteCount > budget {
        for variant in candidate.variants where variant.counted.fewestBytes <= budget {
          if let best, variant.counted.leastSeconds > best.seconds { break }
          guard let varied = try pointBetterThanBest(variant), isBetter(varied.byteCount, varied),
            PlannedFront.mayReplace(point, varied)
          else { continue }
          best = varied
          break
        }
      }
    }
    return best
  }

  /// Whether a variant may stand for a plan in fewer bytes than that takes. Else a larger budget, which has room for
  /// the plan itself and does without variants, might give a slower one.
  private static func mayReplace(_ point: Point, _ variant: Point) -> Bool {
    variant.seconds >= point.seconds && variant.byteCount >= point.lowerBoundByteCount
  }

  /// The smallest plan of more bytes and fewer seconds, of equal ones the fastest; nil too where many candidates turn
  /// out to be none.
  private func nextPoint(beyondBytes budget: Int, fasterThan seconds: Double) throws -> Point? {
    var best: Point?
    var failed = 0
    /// The candidate's plan, if it may be faster and its live bytes are few enough.
    func pointBetterThanBest(_ candidate: Candidate) throws -> Point? {
      let point = try point(candidate)
      guard point.seconds < seconds, isBetter(point.lowerBoundByteCount, point) else { return nil }
      return try searchedPoint(candidate)
    }
    func isBetter(_ byteCount: Int, _ point: Point) -> Bool {
      best.map { (byteCount, point.seconds) < ($0.byteCount, $0.seconds) } ?? true
    }
    for candidate in byBytes where candidate.counted.leastSeconds < seconds {
      if let best, candidate.counted.fewestBytes > best.byteCount { break }
      if best == nil, failed == PlannedFront.mostFailed { break }
      guard let point = try pointBetterThanBest(candidate) else {
        failed += 1
        continue
      }
      if point.byteCount > budget, isBetter(point.byteCount, point) { best = point }
      guard variesNeighbours, point.byteCount > point.lowerBoundByteCount else { continue }
      for variant in candidate.variants where variant.counted.leastSeconds < seconds {
        guard let varied = try pointBetterThanBest(variant), varied.byteCount > budget,
          isBetter(varied.byteCount, varied), PlannedFront.mayReplace(point, varied)
        else { continue }
        best = varied
      }
    }
    return best
  }

  /// What a candidate's plan takes, its layout found quickly.
  private func point(_ candidate: Candidate) throws -> Point {
    if let known = candidate.point { return known }
    let point = try point(candidate.counted.schedule(), effort: .brief)
    candidate.point = point
    return point
  }

  /// The same with a layout that was looked for, where the quick one is above the live bytes: what takes less than
  /// another by layout alone must not be passed over.
  private func searchedPoint(_ candidate: Candidate) throws -> Point {
    if let known = candidate.searchedPoint { return known }
    var point = try point(candidate)
    let effort = candidate.isVariant ? min(search, .short) : search
    if point.byteCount > point.lowerBoundByteCount, effort.steps > point.effort.steps,
      point.schedule.actions.count <= PlanChoices.manyActions
    {
      point = try self.point(point.schedule, effort: effort)
    }
    candidate.searchedPoint = point
    return point
  }

  private func point(_ schedule: Schedule, effort: PlacementEffort) throws -> Point {
    let plan = try planner.plan(for: schedule, effort: effort)
    return Point(
      schedule: schedule, effort: effort, byteCount: max(smallest.byteCount, plan.peakByteCount),
      lowerBoundByteCount: max(smallest.byteCount, plan.lowerBoundByteCount),
      seconds: planner.seconds(of: plan))
  }

  private func neighbour(_ point: Point) -> PlanChoices.Neighbours.Point {
    PlanChoices.Neighbours.Point(byteCount: point.byteCount, seconds: point.seconds, schedule: point.schedule)
  }

  /// The optima, those of varied chains, and the named schedules, fastest first: all where counts are close to what
  /// plans need, else as many as can be planned whatever is asked.
  private static func candidates(
    _ planner: Planner, isNearLeast: Bool, _ scope: SearchScope
  ) throws -> [CountedSchedule] {
    let choices = try ScheduleChoices(
      planner.chain, effort: isNearLeast ? .anyBudget : .largeBudget, scope: scope,
      isConcurrent: planner.isConcurrent)
    let need = planner.leastNeed
    // Those of few bytes are many, and are thinned out by themselves: the others are to stay as dense.
    let (ofFewBytes, ofAny) = choices.fitting(bytes: Int.max).reduce(into: ([CountedSchedule](), [CountedSchedule]())) {
      let counted = choices.counted($1, need)
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
    let schedules = front.map { (byteCount: $0.peakBytes, seconds: $0.seconds) }
    var left = Array(front.indices)
    // A quarter of a thousandth, and more where that leaves too many.
    var share = 1.0 / 4096
    while left.count > count {
      left = smallestOfGroups(schedules, within: share)
      share *= 2
    }
    return left.map { front[$0] }
  }

  /// Whether variants may be the next plans too, so that these are had in the very bytes and seconds that are said;
  /// else in no more seconds.
  private var variesNeighbours: Bool { planner.chain.count <= PlannedFront.mostStagesOfVariedNeighbours }

  private static let mostStagesOfVariedNeighbours = 40
  private static let mostStages = 64
  /// Where counts are a plan's, so that few are planned.
  private static let mostPlainStages = 256
  /// Of all optima that may be planned, together, where plans may need much less than is counted: some tenths of a
  /// second.
  private static let mostStagesOfOptima = 16_384
  /// Candidates for the next plan, one after the other.
  private static let mostFailed = 2048
}

extension ScheduleChoices {
  fileprivate func counted(_ choice: Choice, _ need: LeastNeed) -> CountedSchedule {
    CountedSchedule(peakBytes: choice.peakBytes, seconds: choice.seconds, need: need) {
      schedule(of: choice)
    } variants: {
      variants(of: choice).map { counted($0, need) }
    }
  }
}
