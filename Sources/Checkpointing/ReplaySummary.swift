/// What a schedule does on a chain, counted by replaying it.
package struct ReplaySummary: Hashable, Sendable {
  /// Stage executions.
  package var forwardExecutions = 0
  /// The same by stage.
  package var executionsPerStage: [Int]
  /// Executions counted above that are left out, since nobody reads what they give.
  package var elidedExecutions = 0
  /// Products that reverse steps execute again inside their stages.
  package var partialExecutions = 0
  /// Executions that a plan has instructions for, a partial one taken as a whole.
  package var carriedOutExecutions: Int { forwardExecutions - elidedExecutions + partialExecutions }
  /// Reverse steps taken from the stage's input and output alone, without residuals kept by an execution.
  package var reverseStepsFromBoundaryValues = 0
  /// Largest number of restart values kept at one moment, the network's input included where it is kept as one.
  package var peakRestartValues = 0
  /// Largest number of residual sets kept at one moment.
  package var peakResidualSets = 0
  /// Largest sum of the two at one moment.
  package var peakUnits = 0
  /// Largest sum of modelled live bytes at one moment.
  package var peakBytes: Int
  /// The action during which the live bytes are first largest.
  package var peakActionIndex = 0
  /// Predicted seconds: of executions, reverse steps, and of values derived to restart from.
  package var seconds: Double = 0

  init(chain: Chain) {
    executionsPerStage = Array(repeating: 0, count: chain.count)
    peakBytes = chain.inputBytes
  }
}
