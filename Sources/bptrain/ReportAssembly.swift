import ArenaMemory
import Checkpointing
import CommandLineInterface
import ComputationGraph
import Configuration
import CostModel
import ExecutionPlanning
import Kernels
import Profiling
import Reporting
import SystemCalls
import Training

extension PreparedRun {
  /// The report of what is planned; what only a run can measure is nil.
  func report(command: Command) throws -> RunReport {
    let account = try account()
    var report = RunReport(
      command: command.rawValue, version: programVersion, machine: try machineFacts(),
      configuration: parsed.resolved, batch: batchFacts(), schedule: scheduleFacts(), stages: stageFacts(),
      memory: MemoryFacts(
        plannedPeakBytes: plans.peakByteCount, lowerBoundBytes: plans.lowerBoundByteCount,
        keepAllBytes: plans.keepAllByteCount, minimumFeasibleBytes: plans.minimumFeasibleByteCount,
        parametersBytes: account.byteCount(of: .parameters), gradientsBytes: account.byteCount(of: .gradients),
        optimizerBytes: account.byteCount(of: .optimizer), workspaceBytes: plans.largestWorkspaceByteCount,
        datasetBytes: account.byteCount(of: .dataset), planBytes: account.byteCount(of: .plan),
        programBytes: account.byteCount(of: .program)),
      time: nil, predictedIterationSeconds: nil,
      flopsPerIteration: plans.flopsPerIteration,
      training: nil)
    if command != .gradients {
      let predicted = predictedTimeFacts()
      report.predictedTime = predicted
      report.predictedIterationSeconds = predicted.iteration
    }
    report.memory.roundsKept = plans.network.roundsKept
    report.memory.plannedProcessPeakBytes = account.peakByteCount
    report.memory.minimumFeasibleProcessBytes = minimumFeasibleByteCount(account)
    report.memory.processBudgetBytes = memoryBudgetBytes
    report.memory.stagingBytes = account.byteCount(of: .staging)
    report.memory.account = MemoryCategory.allCases.map {
      AccountLine(category: $0, plannedBytes: account.byteCount(of: $0))
    }
    return report
  }

  func machineFacts() throws -> MachineFacts {
    let hardware = try Hardware.ofThisProcess()
    return MachineFacts(
      processor: hardware.processor, cores: hardware.availableCores, threads: team.threadCount,
      instructionSet: OneDNN.instructionSetName, memoryBytes: try MemoryLimits.current().totalBytes, blas: library.name,
      kernelTable: library.tableHash)
  }

  private func predictedTimeFacts() -> PredictedTimeFacts {
    let passes = plans.prediction
    var source = PredictedTimeFacts.Source.flops
    var notes: [String] = []
    if case .measured(let costs) = costs {
      let counts = costs.counts
      notes = costs.problems
      if counts.known + counts.measured > 0 {
        source = .measured(
          known: counts.known, measured: counts.measured, reckoned: counts.reckoned,
          seconds: Double(costs.spentNanoseconds) * 1e-9)
      } else {
        notes.append("the memory budget leaves no room for measuring, and no earlier run has: operations are counted")
      }
      if costs.wasDisturbed {
        notes.append("other programs were at work while costs were measured: they hold for this run alone")
      }
    }
    let (gradients, update) = (updatePrediction.gradientSeconds, updatePrediction.updateSeconds)
    return PredictedTimeFacts(
      forward: passes.forwardSeconds, backward: passes.backwardSeconds + gradients,
      recompute: passes.recomputeSeconds, update: update,
      keepAllIteration: passes.keepAllSeconds + gradients + update, source: source, notes: notes)
  }

  private func batchFacts() -> BatchFacts {
    var facts = BatchFacts(
      rows: plans.sizes.training, microBatchRows: plans.sizes.microBatch,
      microBatchCount: plans.sizes.microBatchCount, partCount: plans.microBatches[0].parts.count)
    facts.microBatchChoice = microBatchChoice
    return facts
  }

  private func scheduleFacts() -> ScheduleFacts {
    let schedule = plans.schedule
    return ScheduleFacts(
      strategy: configuration.checkpoint.description, stageCount: schedule.stageCount,
      forwardExecutions: plans.training.executions.prescribed, elidedExecutions: plans.training.executions.elided,
      partialExecutions: plans.training.executions.partial,
      checkpoints: schedule.checkpoints, actions: schedule.actions,
      formNames: plans.stages.stages.map { $0.forms.map(\.name) })
  }

  /// Bytes and operations of a full micro-batch, all threads' parts together.
  private func stageFacts() -> [StageFacts] {
    plans.stages.stages.map { stage in
      var facts = StageFacts(
        index: stage.index, name: stage.name, outputBytes: 0, residualBytes: 0, workspaceBytes: 0, flops: 0)
      facts.predictedForwardSeconds = plans.prediction.stageForwardSeconds[stage.index]
      facts.predictedBackwardSeconds = plans.prediction.stageBackwardSeconds[stage.index]
      for (part, chain) in zip(plans.microBatches[0].parts, plans.chains) {
        let numbers = chain.stages[stage.index]
        let form = numbers.forms[0]
        let graph = part.plan.graph
        facts.outputBytes += numbers.outputBytes
        facts.residualBytes += form.byteCount + (form.holdsOutput ? numbers.keptOutputBytes : 0)
        facts.workspaceBytes += max(numbers.forwardWorkspaceBytes, numbers.backwardWorkspaceBytes)
        facts.flops += stage.forwardNodes.reduce(0) { $0 + Double(graph.flops(of: graph.nodes[$1])) }
      }
      return facts
    }
  }
}

extension RunReport {
  /// Adds what the arena and the system say after a run.
  mutating func addMeasuredMemory<Element>(of session: NetworkSession<Element>, _ run: PreparedRun<Element>) throws {
    memory.measuredPeakBytes = session.arena.measuredPeakBytes
    memory.residentBytes = try session.arena.residentBytes()
    memory.usesHugePages = session.arena.usesHugePages
    let peak = try ProcessMemory.current().peakResidentBytes
    memory.processPeakBytes = peak
    var rest = peak
    for index in memory.account.indices {
      let category = memory.account[index].category
      let measured: Int?
      switch category {
      case .program: measured = nil
      case .plan:
        let heap = try processAllocatedBytes() - run.planning.heapByteCount - session.allocatedBytes()
        // What was reserved and never used is not in memory.
        measured = try max(0, min(heap, peak - run.planning.residentByteCount - session.residentBytes()))
      case .dataset: measured = memory.account[index].plannedBytes
      case .staging, .parameters, .gradients, .optimizer, .arena: measured = try session.residentBytes(of: category)
      }
      memory.account[index].measuredBytes = measured
      rest -= measured ?? 0
    }
    // What remains of the peak is the program.
    for index in memory.account.indices where memory.account[index].category == .program {
      memory.account[index].measuredBytes = rest
    }
  }
}
