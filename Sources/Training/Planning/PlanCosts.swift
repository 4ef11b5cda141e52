package import CostModel
package import ExecutionPlanning

/// Where a run's planning takes the seconds of its instructions from.
package enum PlanCosts {
  /// Operation and byte counts: a pure function of the configuration.
  case operationCounts(OperationRates)
  /// This machine, measured now or earlier.
  case measured(CostSource)

  /// The costs of a part's work where parts run side by side: each has its share of the machine. What is measured is
  /// measured so.
  func shared(among partCount: Int) -> PlanCosts {
    switch self {
    case .operationCounts(let rates):
      .operationCounts(
        OperationRates(
          flopsPerSecond: rates.flopsPerSecond / Double(partCount),
          bytesPerSecond: rates.bytesPerSecond / Double(partCount)))
    case .measured: self
    }
  }

  var isMeasured: Bool {
    switch self {
    case .operationCounts: false
    case .measured: true
    }
  }

  /// What serves until something has been measured. What is feasible is found out with it, and depends on no costs.
  var beforeMeasuring: NodeCosts {
    switch self {
    case .operationCounts(let rates): .operationCounts(rates)
    case .measured: .operationCounts
    }
  }
}
