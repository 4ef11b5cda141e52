package import CostModel
package import ExecutionPlanning

/// Where a run's planning takes the seconds of its instructions from.
package enum PlanCosts {
  /// Operation and byte counts: a pure function of the configuration.
  case operationCounts(OperationRates)
  /// This machine, measured now or earlier.
  case measured(CostSource)

  /// What serves until something has been measured. What is feasible is found out with it, and depends on no costs.
  var beforeMeasuring: NodeCosts {
    switch self {
    case .operationCounts(let rates): .operationCounts(rates)
    case .measured: .operationCounts
    }
  }
}
