import BufferPlacement
import Checkpointing
import SystemCalls

/// Choosing among the schedules of longer chains, which are ordered by what a replay counts.
extension PlanChoices {
  /// Of the schedules of which no more bytes are counted, the fastest by its count whose plan fits.
  func fastestOfCounted(withinBytes budget: Int) throws -> Choice {
    let choices =
      try table.map {
        ScheduleChoices($0, mostBytes: budget, scope: scope, isConcurrent: planner.isConcurrent)
      }
      ?? ScheduleChoices(
        planner.chain, effort: .oneBudget, mostBytes: budget, scope: scope, isConcurrent: planner.isConcurrent)
    let counted = try fastest(of: choices, withinBytes: budget)
    let known = counted?.laidOut.choice.seconds ?? .infinity
    if let small = try fastestOfSmall(withinBytes: budget, fasterThan: known) {
      let seconds = planner.seconds(of: small.plan)
      let faster = choices.faster(thanSeconds: small.seconds)
      return Choice(
        schedule: small.schedule, plan: small.plan,
        neighbours: Neighbours(
          faster: try next(faster, in: choices, beyondCounted: seconds - small.seconds) {
            $0.byteCount > budget && $0.seconds < seconds
          },
          smaller: try leastPoint(below: small.plan)))
    }
    guard let counted else { preconditionFailure("the smallest schedule fits every budget that is feasible") }
    return try counted.chosen(by: self, in: choices, budget: budget)
  }

  /// A choice whose layout fits.
  private struct Fitting {
    let laidOut: CandidateLayouts.LaidOut
    /// Where they were looked for already.
    let neighbours: ScheduleChoices.Neighbours?

    func chosen(by plans: PlanChoices, in choices: ScheduleChoices, budget: Int) throws -> Choice {
      let near = neighbours ?? choices.neighbours(of: laidOut.choice)
      return Choice(
        schedule: laidOut.schedule, plan: laidOut.plan,
        neighbours: try plans.neighbours(
          of: laidOut.choice, near, in: choices, planned: laidOut.plan, budget: budget))
    }
  }

  private func fastest(of choices: ScheduleChoices, withinBytes budget: Int) throws -> Fitting? {
    var layouts = CandidateLayouts(of: choices, planner, budget: budget, search: search)
    var tried: Set<ScheduleChoices.Choice> = []
    var depth = 1
    // What layouts take beyond what a replay counts.
    var loss = 0
    while true {
      var leastExcess = Int.max
      // Fastest first.
      let fitting = choices.fitting(bytes: budget - loss, depth: depth)
      let varied = Set(schedulesWorthVarying(fitting.map { ($0.peakBytes, $0.seconds) }).map { fitting[$0] })
      var waiting = fitting[...]
      while let choice = waiting.popFirst() {
        guard tried.insert(choice).inserted else { continue }
        let (laidOut, neighbours) = try layouts.layout(of: choice, before: waiting.lazy.filter { !tried.contains($0) })
        let plan = laidOut.plan
        if plan.peakByteCount <= budget { return Fitting(laidOut: laidOut, neighbours: neighbours) }
        leastExcess = min(leastExcess, plan.peakByteCount - budget)
        if plan.lowerBoundByteCount <= budget, varied.contains(choice) {
          waiting += choices.variants(of: choice).filter { $0.peakBytes <= budget }
          waiting.sort { ($0.seconds, $0.peakBytes) < ($1.seconds, $1.peakBytes) }
        }
      }
      guard leastExcess < Int.max else { return nil }
      if planner.chain.count <= PlanChoices.mostStagesOfFewSchedules {
        depth *= 4
      } else {
        loss += max(loss, leastExcess)
      }
    }
  }

  /// Of the smallest schedule and those that were looked at beside it, within so many bytes, the one of fewest seconds
  /// as a replay counts them; nil where none is faster.
  private func fastestOfSmall(
    withinBytes budget: Int, fasterThan seconds: Double
  ) throws -> (schedule: Schedule, plan: Plan, seconds: Double)? {
    let mostBytes = nearlySmallest.map(\.bytes).reduce(leastFeasibleByteCount, max)
    guard planner.replayMayCountTooMany || planner.chain.leastSeconds(withinBytes: mostBytes) < seconds else {
      return nil
    }
    var priced = [(schedule: smallestSchedule, seconds: try replay(smallestSchedule, on: planner.chain).seconds)]
    for (bytes, schedule) in nearlySmallest where bytes <= budget || planner.replayMayCountTooMany {
      priced.append((schedule, try replay(schedule, on: planner.chain).seconds))
    }
    for candidate in priced.sorted(by: { $0.seconds < $1.seconds }) where candidate.seconds < seconds {
      let plan =
        candidate.schedule == smallestSchedule
        ? try smallest().plan : try planner.plan(for: candidate.schedule, within: budget, search: search)
      if plan.peakByteCount <= budget { return (candidate.schedule, plan, candidate.seconds) }
    }
    return nil
  }

  /// What more bytes than the budget would gain, and fewer than are planned would cost: of short schedules by their
  /// plans, of others as a replay counts them.
  func neighbours(
    of choice: ScheduleChoices.Choice, _ near: ScheduleChoices.Neighbours, in choices: ScheduleChoices, planned: Plan,
    budget: Int
  ) throws -> Neighbours {
    let seconds = planner.seconds(of: planned)
    return Neighbours(
      faster: try next(near.faster, in: choices, beyondCounted: seconds - choice.seconds) {
        $0.byteCount > budget && $0.seconds < seconds
      },
      smaller: try next(near.smaller, in: choices, beyondCounted: seconds - choice.seconds) {
        // A closer search may count fewer bytes than are said to be the least, which are refused.
        $0.byteCount >= leastFeasibleByteCount && $0.byteCount < planned.peakByteCount && $0.seconds > seconds
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

/// Layouts of candidates, asked for one after the other. Where two things may be done at once, beside the first, which
/// mostly fits, its neighbours are looked for, and beside each later one the candidate after it is laid out.
private struct CandidateLayouts {
  struct LaidOut: Sendable {
    let choice: ScheduleChoices.Choice
    let schedule: Schedule
    let plan: Plan
  }

  private let isConcurrent: Bool
  private let layOut: @Sendable (ScheduleChoices.Choice) throws -> LaidOut
  private let neighbours: @Sendable (ScheduleChoices.Choice) -> ScheduleChoices.Neighbours
  private var isFirst = true
  /// Laid out beside others, and not asked for yet.
  private var ahead: [ScheduleChoices.Choice: LaidOut] = [:]

  init(of choices: ScheduleChoices, _ planner: Planner, budget: Int, search: PlacementEffort) {
    isConcurrent = planner.isConcurrent
    layOut = { choice in
      let schedule = choices.schedule(of: choice)
      return LaidOut(
        choice: choice, schedule: schedule, plan: try planner.plan(for: schedule, within: budget, search: search))
    }
    neighbours = { choices.neighbours(of: $0) }
  }

  /// - Parameter later: the candidates after it.
  mutating func layout(
    of choice: ScheduleChoices.Choice, before later: some Sequence<ScheduleChoices.Choice>
  ) throws -> (LaidOut, ScheduleChoices.Neighbours?) {
    if let known = ahead.removeValue(forKey: choice) { return (known, nil) }
    guard isConcurrent else { return (try layOut(choice), nil) }
    if isFirst {
      isFirst = false
      return try concurrently {
        try layOut(choice)
      } and: { [neighbours] in
        neighbours(choice)
      }
    }
    let next = later.first { ahead[$0] == nil }
    let (laidOut, beside) = try concurrently(when: next != nil) {
      try layOut(choice)
    } and: { [layOut] in
      try next.map(layOut)
    }
    if let beside { ahead[beside.choice] = beside }
    return (laidOut, nil)
  }
}

extension Planner {
  /// A plan that is weighed against others, its layout looked for where that may bring it within the budget.
  func plan(for schedule: Schedule, within budget: Int, search: PlacementEffort) throws(PlanningError) -> Plan {
    let plan = try plan(for: schedule, effort: .brief)
    guard plan.peakByteCount > budget, plan.lowerBoundByteCount <= budget,
      schedule.actions.count <= Planner.mostSearchedActions
    else { return plan }
    return try self.plan(for: schedule, effort: search.until(height: budget))
  }

  private static let mostSearchedActions = 1 << 17
}
