package import Checkpointing
package import Configuration
package import Profiling
package import Training

/// Everything that is told of one run or one plan: what the table, the JSON report and the files are made from.
///
/// What only a run can measure is nil in the report of a plan.
package struct RunReport: Sendable {
  /// `train` or `plan`.
  package var command: String
  package var version: String
  package var machine: MachineFacts
  /// The resolved configuration, every default written out.
  package var configuration: JSONValue
  package var batch: BatchFacts
  package var schedule: ScheduleFacts
  package var stages: [StageFacts]
  package var memory: MemoryFacts
  package var time: TimeProfile?
  /// Seconds of all threads' processors in one iteration, validation between epochs included.
  package var processorSeconds: Double?
  /// What it took to time the run, to look at its values and to tell of it; nil of a plan.
  package var watchingCost: WatchingCost?
  /// Seconds of one iteration as planned, nil where there is none.
  package var predictedIterationSeconds: Double?
  /// The parts of it, where they are told.
  package var predictedTime: PredictedTimeFacts?
  /// Floating-point operations of one iteration, recomputation included.
  package var flopsPerIteration: Double
  package var training: TrainingOutcome?
  /// Of the last iteration; nil where nobody looked.
  package var health: GradientHealth?
  /// In the report of a plan.
  package var plan: PlanDetails?

  package init(
    command: String, version: String, machine: MachineFacts, configuration: JSONValue, batch: BatchFacts,
    schedule: ScheduleFacts,
    stages: [StageFacts], memory: MemoryFacts, time: TimeProfile?, predictedIterationSeconds: Double?,
    flopsPerIteration: Double, training: TrainingOutcome?
  ) {
    self.command = command
    self.version = version
    self.machine = machine
    self.configuration = configuration
    self.batch = batch
    self.schedule = schedule
    self.stages = stages
    self.memory = memory
    self.time = time
    self.predictedIterationSeconds = predictedIterationSeconds
    self.flopsPerIteration = flopsPerIteration
    self.training = training
  }
}

/// What the program runs on.
package struct MachineFacts: Hashable, Sendable {
  package var processor: String
  package var cores: Int
  package var threads: Int
  package var instructionSet: String
  package var memoryBytes: Int
  /// Name and version of the kernel library.
  package var blas: String
  /// Names the table that says which kernel computes which product; nil where there is one kernel for each.
  package var kernelTable: String?

  package init(
    processor: String, cores: Int, threads: Int, instructionSet: String, memoryBytes: Int, blas: String,
    kernelTable: String?
  ) {
    self.processor = processor
    self.cores = cores
    self.threads = threads
    self.instructionSet = instructionSet
    self.memoryBytes = memoryBytes
    self.blas = blas
    self.kernelTable = kernelTable
  }
}

/// How a full batch goes through the network.
package struct BatchFacts: Hashable, Sendable {
  /// Rows of the batch, and of its micro-batches, the last of which may have fewer.
  package var rows: Int
  package var microBatchRows: Int
  /// The schedule is carried out once for each.
  package var microBatchCount: Int
  /// Threads that carry rows of their own through the network; 1 where all work together.
  package var partCount: Int
  /// Why the micro-batches have that size, where the planner chose it.
  package var microBatchChoice: MicroBatchChoice?

  package init(rows: Int, microBatchRows: Int, microBatchCount: Int, partCount: Int) {
    self.rows = rows
    self.microBatchRows = microBatchRows
    self.microBatchCount = microBatchCount
    self.partCount = partCount
  }
}

/// The schedule that was carried out and its counts.
package struct ScheduleFacts: Hashable, Sendable {
  /// As resolved, for example `segments:10` for `sqrt` is still `sqrt`.
  package var strategy: String
  package var stageCount: Int
  /// Stage forward executions of one micro-batch, as the named schedule prescribes.
  package var forwardExecutions: Int
  package var elidedExecutions: Int
  /// Products that reverse steps execute again inside large blocks, not among the executions of stages.
  package var partialExecutions: Int
  /// Stages whose input is kept as a restart value in the first sweep.
  package var checkpoints: [Int]
  package var actions: [Action]
  /// The name of each stage's kept forms, by stage, for the `form` of an action.
  package var formNames: [[String]]

  package init(
    strategy: String, stageCount: Int, forwardExecutions: Int, elidedExecutions: Int, partialExecutions: Int,
    checkpoints: [Int],
    actions: [Action], formNames: [[String]]
  ) {
    self.strategy = strategy
    self.stageCount = stageCount
    self.forwardExecutions = forwardExecutions
    self.elidedExecutions = elidedExecutions
    self.partialExecutions = partialExecutions
    self.checkpoints = checkpoints
    self.actions = actions
    self.formNames = formNames
  }

  package var recomputedExecutions: Int { forwardExecutions - stageCount }

  /// Stages, strategy and executions.
  var headline: String {
    "\(counted(stageCount, "stage")), strategy \(strategy): \(counted(forwardExecutions, "forward execution"))"
  }

  /// What becomes of the executions, such as `90 of them recomputed, 0 left out`.
  var executionsText: String {
    "\(recomputedExecutions) of them recomputed, \(elidedExecutions) left out"
      + (partialExecutions == 0
        ? "" : "; inside blocks \(counted(partialExecutions, "product")) again")
  }
}

/// One stage of the chain: sizes in bytes, operations of one forward execution.
package struct StageFacts: Hashable, Sendable {
  /// Bytes that a report takes for each stage: these, its forms' names, its times and its health. Measured: 440.
  package static let byteCount = 480

  package var index: Int
  package var name: String
  package var outputBytes: Int
  /// What its reverse step keeps, in the smallest form: values inside and, where it reads it, its output.
  package var residualBytes: Int
  package var workspaceBytes: Int
  package var flops: Double
  /// Predicted seconds of its first executions and of its reversals, recomputation included, in one iteration.
  package var predictedForwardSeconds: Double?
  package var predictedBackwardSeconds: Double?

  package init(
    index: Int, name: String, outputBytes: Int, residualBytes: Int, workspaceBytes: Int, flops: Double
  ) {
    self.index = index
    self.name = name
    self.outputBytes = outputBytes
    self.residualBytes = residualBytes
    self.workspaceBytes = workspaceBytes
    self.flops = flops
  }
}

/// Bytes, planned and measured.
package struct MemoryFacts: Hashable, Sendable {
  package var plannedPeakBytes: Int
  package var measuredPeakBytes: Int?
  package var lowerBoundBytes: Int
  package var keepAllBytes: Int
  package var minimumFeasibleBytes: Int?
  /// What the kernel says of the arena's pages.
  package var residentBytes: Int?
  package var parametersBytes: Int
  package var gradientsBytes: Int
  package var optimizerBytes: Int
  /// The largest workspace of one instruction, inside the arena.
  package var workspaceBytes: Int
  package var datasetBytes: Int
  package var planBytes: Int?
  package var programBytes: Int?
  /// `VmHWM` of the process.
  package var processPeakBytes: Int?
  /// The least memory budget that the run is planned in.
  package var minimumFeasibleProcessBytes: Int?
  /// Peak resident bytes of the process that the plan keeps to, nil where there is no budget.
  package var processBudgetBytes: Int?
  /// `VmHWM` as planned.
  package var plannedProcessPeakBytes: Int?
  /// Bytes of the largest batch's rows, laid side by side.
  package var stagingBytes: Int?
  /// Whether the arena was to be backed by huge pages and the system agreed.
  package var usesHugePages: Bool?
  /// Whether activations are rounded to bfloat16 while they are kept.
  package var roundsKept = false
  /// Page faults of all iterations after the warm-up.
  package var steadyPageFaults: Int?
  /// Every category of the process's bytes, as planned and, after a run, as measured.
  package var account: [AccountLine] = []

  package init(
    plannedPeakBytes: Int, measuredPeakBytes: Int? = nil, lowerBoundBytes: Int, keepAllBytes: Int,
    minimumFeasibleBytes: Int? = nil, residentBytes: Int? = nil, parametersBytes: Int, gradientsBytes: Int,
    optimizerBytes: Int, workspaceBytes: Int, datasetBytes: Int, planBytes: Int? = nil, programBytes: Int? = nil,
    processPeakBytes: Int? = nil
  ) {
    self.plannedPeakBytes = plannedPeakBytes
    self.measuredPeakBytes = measuredPeakBytes
    self.lowerBoundBytes = lowerBoundBytes
    self.keepAllBytes = keepAllBytes
    self.minimumFeasibleBytes = minimumFeasibleBytes
    self.residentBytes = residentBytes
    self.parametersBytes = parametersBytes
    self.gradientsBytes = gradientsBytes
    self.optimizerBytes = optimizerBytes
    self.workspaceBytes = workspaceBytes
    self.datasetBytes = datasetBytes
    self.planBytes = planBytes
    self.programBytes = programBytes
    self.processPeakBytes = processPeakBytes
  }
}

/// One category of the process's bytes.
package struct AccountLine: Hashable, Sendable {
  package var category: MemoryCategory
  package var plannedBytes: Int
  package var measuredBytes: Int?

  package init(category: MemoryCategory, plannedBytes: Int, measuredBytes: Int? = nil) {
    self.category = category
    self.plannedBytes = plannedBytes
    self.measuredBytes = measuredBytes
  }
}
