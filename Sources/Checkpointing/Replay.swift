/// Replays a schedule symbolically: checks each law at each action and counts executions, units, bytes and seconds.
///
/// The model: live are the running value as long as something reads it, every restart value, and for each residual set
/// its interior bytes, the stage's output where the form holds it, and the stage's input where the form holds it and
/// the reverse step reads it, unless the residuals of the stage before, live when this set is kept, derive it. A value
/// that several hold is counted once; one that has been read for the last time is counted no more. During an execution,
/// the loss and a reverse step the stage's own peak (``StagePeaks``) is live besides, and from the loss on one
/// cotangent. Where restart values and residuals hold a copy in fewer bytes, that copy counts for each, and the value
/// itself while it is the running one or a step reads it. The network's input is live throughout. An execution whose
/// results nobody reads is left out: it counts as prescribed and elided, and takes neither bytes nor seconds. Shares no
/// code with the schedulers.
///
/// - Parameter budgetBytes: what live bytes may not pass; nil for no such law.
/// - Returns: What the schedule does.
/// - Throws: The first law broken. A value that is missing because it was discarded too early is told at the discard.
/// - Complexity: O(actions + stages).
package func replay(
  _ schedule: Schedule, on chain: Chain, budgetBytes: Int? = nil
) throws(ScheduleViolation) -> ReplaySummary {
  guard schedule.stageCount == chain.count else {
    throw ScheduleViolation(
      law: .namesExist, actionIndex: 0,
      found: "the schedule is for \(schedule.stageCount) stages and the chain has \(chain.count)")
  }
  guard schedule.actions.count < Int(Int32.max) else {
    throw ScheduleViolation(
      law: .namesExist, actionIndex: 0, found: "\(schedule.actions.count) actions are more than can be replayed")
  }
  var state = ReplayState(
    chain: chain, budgetBytes: budgetBytes, reads: RunningValueReads(schedule, on: chain))
  for (index, action) in schedule.actions.enumerated() { try state.perform(action, at: index) }
  try state.finish(actionCount: schedule.actions.count)
  return state.summary
}
