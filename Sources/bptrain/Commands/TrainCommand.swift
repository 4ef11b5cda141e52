import ArenaMemory
import CommandLineInterface
import ComputationGraph
import Configuration
import Execution
import ExecutionPlanning
import Profiling
import Reporting
import SystemCalls
import Training

/// `bptrain train`: trains, shows progress, ends with the profile.
func runTraining(_ arguments: ParsedArguments) throws {
  let parsed = try readConfiguration(of: arguments)
  let signals = try watchSignals(arguments, sayingAtOnce: "interrupted before the first iteration; nothing was saved")
  let run = try ComputeThread().run { () throws -> TrainedRun in
    switch parsed.configuration.precision {
    case .float32, .bfloat16:
      try train(PreparedRun<Float>(parsed, arguments: arguments, trains: true), arguments, signals)
    case .float64: try train(PreparedRun<Double>(parsed, arguments: arguments, trains: true), arguments, signals)
    }
  }
  // The documents of a deep network take as much memory as its plans, which are gone by now.
  try run.folder?.write(run.report)
  if let interruption = run.interruption {
    try writeReportFile(document(of: run.report), arguments)
    for failure in run.failures { note("bptrain: \(failure.message)\n") }
    throw interruption
  }
  try publish(run.report, arguments)
  for failure in run.failures.dropFirst() { note("bptrain: \(failure.message)\n") }
  if var failure = run.failures.first {
    failure.followsResult = true
    throw failure
  }
}

/// What is left of a run when its memory has been given back.
private struct TrainedRun {
  let report: RunReport
  /// Where its weights are saved already.
  let folder: OutputFolder?
  /// What ended it early.
  var interruption: Failure?
  /// Why the trace or the TensorBoard log is not complete.
  var failures: [Failure] = []
}

/// Trains, and saves the weights where the command line wants them saved.
private func train<Element>(
  _ run: PreparedRun<Element>, _ arguments: ParsedArguments, _ signals: SignalWatcher
) throws -> TrainedRun {
  var report = try run.report(command: .train)
  let session = try run.session(arguments)
  // After all that can be found wrong with the input, so that a mistake leaves no folder behind.
  let folder = try arguments.outputPath.map { try OutputFolder(path: $0) }
  let log = try arguments.tensorBoardPath.map { path in
    try TensorBoardLog(
      folder: path, stageNames: run.plans.stages.stages.map(\.name), totalIterations: run.totalIterations)
  }
  let trainer = Trainer(
    session: session, configuration: run.configuration, split: run.split, options: run.options, team: run.team)
  let progress = ProgressPrinter(for: arguments)
  var interruption: Failure?
  var correction: CostCorrection?
  // It takes memory of its own, which a budget for the process does not foresee.
  if case .measured(let source) = run.costs, run.memoryBudgetBytes == nil { correction = CostCorrection(of: source) }
  signals.attend()
  do {
    report.training = try trainer.train(
      progress: {
        progress.show($0)
        log?.add($0)
      }, epochDidEnd: { log?.add($0, iteration: $1) },
      shouldStop: {
        if signals.takeSaveRequest() { saveOnRequest(in: arguments.outputPath) { try folder?.save(run, session) } }
        return signals.pendingInterrupt != nil
      })
    progress.finish()
    log?.finish()
  } catch TrainingError.interrupted(let iteration) {
    progress.finish()
    log?.finish()
    report.training = trainer.outcome(iterations: iteration)
    let saved = arguments.outputPath.map { "; the state is saved in \($0)" } ?? ""
    interruption = Failure(
      exitCode(of: signals.pendingInterrupt ?? .interrupt), "interrupted after iteration \(iteration)\(saved)")
  } catch {
    progress.finish()
    // The run's own error is the one to tell.
    log?.finish()
    throw error
  }
  report.time = trainer.timeProfile
  report.health = trainer.health
  report.processorSeconds = trainer.processorSeconds
  report.watchingCost = trainer.watchingCost
  report.memory.steadyPageFaults = trainer.steadyPageFaultCount
  try report.addMeasuredMemory(of: session, run)
  // The pages of the arena make room for what corrections take.
  try session.arena.releasePages()
  let predicted = run.plans.prediction.totalSeconds + run.updatePrediction.gradientSeconds
  if let sentence = correction?.apply(trainer, predictedSeconds: predicted) {
    report.predictedTime?.notes.append(sentence)
  }
  try folder?.save(run, session)
  if arguments.verify, !arguments.quiet {
    note(
      "verified: \(trainer.comparisonCount) recomputed values have the bits of their first computation\n")
  }
  var failures: [Failure] = []
  if let path = arguments.tracePath, let trace = trainer.trace {
    do {
      try write(trace, stageNames: run.plans.stages.stages.map(\.name), toPath: path)
    } catch let failure as Failure {
      failures.append(failure)
    }
  }
  if let failure = log?.failure { failures.append(failure) }
  return TrainedRun(report: report, folder: folder, interruption: interruption, failures: failures)
}

/// Carries out what SIGUSR1 asks for and says so. Training goes on where nothing can be saved.
private func saveOnRequest(in path: String?, _ save: () throws -> Void) {
  guard let path else { return note("bptrain: there is no --output to save the weights in\n") }
  do {
    try save()
    note("bptrain: the weights are saved in \(path)\n")
  } catch {
    note("bptrain: \(Failure(error).message)\n")
  }
}

private func write(_ trace: ExecutionTrace, stageNames: [String], toPath path: String) throws {
  do {
    var file = try WholeFile(path: path)
    try writeTrace(of: trace, stageNames: stageNames) { text in try file.append(Array(text.utf8)) }
    try file.commit()
  } catch let error as SystemCallError {
    throw Failure.output(error)
  }
}
