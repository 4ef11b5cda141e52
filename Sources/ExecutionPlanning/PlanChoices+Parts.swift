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
  ///   - mostOwnBytes: what each of them may take where the others take their least.
  ///   - found: what was found otherwise.
  ///   - needed: bytes of all parts under a schedule, given this planner's plan of it.
  /// - Complexity: that of the search and of some plans of each part.
  package func fastestOfParts(
    withinBytes budget: Int, ownShare: Int, mostOwnBytes: Int, fasterThan found: Choice,
    needed: (Choice) throws -> Int
  ) throws -> Choice? {
    let seconds = planner.seconds(of: found.plan)
    let ownBytes = min(mostOwnBytes, ownShare + ownShare / 64 + PlanChoices.roundingMargin)
    if let front = try plannedFront(for: ownBytes) {
      return try front.fastest(withinBytes: ownBytes, fasterThan: seconds) { try needed($0) <= budget }
    }
    let choices = try ScheduleChoices(
      planner.chain, mostBytes: ownBytes, scope: scope, isConcurrent: planner.isConcurrent)
    // Of long chains schedules are looked for one budget at a time, and a share has to do.
    guard !choices.dependOnBudget else { return nil }
    let fitting = choices.fitting(bytes: ownBytes).filter { $0.seconds < seconds }
    for choice in fitting.prefix(max(8, PlanChoices.stagesTried / planner.chain.count)) {
      let schedule = choices.schedule(of: choice)
      let plan = try planner.plan(for: schedule, effort: .brief)
      guard planner.seconds(of: plan) < seconds else { continue }
      let candidate = Choice(
        schedule: schedule, plan: plan,
        neighbours: try neighbours(
          of: choice, choices.neighbours(of: choice), in: choices, planned: plan, budget: plan.peakByteCount))
      if try needed(candidate) <= budget { return candidate }
    }
    return nil
  }

  /// Bytes beyond a share within which what plans of a few rows need is looked for.
  private static let roundingMargin = 4096
  /// Stages of all schedules that are tried, together.
  private static let stagesTried = 16_384
}
