import Checkpointing
package import Configuration
import Profiling
package import Training

/// The JSON document of a report, format version 1: every key is present, null where nothing was measured.
package func document(of report: RunReport) -> JSONValue {
  let document: JSONValue = [
    "formatVersion": 1,
    "command": .string(report.command),
    "version": .string(report.version),
    "machine": machineDocument(report.machine),
    "config": report.configuration,
    "batch": batch(report.batch),
    "schedule": schedule(report.schedule),
    "stages": .array(report.stages.map { stage($0, report.time) }),
    "memory": memory(report.memory),
    "time": time(report),
    "training": report.training.map(training) ?? .null,
    "health": report.health.map(healthDocument) ?? .null,
  ]
  guard let plan = report.plan else { return document }
  return .object((document.members ?? []) + plan.documentMembers(plannedPeakBytes: report.memory.plannedPeakBytes))
}

/// The document of a failure under `--json`.
package func errorDocument(
  code: Int, message: String, minimumFeasibleBytes: Int? = nil, neededBytes: Int? = nil
) -> JSONValue {
  var members = [JSONMember("code", .integer(code)), JSONMember("message", .string(message))]
  if let bytes = minimumFeasibleBytes { members.append(JSONMember("minimumFeasibleBytes", .integer(bytes))) }
  if let bytes = neededBytes { members.append(JSONMember("neededBytes", .integer(bytes))) }
  return ["formatVersion": 1, "error": .object(members)]
}

/// One JSON object a line for each epoch.
package func historyLines(_ epochs: [EpochRecord]) -> String {
  epochs.map { epoch($0).text(.compact) + "\n" }.joined()
}

/// What the program runs on, as it stands in every report.
func machineDocument(_ facts: MachineFacts) -> JSONValue {
  [
    "processor": .string(facts.processor), "cores": .integer(facts.cores), "threads": .integer(facts.threads),
    "instructionSet": .string(facts.instructionSet), "memoryBytes": .integer(facts.memoryBytes),
    "blas": .string(facts.blas), "kernelTable": facts.kernelTable.map(JSONValue.string) ?? .null,
  ]
}

private func batch(_ facts: BatchFacts) -> JSONValue {
  [
    "rows": .integer(facts.rows), "microBatchRows": .integer(facts.microBatchRows),
    "microBatches": .integer(facts.microBatchCount), "threadParts": .integer(facts.partCount),
    "choice": facts.microBatchChoice.map { .string($0.sentence(secondsText)) } ?? .null,
  ]
}

private func schedule(_ facts: ScheduleFacts) -> JSONValue {
  [
    "strategy": .string(facts.strategy), "stages": .integer(facts.stageCount),
    "forwardExecutions": .integer(facts.forwardExecutions),
    "recomputedExecutions": .integer(facts.recomputedExecutions),
    "elidedExecutions": .integer(facts.elidedExecutions),
    "partialExecutions": .integer(facts.partialExecutions),
    "checkpoints": .array(facts.checkpoints.map { .integer($0) }),
    "actions": .array(facts.actions.map { action($0, facts.formNames) }),
  ]
}

private func action(_ action: Action, _ formNames: [[String]]) -> JSONValue {
  switch action {
  case .forward(let stage, let keep, let form):
    var members = [
      JSONMember("do", "forward"), JSONMember("stage", .integer(stage)), JSONMember("keep", .string(keep.rawValue)),
    ]
    if keep == .residuals { members.append(JSONMember("form", .string(formNames[stage][form]))) }
    return .object(members)
  case .restore(let stage): return ["do": "restore", "stage": .integer(stage)]
  case .backward(let stage): return ["do": "backward", "stage": .integer(stage)]
  case .discard(let stage, let what):
    return ["do": "discard", "stage": .integer(stage), "what": .string(what.rawValue)]
  }
}

private func stage(_ facts: StageFacts, _ time: TimeProfile?) -> JSONValue {
  [
    "index": .integer(facts.index), "name": .string(facts.name), "outputBytes": .integer(facts.outputBytes),
    "residualBytes": .integer(facts.residualBytes), "workspaceBytes": .integer(facts.workspaceBytes),
    "forwardSeconds": number(time?.stageForwardSeconds[facts.index]),
    "backwardSeconds": number(time?.stageBackwardSeconds[facts.index]),
    "flops": Int(exactly: facts.flops).map { .integer($0) } ?? .number(facts.flops),
    "predictedForwardSeconds": number(facts.predictedForwardSeconds),
    "predictedBackwardSeconds": number(facts.predictedBackwardSeconds),
  ]
}

private func memory(_ facts: MemoryFacts) -> JSONValue {
  [
    "activations": [
      "plannedPeakBytes": .integer(facts.plannedPeakBytes), "measuredPeakBytes": integer(facts.measuredPeakBytes),
      "lowerBoundBytes": .integer(facts.lowerBoundBytes), "keepAllBytes": .integer(facts.keepAllBytes),
      "minimumFeasibleBytes": integer(facts.minimumFeasibleBytes), "residentBytes": integer(facts.residentBytes),
      "hugePages": facts.usesHugePages.map { .bool($0) } ?? .null, "roundedWhileKept": .bool(facts.roundsKept),
    ],
    "parametersBytes": .integer(facts.parametersBytes), "gradientsBytes": .integer(facts.gradientsBytes),
    "optimizerBytes": .integer(facts.optimizerBytes), "workspaceBytes": .integer(facts.workspaceBytes),
    "datasetBytes": .integer(facts.datasetBytes), "planBytes": integer(facts.planBytes),
    "programBytes": integer(facts.programBytes), "stagingBytes": integer(facts.stagingBytes),
    "process": [
      "plannedPeakBytes": integer(facts.plannedProcessPeakBytes),
      "measuredPeakBytes": integer(facts.processPeakBytes),
      "minimumFeasibleBytes": integer(facts.minimumFeasibleProcessBytes),
      "budgetBytes": integer(facts.processBudgetBytes),
      "steadyPageFaults": integer(facts.steadyPageFaults),
      "categories": .array(
        facts.account.map { line in
          [
            "category": .string(line.category.rawValue), "plannedBytes": .integer(line.plannedBytes),
            "measuredBytes": integer(line.measuredBytes),
          ]
        }),
    ],
  ]
}

private func time(_ report: RunReport) -> JSONValue {
  let time = report.time
  return [
    "forwardSeconds": distribution(time?.forward), "backwardSeconds": distribution(time?.backward),
    "recomputeSeconds": distribution(time?.recompute), "updateSeconds": distribution(time?.update),
    "iterationSeconds": distribution(time?.iteration), "backwardForwardRatio": number(time?.backwardForwardRatio),
    "predictedIterationSeconds": number(report.predictedIterationSeconds),
    "predicted": report.predictedTime.map(predictionDocument) ?? .null,
    "achievedFlopsPerSecond": number(time.map { report.flopsPerIteration / $0.iteration.median }),
    "processorSeconds": number(report.processorSeconds),
    "watching": report.watchingCost.map(watchingDocument) ?? .null,
  ]
}

private func watchingDocument(_ cost: WatchingCost) -> JSONValue {
  [
    "clockSeconds": .number(cost.clockSeconds), "lookSeconds": .number(cost.lookSeconds),
    "lookCount": .integer(cost.lookCount), "tellingSeconds": .number(cost.tellingSeconds),
    "iterationSeconds": .number(cost.iterationSeconds), "share": .number(cost.share),
  ]
}

func distribution(_ value: Distribution?) -> JSONValue {
  guard let value else { return .null }
  return [
    "median": .number(value.median), "minimum": .number(value.minimum), "maximum": .number(value.maximum),
    "count": .integer(value.count),
  ]
}

private func training(_ outcome: TrainingOutcome) -> JSONValue {
  [
    "iterations": .integer(outcome.iterations), "epochs": .array(outcome.epochs.map(epoch)),
    "initialLoss": .number(outcome.initialLoss), "finalLoss": .number(outcome.finalLoss),
    "parametersDigest": .string(outcome.parametersDigest),
  ]
}

private func epoch(_ record: EpochRecord) -> JSONValue {
  [
    "epoch": .integer(record.epoch), "trainLoss": .number(record.trainLoss),
    "validationLoss": number(record.validationLoss), "validationAccuracy": number(record.validationAccuracy),
    "gradientNorm": .number(record.gradientNorm), "learningRate": .number(record.learningRate),
    "seconds": .number(record.seconds),
  ]
}

/// The number, or null where there is none.
func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }

func integer(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
