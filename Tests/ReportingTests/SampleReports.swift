import Checkpointing
import ComputationGraph
import Configuration
import ExecutionPlanning
import Kernels
import Profiling
import Reporting
import Testing
import Training

/// Reports whose every figure is known: schedules and bytes of real plans on the reference kernels, times and the
/// machine made up.
enum SampleReports {
  /// 12 linear layers with GELU and a head that is wider, so that stages of several sizes occur.
  static let network = NetworkDescription(
    layers: [
      .repeated(count: 12, layers: [.linear(units: 16, bias: true), .activation(.gelu(approximation: .none))]),
      .linear(units: 3, bias: true),
    ],
    loss: .softmaxCrossEntropy, inputFeatures: 16, targetColumns: 1, elementType: .float32)

  static let machine = MachineFacts(
    processor: "Example 7 at 3 GHz", cores: 2, threads: 2, instructionSet: "AVX2", memoryBytes: 8 << 30,
    blas: "reference", kernelTable: "0123456789abcdef")

  static func plans(
    _ strategy: Strategy, sizes: BatchSizes = BatchSizes(training: 8), split: BatchSplit = .none,
    budget: ByteSize? = nil
  ) throws -> TrainingPlans {
    try TrainingPlans(
      network: network, sizes: sizes, split: split, strategy: strategy, activationBudget: budget,
      library: ReferenceKernels())
  }

  /// A run of four epochs under `sqrt`.
  static func trained() throws -> RunReport {
    var report = try report(of: plans(.sqrt), command: "train", strategy: "sqrt")
    report.time = try time(stageCount: report.stages.count)
    predict(&report, .measured(known: 12, measured: 3, reckoned: 1, seconds: 0.0315))
    report.training = TrainingOutcome(
      iterations: 36, epochs: (1...12).map(epoch), initialLoss: 1.0986122886681098, finalLoss: 0.125,
      parametersDigest: "sha256:" + String(repeating: "0123456789abcdef", count: 4))
    report.processorSeconds = 0.0075
    report.watchingCost = WatchingCost(
      clockSeconds: 0.00025, lookSeconds: 0.0005, lookCount: 2, tellingSeconds: 0.00025, iterationSeconds: 0.251)
    report.health = health(stageCount: report.stages.count)
    report.memory.measuredPeakBytes = report.memory.plannedPeakBytes
    report.memory.residentBytes = 12288
    report.memory.processPeakBytes = 21_000_000
    report.memory.steadyPageFaults = 0
    report.memory.usesHugePages = true
    for index in report.memory.account.indices {
      report.memory.account[index].measuredBytes = report.memory.account[index].plannedBytes + 512
    }
    return report
  }

  /// What `plan` tells of the fastest plan in a budget, the plan itself with it.
  static func planned() throws -> RunReport {
    let plans = try plans(.optimal, budget: .percent(50))
    var report = try report(of: plans, command: "plan", strategy: "optimal")
    report.plan = PlanDetails(plans)
    predict(&report, .flops)
    return report
  }

  private static func predict(_ report: inout RunReport, _ source: PredictedTimeFacts.Source) {
    let time = PredictedTimeFacts(
      forward: 0.001, backward: 0.0028, recompute: 0.00095, update: 0.00012, keepAllIteration: 0.003, source: source,
      notes: source == .flops ? [] : ["the measured costs cannot be kept for later runs: /c: No space left on device"])
    report.predictedTime = time
    report.predictedIterationSeconds = time.iteration
    for stage in report.stages.indices {
      report.stages[stage].predictedForwardSeconds = 1.1e-5 * Double(stage + 1)
      report.stages[stage].predictedBackwardSeconds = 1.9e-5 * Double(stage + 1)
    }
  }

  /// Rows divided over two threads, in micro-batches.
  static func divided() throws -> RunReport {
    try report(
      of: plans(
        .every(3), sizes: BatchSizes(training: 8, microBatch: 4), split: BatchSplit(partCount: 2)),
      command: "plan", strategy: "every:3")
  }

  private static func report(of plans: TrainingPlans, command: String, strategy: String) throws -> RunReport {
    let schedule = plans.schedule
    var report = RunReport(
      command: command, version: "1.2.3", machine: machine, configuration: ["name": "sample", "seed": 7],
      batch: BatchFacts(
        rows: plans.sizes.training, microBatchRows: plans.sizes.microBatch,
        microBatchCount: plans.sizes.microBatchCount, partCount: plans.microBatches[0].parts.count),
      schedule: ScheduleFacts(
        strategy: strategy, stageCount: schedule.stageCount,
        forwardExecutions: plans.training.executions.prescribed,
        elidedExecutions: plans.training.executions.elided,
        partialExecutions: plans.training.executions.partial, checkpoints: schedule.checkpoints,
        actions: schedule.actions, formNames: plans.stages.stages.map { $0.forms.map(\.name) }),
      stages: zip(plans.stages.stages, plans.chain.stages).map { stage, numbers in
        StageFacts(
          index: stage.index, name: stage.name, outputBytes: numbers.outputBytes,
          residualBytes: numbers.forms[0].byteCount, workspaceBytes: numbers.forwardWorkspaceBytes,
          flops: 1e6 * Double(stage.index + 1))
      },
      memory: MemoryFacts(
        plannedPeakBytes: plans.peakByteCount, lowerBoundBytes: plans.lowerBoundByteCount,
        keepAllBytes: plans.keepAllByteCount, minimumFeasibleBytes: plans.minimumFeasibleByteCount,
        parametersBytes: 13_260, gradientsBytes: 13_260, optimizerBytes: 26_520, workspaceBytes: 0,
        datasetBytes: 1 << 20, planBytes: 300_000, programBytes: 20_000_000),
      time: nil, predictedIterationSeconds: nil, flopsPerIteration: 546_000_000, training: nil)
    report.memory.plannedProcessPeakBytes = 22_000_000
    report.memory.minimumFeasibleProcessBytes = 21_000_000
    report.memory.processBudgetBytes = strategy == "optimal" ? 24_000_000 : nil
    report.memory.stagingBytes = 512
    report.memory.account = MemoryCategory.allCases.enumerated().map { index, category in
      AccountLine(category: category, plannedBytes: 4096 << index)
    }
    return report
  }

  private static func time(stageCount: Int) throws -> TimeProfile {
    func distribution(_ seconds: Double) throws -> Distribution {
      try #require(Distribution(of: [0.9 * seconds, seconds, 1.25 * seconds]))
    }
    return TimeProfile(
      forward: try distribution(0.001), backward: try distribution(0.0029), recompute: try distribution(0.0009),
      update: try distribution(0.0001), iteration: try distribution(0.004),
      stageForwardSeconds: (0..<stageCount).map { 1e-5 * Double($0 + 1) },
      stageBackwardSeconds: (0..<stageCount).map { 2e-5 * Double($0 + 1) })
  }

  /// Gradients that vanish towards the input, by a factor of four from stage to stage; some units of a ReLU are dead.
  private static func health(stageCount: Int) -> GradientHealth {
    GradientHealth(
      iteration: 36,
      stages: (0..<stageCount).map { index in
        var stage = GradientHealth.Stage()
        let share = 1 / Double(1 << (2 * (stageCount - 1 - index)))
        stage.activation = 0.5 + 0.01 * Double(index)
        stage.cotangent = 0.125 * share
        stage.gradientNorm = 0.25 * share
        stage.parameterCount = 16
        stage.updateRatio = 0.001
        if index == 3 {
          stage.reluUnitCount = 16
          stage.deadUnitCount = 2
        }
        return stage
      })
  }

  /// The first epoch was not validated.
  private static func epoch(_ number: Int) -> EpochRecord {
    EpochRecord(
      epoch: number, trainLoss: 1 / Double(number), validationLoss: number == 1 ? nil : 1.5 / Double(number),
      validationAccuracy: number == 1 ? nil : 1 - 0.25 / Double(number), gradientNorm: 2 / Double(number),
      learningRate: 0.001, seconds: 0.012)
  }
}
