package import BufferPlacement
package import Checkpointing

/// The plans of a network to choose from under a byte budget.
///
/// A schedule's replay says what it needs; what decides is its plan. Of up to 64 stages, or 256 of linear layers and
/// activations alone, plans decide, and a larger budget never gives a slower one (``PlannedFront``). Of more, schedules
/// are ordered by the seconds that a replay counts: a larger budget never gives one of more such seconds, and what a
/// plan leaves out or rounds differs by a part of a percent.
package struct PlanChoices {
  /// A schedule with its plan.
  package struct Choice: Sendable {
    package let schedule: Schedule
    package let plan: Plan
    /// What more bytes would gain and fewer would cost, where that is known.
    package var neighbours: Neighbours

    package init(schedule: Schedule, plan: Plan, neighbours: Neighbours = Neighbours()) {
      self.schedule = schedule
      self.plan = plan
      self.neighbours = neighbours
    }
  }

  /// The next schedules on either side of a chosen one, in bytes and predicted seconds.
  package struct Neighbours: Hashable, Sendable {
    package struct Point: Hashable, Sendable {
      package var byteCount: Int
      package var seconds: Double
      package var schedule: Schedule
    }

    package var faster: Point?
    package var smaller: Point?

    package init(faster: Point? = nil, smaller: Point? = nil) {
      self.faster = faster
      self.smaller = smaller
    }

    /// The same with other bytes, those left out that are no longer beyond the schedule's own.
    package func withBytes(beyond ownByteCount: Int, _ byteCount: (Point) throws -> Int) rethrows -> Neighbours {
      func changed(_ point: Point?, where isBeyond: (Int, Int) -> Bool) throws -> Point? {
        guard var point else { return nil }
        point.byteCount = try byteCount(point)
        return isBeyond(point.byteCount, ownByteCount) ? point : nil
      }
      return Neighbours(faster: try changed(faster, where: >), smaller: try changed(smaller, where: <))
    }
  }

  let planner: Planner
  /// The least bytes in which the network can be planned: the height of the plan of `smallestSchedule`. They depend on
  /// neither costs nor budget.
  package let leastFeasibleByteCount: Int
  /// The schedule that takes them.
  package let smallestSchedule: Schedule
  /// With which the smallest schedule is laid out in the least feasible bytes.
  private let effort: PlacementEffort
  /// The smallest schedule and others that were looked at beside it: each takes more bytes and fewer executions than
  /// the one before.
  private let small: [Smallest]
  /// What looking for layouts in the least bytes may take.
  let search: PlacementEffort
  private let planned: PlannedFrontMemory
  private let identity = Identity()

  private final class Identity {}

  /// Finds out what is feasible: plans the schedules of least bytes, so that what is said to suffice does suffice, and
  /// a byte less is refused.
  ///
  /// - Parameters:
  ///   - effort: what finding the layouts may take; with less than the standard effort the bytes may be more than the
  ///     least.
  ///   - fronts: keeps what was planned of the choices that were asked last, of all that share it.
  /// - Complexity: that of a few plans and of one search for a layout.
  package init(
    of planner: Planner, effort: PlacementEffort = .standard, fronts: PlannedFrontMemory = PlannedFrontMemory()
  ) throws {
    self.planner = planner
    planned = fronts
    let longest: PlacementEffort = planner.chain.count < PlanChoices.manyStages ? .long : .short
    search = effort.steps < longest.steps ? effort : longest
    var found: [Smallest] = []
    let candidates = try schedulesOfLeastBytes(planner.chain, count: PlanChoices.mostOfLeastBytes)
    for (bytes, schedule) in candidates {
      // A replay may count a few bytes too many, so that one further down needs less; looked at where it is cheap.
      let isCheap = planner.replayMayCountTooMany && schedule.actions.count <= PlanChoices.fewActions
      if !isCheap, let least = found.map(\.byteCount).min(), least <= bytes { break }
      found.append(try Smallest(schedule, planner, effort: .sweepsOnly))
    }
    let measured = found
    guard var least = found.min() else { throw PlanningError("no schedule executes the stages seldom enough") }
    found += try planner.namedSchedulesOfFewBytes(below: least.byteCount).map {
      try Smallest($0, planner, effort: .sweepsOnly)
    }
    // Where sizes are unequal a layout may be some percent above its bound, and a search is worth its time: a short one
    // of some, a long one of the best.
    for candidate in found.sorted().prefix(PlanChoices.mostSearchedOfLeastBytes) where candidate.mayBe(below: least) {
      least = min(least, try candidate.searched(planner, effort: .brief))
    }
    if least.mayBe(below: least) { least = min(least, try least.searched(planner, effort: search)) }
    leastFeasibleByteCount = least.byteCount
    smallestSchedule = least.schedule
    self.effort = least.effort
    small =
      PlannedFront.isFor(planner)
      ? [least]
      : try least.withLarger(measured, candidates.dropFirst(measured.count).map(\.schedule), planner)
  }

  /// The same choices at other costs.
  ///
  /// - Parameter planner: of the same network and rows.
  package func priced(by planner: Planner) -> PlanChoices { PlanChoices(self, planner: planner) }

  private init(_ other: PlanChoices, planner: Planner) {
    self.planner = planner
    planned = other.planned
    leastFeasibleByteCount = other.leastFeasibleByteCount
    smallestSchedule = other.smallestSchedule
    effort = other.effort
    small = other.small
    search = other.search
  }

  /// The plan of the smallest schedule in the least feasible bytes.
  func smallest() throws -> Choice {
    Choice(schedule: smallestSchedule, plan: try planner.plan(for: smallestSchedule, effort: effort))
  }

  /// A schedule of few bytes with what its layout takes.
  private struct Smallest: Comparable {
    let schedule: Schedule
    let byteCount: Int
    let lowerBoundByteCount: Int
    let effort: PlacementEffort

    init(_ schedule: Schedule, _ planner: Planner, effort: PlacementEffort) throws(PlanningError) {
      let plan = try planner.plan(for: schedule, effort: effort)
      self.schedule = schedule
      byteCount = plan.peakByteCount
      lowerBoundByteCount = plan.lowerBoundByteCount
      self.effort = effort
    }

    static func < (left: Self, right: Self) -> Bool { left.byteCount < right.byteCount }

    static func == (left: Self, right: Self) -> Bool { left.byteCount == right.byteCount }

    /// Whether another layout of it may be lower than one that is known.
    func mayBe(below known: Self) -> Bool { lowerBoundByteCount < byteCount && mayTake(known.byteCount - 1) }

    /// Whether a layout of it may be no higher than that; of many actions none is looked for.
    func mayTake(_ limit: Int) -> Bool {
      lowerBoundByteCount <= limit && schedule.actions.count <= PlanChoices.manyActions
    }

    /// The smallest, and of larger ones those that execute stages less often than the one before, as many as are
    /// planned in little time.
    ///
    /// - Parameters:
    ///   - measured: of fewest bytes first.
    ///   - schedules: larger ones.
    func withLarger(
      _ measured: [Self], _ schedules: [Schedule], _ planner: Planner
    ) throws(PlanningError) -> [Self] {
      var front = [self]
      var actionCount = 0
      func isAnother(_ schedule: Schedule) -> Bool {
        schedule.actions.count < front[front.count - 1].schedule.actions.count
      }
      for other in measured where isAnother(other.schedule) { front.append(other) }
      for schedule in schedules where isAnother(schedule) {
        actionCount += schedule.actions.count
        guard actionCount <= PlanChoices.mostSmallActions else { break }
        front.append(try Smallest(schedule, planner, effort: .sweepsOnly))
      }
      return front
    }

    /// With the layout of a search.
    func searched(_ planner: Planner, effort: PlacementEffort) throws(PlanningError) -> Self {
      try Smallest(schedule, planner, effort: effort)
    }
  }

  private static let mostOfLeastBytes = 64
  private static let mostSearchedOfLeastBytes = 16
  private static let mostSmallActions = 1 << 17
  private static let fewActions = 500
  /// Plans of more actions are laid out without a search while they are only compared.
  static let manyActions = 4000
  private static let manyStages = 128

  /// The plan of least predicted seconds within so many bytes, of equal ones the smallest.
  ///
  /// - Returns: nil below the least feasible bytes, and never else.
  package func fastest(withinBytes budget: Int) throws -> Choice? {
    guard budget >= leastFeasibleByteCount else { return nil }
    if let front = try plannedFront() { return try front.fastest(withinBytes: budget) }
    let found = try fastestOfCounted(withinBytes: budget)
    return try named(fasterThan: found, withinBytes: budget) ?? found
  }

  /// Nil of a longer chain.
  func plannedFront() throws -> PlannedFront? {
    try planned.front(of: identity) {
      try PlannedFront(of: planner, smallest: smallest, effort: effort, search: search)
    }
  }

  /// The same of the schedules of which no more bytes are counted.
  private func fastestOfCounted(withinBytes budget: Int) throws -> Choice {
    let choices = try ScheduleChoices(planner.chain, mostBytes: budget)
    let (small, secondsOfSmall) = try fastestOfSmall(withinBytes: budget)
    // What a layout takes beyond what a replay counts, where choices are looked for by what a replay counts.
    var loss = 0
    while true {
      var leastExcess = Int.max
      for choice in choices.fitting(bytes: budget - loss) where choice.seconds <= secondsOfSmall {
        let schedule = choices.schedule(of: choice)
        let plan = try planner.plan(for: schedule, within: budget, search: search)
        guard plan.peakByteCount <= budget else {
          leastExcess = min(leastExcess, plan.peakByteCount - budget)
          continue
        }
        return Choice(
          schedule: schedule, plan: plan,
          neighbours: try neighbours(of: choice, in: choices, planned: plan, budget: budget))
      }
      guard choices.dependOnBudget, leastExcess < Int.max else { break }
      loss += max(loss, leastExcess)
    }
    var choice = Choice(schedule: small.schedule, plan: try planner.plan(for: small.schedule, effort: small.effort))
    let seconds = planner.seconds(of: choice.plan)
    choice.neighbours.faster = try next(
      choices.faster(thanSeconds: secondsOfSmall), in: choices, beyondCounted: seconds - secondsOfSmall
    ) { $0.byteCount > budget && $0.seconds < seconds }
    choice.neighbours.smaller = try leastPoint(below: choice.plan)
    return choice
  }

  /// Of the small schedules within so many bytes the one of fewest seconds, as a replay counts them.
  private func fastestOfSmall(withinBytes budget: Int) throws -> (schedule: Smallest, seconds: Double) {
    let priced = try small.map { (schedule: $0, seconds: try replay($0.schedule, on: planner.chain).seconds) }
    for candidate in priced.sorted(by: { $0.seconds < $1.seconds }) {
      var schedule = candidate.schedule
      if schedule.byteCount > budget, schedule.mayTake(budget) {
        schedule = try schedule.searched(planner, effort: search)
      }
      if schedule.byteCount <= budget { return (schedule, candidate.seconds) }
    }
    preconditionFailure("the smallest schedule fits every budget that is feasible")
  }

  /// What more bytes than the budget would gain, and fewer than are planned would cost: of short schedules by their
  /// plans, of others as a replay counts them.
  func neighbours(
    of choice: ScheduleChoices.Choice, in choices: ScheduleChoices, planned: Plan, budget: Int
  ) throws -> Neighbours {
    let seconds = planner.seconds(of: planned)
    let (faster, smaller) = choices.neighbours(of: choice)
    return Neighbours(
      faster: try next(faster, in: choices, beyondCounted: seconds - choice.seconds) {
        $0.byteCount > budget && $0.seconds < seconds
      },
      smaller: try next(smaller, in: choices, beyondCounted: seconds - choice.seconds) {
        $0.byteCount < planned.peakByteCount && $0.seconds > seconds
      } ?? leastPoint(below: planned))
  }

  /// The first of a few candidates that is beyond what was chosen.
  ///
  /// - Parameter beyondCounted: seconds that the chosen schedule's plan takes beyond what a replay counts.
  private func next(
    _ candidates: [ScheduleChoices.Choice], in choices: ScheduleChoices, beyondCounted: Double,
    where isBeyond: (Neighbours.Point) -> Bool
  ) throws -> Neighbours.Point? {
    for candidate in candidates.prefix(PlanChoices.mostNeighbours) {
      let schedule = choices.schedule(of: candidate)
      var point = Neighbours.Point(
        byteCount: candidate.peakBytes, seconds: candidate.seconds + beyondCounted, schedule: schedule)
      if schedule.actions.count <= PlanChoices.fewActions {
        let plan = try planner.plan(for: schedule, within: candidate.peakBytes, search: search)
        (point.byteCount, point.seconds) = (plan.peakByteCount, planner.seconds(of: plan))
      }
      if isBeyond(point) { return point }
    }
    return nil
  }

  /// The least feasible bytes, where a plan takes more and fewer seconds; nil too where they take long to plan.
  private func leastPoint(below planned: Plan) throws -> Neighbours.Point? {
    guard planned.peakByteCount > leastFeasibleByteCount, smallestSchedule.actions.count <= PlanChoices.manyActions
    else { return nil }
    let seconds = planner.seconds(of: try smallest().plan)
    guard seconds > planner.seconds(of: planned) else { return nil }
    return Neighbours.Point(byteCount: leastFeasibleByteCount, seconds: seconds, schedule: smallestSchedule)
  }

  /// Of each side, that are looked at.
  private static let mostNeighbours = 4
}

extension Planner {
  /// A plan that is weighed against others, its layout looked for where that may bring it within the budget.
  func plan(for schedule: Schedule, within budget: Int, search: PlacementEffort) throws(PlanningError) -> Plan {
    let plan = try plan(for: schedule, effort: .brief)
    guard plan.peakByteCount > budget, plan.lowerBoundByteCount <= budget,
      schedule.actions.count <= Planner.mostSearchedActions
    else { return plan }
    return try self.plan(for: schedule, effort: search)
  }

  private static let mostSearchedActions = 4000
}

/// The planned front of the choices that were asked last: fronts keep the tables of a search, of which there is to be
/// one at a time.
package final class PlannedFrontMemory {
  private var known: (owner: AnyObject, front: PlannedFront?)?

  package init() {}

  fileprivate func front(of owner: AnyObject, _ make: () throws -> PlannedFront?) rethrows -> PlannedFront? {
    if let known, known.owner === owner { return known.front }
    known = nil
    let made = try make()
    known = (owner, made)
    return made
  }
}
