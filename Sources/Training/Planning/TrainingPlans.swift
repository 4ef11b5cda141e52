package import Checkpointing
package import ComputationGraph
package import Configuration
import Differentiation
package import ExecutionPlanning
package import Kernels

/// The sizes of the batches that a run will meet; 0 where there is none.
package struct BatchSizes: Hashable, Sendable {
  package var training: Int
  /// The shorter last batch of an epoch.
  package var lastTraining: Int
  package var validation: Int
  package var lastValidation: Int

  package init(training: Int, lastTraining: Int = 0, validation: Int = 0, lastValidation: Int = 0) {
    self.training = training
    self.lastTraining = lastTraining
    self.validation = validation
    self.lastValidation = lastValidation
  }

  /// - Parameters:
  ///   - trainingSamples: at least 1.
  ///   - iterations: updates of the whole run; a batch that it never comes to is not planned for.
  package init(batchSize: Int, trainingSamples: Int, validationSamples: Int, iterations: Int) {
    let size = min(batchSize, trainingSamples)
    let fullBatches = trainingSamples / size
    training = size
    lastTraining = iterations > fullBatches ? trainingSamples % size : 0
    validation = min(batchSize, validationSamples)
    lastValidation = validation > 0 ? validationSamples % validation : 0
  }
}

/// Every plan of a run. All share one arena, which has the height of the highest.
package struct TrainingPlans: Sendable {
  package let network: NetworkDescription
  /// The schedule of a full batch.
  package let schedule: Schedule
  package let stages: StageChain
  package let chain: Chain
  package let training: Plan
  package let lastTraining: Plan?
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

  private var all: [Plan] { [training, lastTraining, validation, lastValidation].compactMap(\.self) }

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
    let full = try TrainingPlans.planner(of: network, rows: sizes.training, library: library)
    schedule = try chosenSchedule(for: full.chain)
    training = try full.plan(for: schedule)
    var keepAll = try full.plan(for: makeSchedule(.none, for: full.chain)).peakByteCount
    if sizes.lastTraining > 0 {
      let last = try TrainingPlans.planner(of: network, rows: sizes.lastTraining, library: library)
      lastTraining = try last.plan(for: chosenSchedule(for: last.chain))
      keepAll = max(keepAll, try last.plan(for: makeSchedule(.none, for: last.chain)).peakByteCount)
    } else {
      lastTraining = nil
    }
    validation = try TrainingPlans.evaluationPlan(of: network, rows: sizes.validation, library: library)
    lastValidation = try TrainingPlans.evaluationPlan(of: network, rows: sizes.lastValidation, library: library)
    for plan in [validation, lastValidation].compactMap(\.self) { keepAll = max(keepAll, plan.peakByteCount) }
    keepAllByteCount = keepAll
    stages = full.stages
    chain = full.chain
    self.network = network
  }

  /// A planner of the differentiated training graph for a batch of `rows`.
  package static func planner(
    of network: NetworkDescription, rows: Int, library: any KernelLibrary
  ) throws -> Planner {
    let graph = try Graph(network, batchRows: rows, mode: .training)
    return try planner(DifferentiatedGraph(of: graph), library: library)
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
