/// Why there is no schedule.
package enum SchedulingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The budget is below the least that any schedule takes.
  case infeasible(budgetBytes: Int, minimumBytes: Int)
  /// The strategy would execute stages more often than is sensible.
  case tooManyExecutions(strategy: String, executions: Int, limit: Int)
  /// The strategy plans under a byte budget, and none was given.
  case needsBudget
  /// The strategy's schedule is not computed but read.
  case readFromFile(path: String)

  package var description: String {
    switch self {
    case .infeasible(let budget, let minimum):
      "the activation budget of \(budget) bytes is below the least feasible \(minimum) bytes for this network"
    case .tooManyExecutions(let strategy, let executions, let limit):
      "\(strategy) would execute stages "
        + (executions == Int.max ? "more than" : "\(executions) times in one iteration, more than")
        + " \(limit) times in one iteration, which is the limit; give it more units, or choose optimal or sqrt"
    case .needsBudget: "optimal needs an activation budget; give one, or choose none"
    case .readFromFile(let path): "the schedule of file:\(path) is read from that file, not computed"
    }
  }
}
