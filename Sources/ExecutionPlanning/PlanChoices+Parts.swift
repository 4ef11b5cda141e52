import BufferPlacement
import Checkpointing

extension PlanChoices {
  /// The fastest schedule that parts of unequal rows carry out together within bytes that are theirs together; nil
  /// where none is faster than one that was found otherwise.
  ///
  /// Rounded up to cache lines, no fixed share of the bytes is right for every schedule: what one part leaves over may
  /// be what another lacks.
  ///
  /// - Parameters:
  ///   - budget: of all parts.
  ///   - ownShare: of the budget, about what the parts of this planner take, each.
  ///   - seconds: what a choice found otherwise takes.
  ///   - needed: bytes of all parts under a schedule, given this planner's plan of it.
  /// - Complexity: that of the search and of some plans of each part.
  package func fastestOfParts(
    withinBytes budget: Int, ownShare: Int, fasterThan seconds: Double, needed: (Choice) throws -> Int
  ) throws -> Choice? {
    let choices = try ScheduleChoices(planner.chain)
    // Of long chains schedules are looked for one budget at a time, and a share has to do.
    guard !choices.dependOnBudget else { return nil }
    let margin = ownShare / 64 + PlanChoices.roundingMargin
    let fitting = choices.fitting(bytes: ownShare + margin).filter { $0.seconds < seconds }
    for choice in fitting.prefix(min(256, max(8, PlanChoices.stagesTried / planner.chain.count))) {
      let schedule = choices.schedule(of: choice)
      let found = Choice(schedule: schedule, plan: try planner.plan(for: schedule, effort: .brief))
      if try needed(found) <= budget { return found }
    }
    return nil
  }

  /// Bytes beyond a share within which what plans of a few rows need is looked for.
  private static let roundingMargin = 4096
  /// Stages of all schedules that are tried, together.
  private static let stagesTried = 16_384
}
