/// Why there is no schedule.
package enum SchedulingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The budget is below the least that any schedule takes.
  case infeasible(budgetBytes: Int, minimumBytes: Int)
  /// The named strategy takes more than the budget, though others do not.
  case strategyExceedsBudget(strategy: String, neededBytes: Int, budgetBytes: Int, minimumBytes: Int)
  /// The strategy would execute stages more often than is sensible.
  case tooManyExecutions(strategy: String, executions: Int, limit: Int)
  /// The strategy's schedules are chosen by their plans, not made from the chain alone.
  case chosenByPlan
  /// The strategy's schedule is not computed but read.
  case readFromFile(path: String)

  package var description: String {
    switch self {
    case .infeasible(let budget, let minimum):
      "the activation budget of \(budget) bytes is below the least feasible \(minimum) bytes for this network; "
        + "raise it to that or more, or lower training.batchSize"
    case .strategyExceedsBudget(let strategy, let needed, let budget, let minimum):
      "\(strategy) needs \(needed) bytes of activations and the activation budget is \(budget); raise it, or leave the "
        + "choice to optimal, for which the least feasible is \(minimum) bytes"
    case .tooManyExecutions(let strategy, let executions, let limit):
      "\(strategy) would execute stages "
        + (executions == Int.max ? "more than" : "\(executions) times in one iteration, more than")
        + " \(limit) times in one iteration, which is the limit; give it more units, or choose optimal or sqrt"
    case .chosenByPlan: "the schedule of optimal is chosen among plans, not made from the chain alone"
    case .readFromFile(let path): "the schedule of file:\(path) is read from that file, not computed"
    }
  }
}
