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
  /// - Parameter scheduleFile: the schedule where the strategy is `file`; its actions are those of every batch size.
  /// - Throws: `GraphError`, `KernelError`, `PlanningError`, `ScheduleFileError`, or the scheduler's error for a strategy
  ///   that does not fit.
  package init(
    network: NetworkDescription, sizes: BatchSizes, strategy: Strategy, scheduleFile: ScheduleFile? = nil,
    library: any KernelLibrary
  ) throws {
    func chosenSchedule(for chain: Chain) throws -> Schedule {
      if case .file = strategy, let scheduleFile { return try scheduleFile.schedule(on: chain) }
      return try makeSchedule(strategy, for: chain)
    }
    var plans: [Plan] = []
    var keepAll = 0
    func plan(_ planner: Planner, _ schedule: Schedule) throws {
      plans.append(try planner.plan(for: schedule))
      keepAll = max(keepAll, try planner.plan(for: makeSchedule(.none, for: planner.chain)).peakByteCount)
    }
    func planner(rows: Int) throws -> Planner {
      try TrainingPlans.planner(of: network, rows: rows, addsGradients: sizes.splitsBatches, library: library)
    }
    let full = try planner(rows: sizes.microBatchRows[0])
    schedule = try chosenSchedule(for: full.chain)
    try plan(full, schedule)
    for rows in sizes.microBatchRows.dropFirst() {
      let shorter = try planner(rows: rows)
      try plan(shorter, chosenSchedule(for: shorter.chain))
    }
    microBatches = plans
    validation = try TrainingPlans.evaluationPlan(of: network, rows: sizes.validation, library: library)
    lastValidation = try TrainingPlans.evaluationPlan(of: network, rows: sizes.lastValidation, library: library)
    for plan in [validation, lastValidation].compactMap(\.self) { keepAll = max(keepAll, plan.peakByteCount) }
    keepAllByteCount = keepAll
    stages = full.stages
    chain = full.chain
    self.network = network
    self.sizes = sizes
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
