import ArenaMemory
import Checkpointing
import CommandLineInterface
import ComputationGraph
import Configuration
import ExecutionPlanning
import Kernels
import Profiling
import Reporting
import SystemCalls
import Training

extension PreparedRun {
  /// The report of what is planned; what only a run can measure is nil.
  func report(command: Command) throws -> RunReport {
    let graph = plans.training.graph
    let elementBytes = Element.elementType.byteCount
    let parameterBytes = graph.parameterElementCount * elementBytes
    return RunReport(
      command: command.rawValue, version: programVersion, machine: try machineFacts(),
      configuration: parsed.resolved, batch: batchFacts(), schedule: scheduleFacts(), stages: stageFacts(),
      memory: MemoryFacts(
        plannedPeakBytes: plans.peakByteCount, lowerBoundBytes: plans.lowerBoundByteCount,
        keepAllBytes: plans.keepAllByteCount, minimumFeasibleBytes: plans.minimumFeasibleByteCount,
        parametersBytes: parameterBytes, gradientsBytes: parameterBytes,
        optimizerBytes: parameterBytes * configuration.optimizer.stateCount,
        workspaceBytes: plans.largestWorkspaceByteCount, datasetBytes: samples.byteCount),
      time: nil, predictedIterationSeconds: nil,
      flopsPerIteration: plans.flopsPerIteration,
      training: nil)
  }

  private func machineFacts() throws -> MachineFacts {
    let hardware = try Hardware.current()
    return MachineFacts(
      processor: hardware.processor, cores: hardware.availableCores, threads: team.threadCount,
      instructionSet: OneDNN.instructionSetName, memoryBytes: try MemoryLimits.current().totalBytes, blas: library.name)
  }

  private func batchFacts() -> BatchFacts {
    BatchFacts(
      rows: plans.sizes.training, microBatchRows: plans.sizes.microBatch,
      microBatchCount: plans.sizes.microBatchCount)
  }

  private func scheduleFacts() -> ScheduleFacts {
    let schedule = plans.schedule
    return ScheduleFacts(
      strategy: configuration.checkpoint.description, stageCount: schedule.stageCount,
      forwardExecutions: plans.training.executions.prescribed, elidedExecutions: plans.training.executions.elided,
      checkpoints: schedule.checkpoints, actions: schedule.actions,
      formNames: plans.stages.stages.map { $0.forms.map(\.name) })
  }

  private func stageFacts() -> [StageFacts] {
    let graph = plans.training.graph
    return zip(plans.stages.stages, plans.chain.stages).map { stage, numbers in
      let form = numbers.forms[0]
      return StageFacts(
        index: stage.index, name: stage.name, outputBytes: numbers.outputBytes,
        residualBytes: form.byteCount + (form.holdsOutput ? numbers.outputBytes : 0),
        workspaceBytes: max(numbers.forwardWorkspaceBytes, numbers.backwardWorkspaceBytes),
        flops: stage.forwardNodes.reduce(0) { $0 + graph.flops(of: graph.nodes[$1]) })
    }
  }
}

extension RunReport {
  /// Adds what the arena and the system say after a run.
  mutating func addMeasuredMemory<Element>(of session: NetworkSession<Element>) throws {
    memory.measuredPeakBytes = session.arena.measuredPeakBytes
    memory.residentBytes = try session.arena.residentBytes()
    memory.processPeakBytes = try ProcessMemory.current().peakResidentBytes
  }
}
