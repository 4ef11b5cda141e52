import ComputationGraph
package import ExecutionPlanning

/// Seconds of one iteration as its plan predicts them: the sum over the instructions of what each costs.
package struct PlanPrediction: Hashable, Sendable {
  /// First executions of forward nodes, the loss included.
  package private(set) var forwardSeconds = 0.0
  /// Reverse steps with all that they recompute.
  package private(set) var backwardSeconds = 0.0
  /// The part of `backwardSeconds` that computes forward values again.
  package private(set) var recomputeSeconds = 0.0
  /// By stage: its first execution; what works for its reversal, recomputation included.
  package private(set) var stageForwardSeconds: [Double]
  package private(set) var stageBackwardSeconds: [Double]

  /// Without the optimizer's update.
  package var totalSeconds: Double { forwardSeconds + backwardSeconds }

  /// - Parameters:
  ///   - secondsOfInstruction: by instruction of the plan.
  ///   - stageCount: the loss, which has this number as its stage, counts in the totals alone.
  package init(of plan: Plan, secondsOfInstruction: [Double], stageCount: Int) {
    stageForwardSeconds = Array(repeating: 0, count: stageCount)
    stageBackwardSeconds = stageForwardSeconds
    for (instruction, seconds) in zip(plan.instructions, secondsOfInstruction) {
      let isOfStage = instruction.stage < stageCount
      switch instruction.phase {
      case .forward:
        forwardSeconds += seconds
        if isOfStage { stageForwardSeconds[instruction.stage] += seconds }
      case .recompute:
        recomputeSeconds += seconds
        backwardSeconds += seconds
        if isOfStage { stageBackwardSeconds[instruction.stage] += seconds }
      case .backward:
        backwardSeconds += seconds
        if isOfStage { stageBackwardSeconds[instruction.stage] += seconds }
      // Predicted for all parameters together.
      case .update: break
      }
    }
  }

  /// - Parameter works: the plan's, of which `table` knows the seconds.
  package init(of plan: Plan, works: PlanWorks, table: CostTable, stageCount: Int) {
    let seconds = works.works.map { table.seconds(of: $0) + table.secondsPerInstruction }
    self.init(
      of: plan, secondsOfInstruction: works.workOfInstruction.map { seconds[$0] }, stageCount: stageCount)
  }
}
