import Checkpointing

/// What a plan takes of a process's memory: its arena, and its instructions with their bound kernels, which grow with
/// the executions of stages.
package struct PlanNeed: Hashable, Sendable {
  /// Bytes of the arena.
  package var arenaByteCount: Int
  /// Stage executions of one run of the plan, those left out not counted.
  package var executions: Int

  package init(arenaByteCount: Int, executions: Int) {
    self.arenaByteCount = arenaByteCount
    self.executions = executions
  }
}

extension PlanChoices {
  /// A few schedules from keeping everything down to the least bytes, found without a search: bytes of the arena fall
  /// from one to the next as a rule, executions rise.
  ///
  /// The least arena is not the least process: each execution saved from the arena is an instruction in the plan. What
  /// the process needs at least is the least sum over these.
  private func fewSchedules() throws -> [(schedule: Schedule, need: PlanNeed)] {
    let n = planner.chain.count
    var strategies: [Strategy] = [.none, .sqrt]
    if n <= PlanChoices.mostStagesOfFewSchedules {
      var units = n / 2
      while units >= 1 {
        if mixedExecutions(stageCount: n, units: units) <= planner.chain.maximumExecutions {
          strategies.append(.mixed(units))
        }
        units = min(units - 1, units * 2 / 3)
      }
    }
    var few: [(schedule: Schedule, need: PlanNeed)] = []
    for strategy in strategies {
      let schedule = try makeSchedule(strategy, for: planner.chain)
      let summary = try replay(schedule, on: planner.chain)
      // A layout may be higher than the most live bytes.
      let arena = summary.peakBytes + summary.peakBytes / 25
      few.append(
        (
          schedule,
          PlanNeed(
            arenaByteCount: max(arena, leastFeasibleByteCount),
            executions: summary.carriedOutExecutions)
        ))
    }
    let smallest = try replay(smallestSchedule, on: planner.chain)
    few.append(
      (
        smallestSchedule,
        PlanNeed(
          arenaByteCount: leastFeasibleByteCount,
          executions: smallest.carriedOutExecutions)
      ))
    return few
  }

  /// Longer chains are looked at in few ways only.
  static let mostStagesOfFewSchedules = 4096

  /// What plans need: the same list of schedules for every number of rows of one network, the least arena last.
  package func needs() throws -> [PlanNeed] { try fewSchedules().map(\.need) }

  /// The plan of least predicted seconds within so many bytes among a few, found in next to no memory; nil where none
  /// fits.
  func fastestOfFew(withinBytes budget: Int) throws -> Choice? {
    let fitting = try fewSchedules().filter { $0.need.arenaByteCount <= budget }
    let timed = try fitting.map { (schedule: $0.schedule, seconds: try replay($0.schedule, on: planner.chain).seconds) }
    for (schedule, _) in timed.sorted(by: { $0.seconds < $1.seconds }) {
      let choice =
        schedule == smallestSchedule
        ? try smallest() : Choice(schedule: schedule, plan: try planner.plan(for: schedule))
      if choice.plan.peakByteCount <= budget { return choice }
    }
    return nil
  }
}
