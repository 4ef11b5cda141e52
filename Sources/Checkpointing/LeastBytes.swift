/// Schedules of the least bytes that a chain can be reversed in, with at most `Chain.maximumExecutions`
/// executions.
///
/// They depend on bytes and counts alone, never on seconds, and so does what is found to be feasible.
///
/// - Returns: The schedules of least bytes as a replay counts them, `count` or one more, the least first.
package func schedulesOfLeastBytes(_ chain: Chain, count: Int) throws(ChainError) -> [(bytes: Int, schedule: Schedule)]
{
  let choices = try ScheduleChoices(chain.withUnitCosts(), effort: .leastBytes)
  return choices.smallest(count).map { ($0.peakBytes, choices.schedule(of: $0)) }
}

extension Chain {
  /// The same chain with a second for every execution of a stage and none for anything else.
  fileprivate func withUnitCosts() throws(ChainError) -> Chain {
    let stages = stages.map { stage in
      var stage = stage
      stage.forwardSeconds = 1
      stage.backwardSeconds = 0
      for index in stage.forms.indices {
        stage.forms[index].extraBackwardSeconds = 0
        stage.forms[index].deriveSeconds = 0
        stage.forms[index].secondsWithoutOutput = nil
      }
      return stage
    }
    return try Chain(
      stages: stages, inputBytes: inputBytes, lossPeak: lossPeak, instructionsPerExecution: instructionsPerExecution)
  }
}
