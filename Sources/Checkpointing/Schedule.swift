/// An order of executions, keeps, discards and reverse steps that gives a chain's gradients.
package struct Schedule: Hashable, Sendable {
  /// The strategy as resolved, for example `segments:10`.
  package let strategy: String
  /// Number of stages of the chain.
  package let stageCount: Int
  /// The steps, in order.
  package let actions: [Action]
  /// Stage executions the schedule prescribes in one iteration: its `forward` actions.
  package let prescribedForwardExecutions: Int
  /// Stages whose input is kept as a restart value during the first sweep, ascending. The network's input is one of
  /// them where the schedule starts from it again.
  package let checkpoints: [Int]

  /// Executions beyond one of each stage.
  package var recomputedExecutions: Int { prescribedForwardExecutions - stageCount }

  /// A schedule from steps that are well formed, or are to be replayed.
  init(strategy: String, stageCount: Int, actions: [Action]) {
    var executions = 0
    var checkpoints: [Int] = []
    var isFirstSweep = true
    var firstUnexecuted = 0
    for action in actions {
      switch action {
      case .forward(let stage, let keep, _):
        executions += 1
        guard stage == firstUnexecuted else { continue }
        if isFirstSweep && keep == .checkpoint { checkpoints.append(stage) }
        firstUnexecuted += 1
      case .backward: isFirstSweep = false
      case .restore, .discard: break
      }
    }
    self.strategy = strategy
    self.stageCount = stageCount
    self.actions = actions
    self.prescribedForwardExecutions = executions
    self.checkpoints = checkpoints
  }

  /// A schedule given as a list of steps, for example read from a file.
  ///
  /// - Parameter strategy: What the schedule is called, for example `file:PATH`.
  /// - Throws: The first law of schedules the steps break on the chain.
  package init(strategy: String, actions: [Action], on chain: Chain) throws(ScheduleViolation) {
    self.init(strategy: strategy, stageCount: chain.count, actions: actions)
    _ = try replay(self, on: chain)
  }
}
