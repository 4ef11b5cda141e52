import ComputationGraph
import CostModel
import ExecutionPlanning

/// Prices the plans of one network: first keep-all's, which has every operator and from which schedulers take what
/// stages cost, then the chosen ones as they are.
struct PlanPricing {
  /// Rows of the part that keeps everything.
  let keepAllRows: Int
  let stageCount: Int
  private let parts: PartPlans
  private let costs: PlanCosts
  private let table: CostTable?
  /// Of the part that keeps everything, with the time spent on measuring by then.
  private let keepAll: (prediction: PlanPrediction, spentNanoseconds: UInt64)

  /// Measures where costs are measured, and hands the result to the parts.
  ///
  /// - Parameters:
  ///   - rows: of the first part of a full micro-batch.
  ///   - minimumArenaByteCount: the least that the run's arena will take.
  init(parts: PartPlans, rows: Int, costs: PlanCosts, minimumArenaByteCount: Int) throws {
    self.parts = parts
    self.costs = costs
    keepAllRows = rows
    let plan = try parts.keepAllPlan(rows: rows)
    stageCount = try parts.planner(rows: rows).stages.stages.count
    switch costs {
    case .operationCounts:
      table = nil
      keepAll = (try parts.predictionByCosts(of: plan), 0)
    case .measured(let source):
      // Measuring takes memory that the run takes later anyway.
      let parameters = plan.graph.parameterElementCount * plan.graph.elementType.accumulationType.byteCount
      let later = parameters * (1 + source.threads.partCount + source.optimizerStateCount) + minimumArenaByteCount
      source.limits.scratchBytes = min(source.limits.scratchBytes, max(PlanPricing.leastScratchBytes, later))
      let priced = try source.price(plan, share: PlanPricing.shareOfKeepAll) { try parts.graph(rows: $0) }
      table = priced.table
      keepAll = (priced.prediction(of: plan, stageCount: stageCount), source.spentNanoseconds)
      try parts.price(by: priced.table.nodeCosts)
    }
  }

  private static let leastScratchBytes = 2 << 20
  /// How much of the measuring time keep-all's plan may take; the rest is for works that only the chosen plan has.
  private static let shareOfKeepAll = 0.65

  /// Predicted seconds of the part that keeps everything, as all costs that are known by now have it: works that were
  /// reckoned at first may have been measured with another plan.
  func keepAllPrediction() throws -> PlanPrediction {
    guard case .measured(let source) = costs, source.spentNanoseconds > keepAll.spentNanoseconds else {
      return keepAll.prediction
    }
    return try prediction(of: parts.keepAllPlan(rows: keepAllRows))
  }

  /// A plan's predicted seconds.
  func prediction(of plan: Plan) throws -> PlanPrediction {
    switch costs {
    case .operationCounts: return try parts.predictionByCosts(of: plan)
    case .measured(let source):
      // Only the first part is measured; the others' works are reckoned from it.
      let isMeasured = plan.graph.batchRows == keepAllRows
      let priced = try source.price(plan, base: table, share: isMeasured ? 0.8 : 0) { try parts.graph(rows: $0) }
      return priced.prediction(of: plan, stageCount: stageCount)
    }
  }
}

extension PartPlans {
  /// A plan's predicted seconds where each node costs what planning takes it to cost.
  fileprivate func predictionByCosts(of plan: Plan) throws -> PlanPrediction {
    let planner = try planner(rows: plan.graph.batchRows)
    return PlanPrediction(
      of: plan, secondsOfInstruction: plan.instructions.map { planner.secondsOfNode[$0.node] },
      stageCount: planner.stages.stages.count)
  }
}
