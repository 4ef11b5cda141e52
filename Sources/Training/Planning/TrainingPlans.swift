package import Checkpointing
package import ComputationGraph
package import Configuration
import Differentiation
package import ExecutionPlanning
package import Kernels

/// Every plan of a run. All share one arena, which has the height of the highest.
package struct TrainingPlans: Sendable {
  package let network: NetworkDescription
  /// The schedule of a full micro-batch, which is the whole batch where batches are not split.
  package let schedule: Schedule
  package let stages: StageChain
  package let chain: Chain
  package let sizes: BatchSizes
  /// One for each number of rows that trains at once, the full micro-batch first.
  package let microBatches: [Plan]
  package let validation: Plan?
  package let lastValidation: Plan?
  /// Arena bytes that the same run needs when every activation is kept.
  package let keepAllByteCount: Int
  /// The least arena bytes that the same run can be planned in, whatever the strategy and the costs.
  package let minimumFeasibleByteCount: Int
  /// The schedule of a full batch in the least bytes.
  package let smallestSchedule: Schedule
  /// What is certain of the schedule's time before anything runs.
  package let certificate: TimeCertificate
  /// Arena bytes that the plans must keep to, nil where there is no budget.
  package let activationBudgetBytes: Int?

  /// Bytes of the arena: planned peak of the run.
  package var peakByteCount: Int { all.reduce(0) { max($0, $1.peakByteCount) } }
  package var lowerBoundByteCount: Int { all.reduce(0) { max($0, $1.lowerBoundByteCount) } }
  package var largestWorkspaceByteCount: Int { all.reduce(0) { max($0, $1.largestWorkspaceByteCount) } }

  /// Columns of the prediction.
  package var outputWidth: Int { training.graph[training.graph.prediction].shape.columns }

  /// The plan of a full micro-batch.
  package var training: Plan { microBatches[0] }

  /// Floating-point operations of an iteration on a full batch, recomputation included.
  package var flopsPerIteration: Int {
    sizes.training.slices(of: sizes.microBatch).reduce(0) { sum, rows in
      sum + (microBatches.first { $0.graph.batchRows == rows.count }?.flops ?? 0)
    }
  }

  /// Rows of the most that goes through the network at once.
  package var largestBatchRows: Int { all.reduce(0) { max($0, $1.graph.batchRows) } }

  package var all: [Plan] { microBatches + [validation, lastValidation].compactMap(\.self) }

  /// Plans a run.
  ///
  /// - Parameters:
  ///   - scheduleFile: the schedule where the strategy is `file`; its actions are those of every batch size.
  ///   - activationBudget: what the arena may take. Without one, `optimal` is the fastest schedule of all.
  /// - Throws: `GraphError`, `KernelError`, `PlanningError`, `ScheduleFileError`, or the scheduler's error for a budget
  ///   or a strategy that does not fit.
  package init(
    network: NetworkDescription, sizes: BatchSizes, strategy: Strategy, scheduleFile: ScheduleFile? = nil,
    activationBudget: ByteSize? = nil, library: any KernelLibrary
  ) throws {
    let planners = try sizes.microBatchRows.map {
      try TrainingPlans.planner(of: network, rows: $0, addsGradients: sizes.splitsBatches, library: library)
    }
    validation = try TrainingPlans.evaluationPlan(of: network, rows: sizes.validation, library: library)
    lastValidation = try TrainingPlans.evaluationPlan(of: network, rows: sizes.lastValidation, library: library)
    let evaluationPeak = [validation, lastValidation].reduce(0) { max($0, $1?.peakByteCount ?? 0) }

    let choices = try planners.map { try PlanChoices(of: $0) }
    smallestSchedule = choices[0].smallestSchedule
    minimumFeasibleByteCount = choices.reduce(evaluationPeak) { max($0, $1.leastFeasibleByteCount) }
    let keepAllPeaks = try planners.map { planner in
      try planner.plan(for: makeSchedule(.none, for: planner.chain)).peakByteCount
    }
    keepAllByteCount = keepAllPeaks.reduce(evaluationPeak, max)
    let budget = activationBudget?.resolved(keepAllBytes: keepAllByteCount, minimumBytes: minimumFeasibleByteCount)
    activationBudgetBytes = budget
    if let budget, budget < minimumFeasibleByteCount {
      throw SchedulingError.infeasible(budgetBytes: budget, minimumBytes: minimumFeasibleByteCount)
    }

    let selection = ScheduleSelection(strategy: strategy, scheduleFile: scheduleFile, budgetBytes: budget)
    let chosen = try zip(planners, choices).map { try selection.choice(of: $0, among: $1) }
    schedule = chosen[0].schedule
    microBatches = chosen.map(\.plan)
    stages = planners[0].stages
    chain = planners[0].chain
    certificate = try TimeCertificate(
      chain: planners[0].chain, schedule: chosen[0].schedule, budgetBytes: budget ?? chosen[0].plan.peakByteCount,
      neighbours: chosen[0].neighbours)
    self.network = network
    self.sizes = sizes
    if let budget, peakByteCount > budget {
      throw SchedulingError.strategyExceedsBudget(
        strategy: strategy.description, neededBytes: peakByteCount, budgetBytes: budget,
        minimumBytes: minimumFeasibleByteCount)
    }
  }

  /// A planner of the differentiated training graph for `rows` at once.
  ///
  /// - Parameter addsGradients: whether gradients are added to those of earlier micro-batches.
  package static func planner(
    of network: NetworkDescription, rows: Int, addsGradients: Bool = false, library: any KernelLibrary
  ) throws -> Planner {
    let graph = try Graph(network, batchRows: rows, mode: .training)
    return try planner(DifferentiatedGraph(of: graph, addsGradients: addsGradients), library: library)
  }

  private static func planner(_ graph: DifferentiatedGraph, library: any KernelLibrary) throws -> Planner {
    try Planner(graph, costs: .operationCounts) { node, addsToOutputs throws(KernelError) in
      try library.scratchpadByteCount(for: KernelSignature(of: node, in: graph.graph, addsToOutputs: addsToOutputs))
    }
  }

  private static func evaluationPlan(
    of network: NetworkDescription, rows: Int, library: any KernelLibrary
  ) throws -> Plan? {
    guard rows > 0 else { return nil }
    let graph = try Graph(network, batchRows: rows, mode: .evaluation)
    return try planner(DifferentiatedGraph(withoutReversePass: graph), library: library).evaluationPlan()
  }
}

/// How the schedule of a batch size is found.
private struct ScheduleSelection {
  let strategy: Strategy
  /// With the strategy `file`.
  let scheduleFile: ScheduleFile?
  /// Nil where there is no budget; found to be feasible otherwise.
  let budgetBytes: Int?

  func choice(of planner: Planner, among choices: PlanChoices) throws -> PlanChoices.Choice {
    if case .optimal = strategy {
      let bytes = budgetBytes ?? Int.max
      guard let fastest = try choices.fastest(withinBytes: bytes) else {
        throw PlanningError("no plan fits \(bytes) bytes, which were found to be enough")
      }
      return fastest
    }
    let schedule: Schedule
    if case .file = strategy, let scheduleFile {
      schedule = try scheduleFile.schedule(on: planner.chain)
    } else {
      schedule = try makeSchedule(strategy, for: planner.chain)
    }
    return PlanChoices.Choice(schedule: schedule, plan: try planner.plan(for: schedule))
  }
}
