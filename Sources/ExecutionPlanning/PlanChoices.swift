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

    package init(schedule: Schedule, plan: Plan) {
      self.schedule = schedule
      self.plan = plan
    }
  }

  private let planner: Planner

  package init(of planner: Planner) {
    self.planner = planner
  }

  /// The plan of least bytes. It depends on neither costs nor budget.
  package func smallest() throws -> Choice {
    var smallest: Choice?
    for (_, schedule) in try schedulesOfLeastBytes(planner.chain, count: 4) {
      let plan = try planner.plan(for: schedule)
      if plan.peakByteCount < smallest?.plan.peakByteCount ?? Int.max {
        smallest = Choice(schedule: schedule, plan: plan)
      }
    }
    guard let smallest else { throw PlanningError("no schedule executes the stages seldom enough") }
    return smallest
  }

  /// The plan of least predicted seconds within so many bytes, of equal ones the smallest; nil where none fits.
  package func fastest(withinBytes budget: Int) throws -> Choice? {
    let choices = try ScheduleChoices(planner.chain)
    for choice in choices.fitting(bytes: budget) {
      let schedule = choices.schedule(of: choice)
      let plan = try planner.plan(for: schedule)
      if plan.peakByteCount <= budget { return Choice(schedule: schedule, plan: plan) }
    }
    let smallest = try smallest()
    return smallest.plan.peakByteCount <= budget ? smallest : nil
  }
}
