package import BufferPlacement
package import Checkpointing

/// The plans of a network to choose from under a byte budget.
///
/// A schedule's replay says what it needs; what decides is the height of its plan. Whether a choice is taken depends on
/// the budget in one direction only, so that a larger budget never gives a slower plan.
package struct PlanChoices {
  /// A schedule with its plan.
  package struct Choice: Sendable {
    package let schedule: Schedule
    package let plan: Plan
    /// What more bytes would gain and fewer would cost, where that is known.
    package let neighbours: Neighbours

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
  private let planned = PlannedFrontMemory()

  /// Finds out what is feasible: plans the schedules of least bytes, so that what is said to suffice does suffice, and
  /// a byte less is refused.
  ///
  /// - Parameter effort: what finding the layouts may take; with less than the standard effort the bytes may be more
  ///   than the least.
  /// - Complexity: that of a few plans and of one search for a layout.
  package init(of planner: Planner, effort: PlacementEffort = .standard) throws {
    self.planner = planner
    var least: (byteCount: Int, lowerBound: Int, schedule: Schedule, effort: PlacementEffort)?
    for (bytes, schedule) in try schedulesOfLeastBytes(planner.chain, count: 8) {
      // A replay may count a few bytes too many, so that one further down needs less; looked at where it is cheap.
      if let least, least.byteCount <= bytes, schedule.actions.count > PlanChoices.fewActions { break }
      let effort: PlacementEffort = schedule.actions.count > PlanChoices.manyActions ? .sweepsOnly : .brief
      let plan = try planner.plan(for: schedule, effort: effort)
      if plan.peakByteCount < least?.byteCount ?? Int.max {
        least = (plan.peakByteCount, plan.lowerBoundByteCount, schedule, effort)
      }
    }
    guard var least else { throw PlanningError("no schedule executes the stages seldom enough") }
    for schedule in try planner.namedSchedulesOfFewBytes(below: least.byteCount) {
      let plan = try planner.plan(for: schedule, effort: .brief)
      if plan.peakByteCount < least.byteCount {
        least = (plan.peakByteCount, plan.lowerBoundByteCount, schedule, .brief)
      }
    }
    // Where sizes are unequal a layout may be some percent above its bound, and one long search is worth its time.
    if least.byteCount > least.lowerBound {
      let longer = PlacementEffort(steps: min(effort.steps, PlanChoices.searchSteps))
      let byteCount = try planner.plan(for: least.schedule, effort: longer).peakByteCount
      // A longer search is another one, and need not end lower.
      if byteCount < least.byteCount { (least.byteCount, least.effort) = (byteCount, longer) }
    }
    leastFeasibleByteCount = least.byteCount
    smallestSchedule = least.schedule
    self.effort = least.effort
  }

  /// The same choices at other costs.
  ///
  /// - Parameter planner: of the same network and rows.
  package func priced(by planner: Planner) -> PlanChoices { PlanChoices(self, planner: planner) }

  private init(_ other: PlanChoices, planner: Planner) {
    self.planner = planner
    leastFeasibleByteCount = other.leastFeasibleByteCount
    smallestSchedule = other.smallestSchedule
    effort = other.effort
  }

  /// The plan of the smallest schedule in the least feasible bytes.
  func smallest() throws -> Choice {
    Choice(schedule: smallestSchedule, plan: try planner.plan(for: smallestSchedule, effort: effort))
  }

  private static let fewActions = 500
  /// Plans of more actions are laid out without a search while they are only compared.
  private static let manyActions = 4000
  /// Less than a tenth of a second.
  private static let searchSteps = 40_000_000

  /// The plan of least predicted seconds within so many bytes, of equal ones the smallest.
  ///
  /// - Returns: nil below the least feasible bytes, and never else.
  package func fastest(withinBytes budget: Int) throws -> Choice? {
    guard budget >= leastFeasibleByteCount else { return nil }
    if let front = try plannedFront() { return try front.fastest(withinBytes: budget, planner) }
    let found = try fastestOfCounted(withinBytes: budget)
    return try named(fasterThan: found, withinBytes: budget) ?? found
  }

  /// Nil of a longer chain.
  func plannedFront() throws -> PlannedFront? {
    try planned.front { try PlannedFront(of: planner, smallest: smallest, effort: effort) }
  }

  /// The same of the schedules of which no more bytes are counted.
  private func fastestOfCounted(withinBytes budget: Int) throws -> Choice {
    let choices = try ScheduleChoices(planner.chain)
    let secondsOfSmallest = try replay(smallestSchedule, on: planner.chain).seconds
    // What a layout takes beyond what a replay counts, where choices are looked for by what a replay counts.
    var loss = 0
    while true {
      var leastExcess = Int.max
      for choice in choices.fitting(bytes: budget - loss) where choice.seconds <= secondsOfSmallest {
        let schedule = choices.schedule(of: choice)
        let plan = try planner.plan(for: schedule, effort: .brief)
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
    return try smallest()
  }

  /// What more bytes than the budget would gain, and fewer than are planned would cost: of short schedules by their
  /// plans, of others as a replay counts them.
  func neighbours(
    of choice: ScheduleChoices.Choice, in choices: ScheduleChoices, planned: Plan, budget: Int
  ) throws -> Neighbours {
    let beyondCounted = planner.seconds(of: planned) - choice.seconds
    func next(_ candidates: [ScheduleChoices.Choice], where isBeyond: (Int) -> Bool) throws -> Neighbours.Point? {
      for candidate in candidates.prefix(PlanChoices.mostNeighbours) {
        let schedule = choices.schedule(of: candidate)
        var point = Neighbours.Point(
          byteCount: candidate.peakBytes, seconds: candidate.seconds + beyondCounted, schedule: schedule)
        if schedule.actions.count <= PlanChoices.fewActions {
          let plan = try planner.plan(for: schedule, effort: .brief)
          (point.byteCount, point.seconds) = (plan.peakByteCount, planner.seconds(of: plan))
        }
        if isBeyond(point.byteCount) { return point }
      }
      return nil
    }
    let (faster, smaller) = choices.neighbours(of: choice)
    return Neighbours(
      faster: try next(faster) { $0 > budget }, smaller: try next(smaller) { $0 < planned.peakByteCount })
  }

  /// Of each side, that are looked at.
  private static let mostNeighbours = 4
}

/// The planned front of choices, made when it is first asked for.
private final class PlannedFrontMemory {
  private var known: PlannedFront??

  func front(_ make: () throws -> PlannedFront?) rethrows -> PlannedFront? {
    if let known { return known }
    let made = try make()
    known = .some(made)
    return made
  }
}
