/// A budget of the whole process that it cannot keep to.
package enum MemoryBudgetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The budget is below the least that the run takes under any schedule.
  case infeasible(budgetBytes: Int, minimumBytes: Int, remedies: [Remedy])
  /// The budget, of the process or of activations alone, is below the least under any schedule and in any
  /// micro-batches.
  case infeasibleInMicroBatches(Measure, budgetBytes: Int, minimumBytes: Int, rows: Int, remedies: [Remedy])
  /// The named strategy takes more, though others may not.
  case strategyExceedsBudget(strategy: String, neededBytes: Int, budgetBytes: Int, minimumBytes: Int)

  package enum Measure: Hashable, Sendable {
    case process, activations
  }

  /// What would make a run smaller.
  package enum Remedy: Hashable, Sendable {
    /// Micro-batches of so many rows fit the budget.
    case microBatches(rows: Int)
    /// Updates inside the reverse pass lower the least feasible by so much.
    case fusedUpdates(savedBytes: Int)
  }

  /// The least budget that the run is planned in, of the process or, where activations are measured, of these.
  package var minimumBytes: Int {
    switch self {
    case .infeasible(_, let minimum, _), .infeasibleInMicroBatches(_, _, let minimum, _, _),
      .strategyExceedsBudget(_, _, _, let minimum):
      minimum
    }
  }

  /// What the named strategy takes, where others take less.
  package var bytesOfStrategy: Int? {
    if case .strategyExceedsBudget(_, let needed, _, _) = self { needed } else { nil }
  }

  package var description: String {
    switch self {
    case .infeasible(let budget, let minimum, let remedies):
      "the memory budget of \(budget) bytes is below the least feasible \(minimum) bytes for this run, program and "
        + "libraries included; raise it to that or more" + remedies.map { "; \($0)" }.joined()
        + (remedies.isEmpty ? ", or lower training.batchSize" : "")
    case .infeasibleInMicroBatches(let measure, let budget, let minimum, let rows, let remedies):
      (measure == .process ? "the memory budget" : "the activation budget")
        + " of \(budget) bytes is below the least feasible \(minimum) bytes for this run in micro-batches of any size"
        + (measure == .process ? ", program and libraries included" : "")
        + "; raise it to that or more, for micro-batches of \(rows)" + remedies.map { "; \($0)" }.joined()
    case .strategyExceedsBudget(let strategy, let needed, let budget, let minimum):
      "with \(strategy) the process needs \(needed) bytes and the memory budget is \(budget); raise it, or leave the "
        + "choice to optimal, for which the least feasible is \(minimum) bytes"
    }
  }
}

extension MemoryBudgetError.Remedy: CustomStringConvertible {
  package var description: String {
    switch self {
    case .microBatches(let rows): "micro-batches of \(rows) would fit (training.microBatchSize)"
    case .fusedUpdates(let saved): "fused updates would save \(saved) bytes (optimizer.fused)"
    }
  }
}
