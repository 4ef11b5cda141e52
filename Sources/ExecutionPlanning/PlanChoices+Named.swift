import BufferPlacement
import Checkpointing
import ComputationGraph
import Differentiation

extension PlanChoices {
  /// The fastest of the named schedules that is faster than one that was found and fits as well; nil where there is
  /// none.
  ///
  /// A search goes by the bytes that a replay counts. Of normalizations, of residual blocks and where what is kept is
  /// rounded these may be up to half as many again as a plan needs, so that it passes over schedules that fit,
  /// keep-all's among them. Of plain chains a replay counts no byte too many, and there is nothing to look for.
  ///
  /// - Complexity: that of replaying some hundred schedules, and of a plan of each that is faster.
  func named(fasterThan found: Choice, withinBytes budget: Int) throws -> Choice? {
    guard planner.replayMayCountTooMany else { return nil }
    let known = planner.seconds(of: found.plan)
    var best: Planner.NamedPlan?
    // What a plan copies and leaves out may be more of one schedule than of another.
    let candidates = try planner.namedSchedules(withinBytes: budget).filter { $0.leastSeconds < known }
    var tried = 0
    var planned = 0
    for candidate in candidates.sorted(by: { $0.seconds < $1.seconds }) {
      if let best, candidate.leastSeconds >= best.seconds || tried == PlanChoices.mostNamed { break }
      guard planned < PlanChoices.mostNamedInstructions else { break }
      tried += best == nil ? 0 : 1
      let schedule = candidate.schedule()
      let plan = try planner.plan(for: schedule, within: budget, search: search)
      planned += plan.instructions.count
      let seconds = planner.seconds(of: plan)
      guard plan.peakByteCount <= budget, seconds < best?.seconds ?? known else { continue }
      best = Planner.NamedPlan(schedule: schedule, plan: plan, seconds: seconds)
    }
    for family in planner.namedFamilies {
      let seconds = best?.seconds ?? known
      let named = try planner.mostUnits(of: family, fasterThan: seconds, withinBytes: budget)
      if let named, named.seconds < seconds { best = named }
    }
    return best.map { best in
      let smaller = Neighbours.Point(
        byteCount: found.plan.peakByteCount, seconds: planner.seconds(of: found.plan), schedule: found.schedule)
      return Choice(
        schedule: best.schedule, plan: best.plan,
        neighbours: Neighbours(smaller: smaller.byteCount < best.plan.peakByteCount ? smaller : nil))
    }
  }
}

extension PlanChoices {
  /// Named schedules of many stages that are planned beyond the first that fits.
  private static let mostNamed = 48
  /// Instructions of all named schedules that are planned, where stages are blocks of many layers: a few seconds.
  private static let mostNamedInstructions = 1 << 21
}

extension Planner {
  /// Named schedules whose plans may need less than others', those of which fewest bytes are counted: of few stages.
  func namedSchedulesOfFewBytes(below bytes: Int) throws -> [Schedule] {
    guard chain.count <= Self.mostStagesOfFewBytes, replayMayCountTooMany else { return [] }
    let candidates = try namedSchedules(withinBytes: bytes - 1)
    return candidates.sorted { $0.peakBytes < $1.peakBytes }.prefix(Self.mostPlanned).map { $0.schedule() }
  }

  /// The named schedules that may fit, however many bytes a replay counts too many.
  func namedSchedules(withinBytes budget: Int) throws -> [CountedSchedule] {
    let need = leastNeed
    return try namedStrategies().compactMap { strategy in
      let counted = try counted(makeSchedule(strategy, for: chain), need)
      return counted.fewestBytes <= budget ? counted : nil
    }
  }

  /// All of some hundred stages, where a replay takes a fraction of a millisecond; of more, segments in steps of a
  /// half. They do not depend on the budget.
  private func namedStrategies() -> [Strategy] {
    let n = chain.count
    var strategies: [Strategy] = [.none, .sqrt]
    if n <= Self.mostStagesOfAllNamed {
      strategies.append(.recursive)
      for count in 1...n { strategies += [.segments(count), .every(count), .mixed(count), .revolve(count)] }
    } else if n <= PlanChoices.mostStagesOfFewSchedules {
      var count = 2
      while count < n {
        strategies += [.segments(count), .every(count)]
        count += (count + 1) / 2
      }
    }
    return strategies
  }

  /// Strategies of which one with more units takes more bytes and fewer seconds, where not all of them are looked at.
  fileprivate var namedFamilies: [(Int) -> Strategy] {
    let isSearched = chain.count > Self.mostStagesOfAllNamed && chain.count <= PlanChoices.mostStagesOfFewSchedules
    return isSearched ? [Strategy.mixed, Strategy.revolve] : []
  }

  fileprivate struct NamedPlan {
    let schedule: Schedule
    let plan: Plan
    let seconds: Double
  }

  /// The plan of most units that fits, of those that may be faster; nil where there is none.
  fileprivate func mostUnits(
    of family: (Int) -> Strategy, fasterThan seconds: Double, withinBytes budget: Int
  ) throws -> NamedPlan? {
    let need = leastNeed
    return try Checkpointing.mostUnits(upTo: chain.count) { units in
      let strategy = family(units)
      let most = min(max(4 * chain.count, Self.fewExecutions), chain.maximumExecutions)
      guard executions(strategy) <= most else { return (.tooFew, nil) }
      let schedule = try makeSchedule(strategy, for: chain)
      let counted = try counted(schedule, need)
      guard counted.leastSeconds < seconds else { return (.tooFew, nil) }
      guard counted.fewestBytes <= budget else { return (.tooMany, nil) }
      let plan = try plan(for: schedule, effort: .brief)
      guard plan.peakByteCount <= budget else { return (.tooMany, nil) }
      return (.fits(NamedPlan(schedule: schedule, plan: plan, seconds: self.seconds(of: plan))), nil)
    }
  }

  private func executions(_ strategy: Strategy) -> Int {
    switch strategy {
    case .mixed(let units): mixedExecutions(stageCount: chain.count, units: units)
    case .revolve(let slots): revolveExecutions(stageCount: chain.count, slots: slots)
    default: chain.count
    }
  }

  private static let mostStagesOfAllNamed = 256
  /// Of more stages none of these may give the least bytes: schedules of few bytes execute stages often.
  private static let mostStagesOfFewBytes = 64
  /// Schedules of no more take milliseconds, however often they execute a stage.
  private static let fewExecutions = 10_000
  /// Of schedules of few bytes.
  private static let mostPlanned = 16
}
