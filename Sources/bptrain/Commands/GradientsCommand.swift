import ArenaMemory
import CommandLineInterface
import ComputationGraph
import Configuration
import Execution
import ExecutionPlanning
import Kernels
import Reporting
import SystemCalls
import Training

/// `bptrain gradients`: one forward and one reverse pass over the first batch in file order, in training mode, without
/// an update; every parameter's gradient as safetensors, the loss in the file's metadata.
func runGradients(_ arguments: ParsedArguments) throws {
  let parsed = try readConfiguration(of: arguments)
  let signals = try watchSignals(arguments, sayingAtOnce: "interrupted; nothing was written")
  let report = try ComputeThread().run { () throws -> RunReport in
    switch parsed.configuration.precision {
    case .float32, .bfloat16:
      try writeGradients(PreparedRun<Float>(parsed, arguments: arguments, trains: false), arguments, signals)
    case .float64:
      try writeGradients(PreparedRun<Double>(parsed, arguments: arguments, trains: false), arguments, signals)
    }
  }
  try publish(report, arguments)
}

private func writeGradients<Element>(
  _ run: PreparedRun<Element>, _ arguments: ParsedArguments, _ signals: SignalWatcher
) throws -> RunReport {
  guard let path = arguments.outputPath else { throw UsageError("gradients needs --output FILE") }
  var report = try run.report(command: .gradients)
  let session = try run.session(arguments)
  let verifiers = arguments.verify ? session.makeVerifiers() : []
  let rows = Array(run.split.trainingRows.prefix(run.plans.sizes.training))[...]
  let context = RunContext(seed: run.configuration.seed, iteration: 0)
  let result = try session.differentiate(rows: rows, context: context, observers: verifiers.map { [$0] })
  for verifier in verifiers { try session.check(verifier, iteration: 0) }
  guard result.loss.isFinite else { throw session.divergence("loss", rows: rows, context: context, epoch: 0) }
  guard session.storage.gradientsAreFinite else {
    throw session.divergence("gradient", rows: rows, context: context, epoch: 0)
  }
  // The file appears whole or not at all, and it takes no longer than a signal may wait.
  signals.attend()
  do throws(SystemCallError) {
    try session.storage.writeGradients(toPath: path, metadata: ["loss": "\(result.loss)"])
  } catch {
    throw Failure.output(error)
  }
  try report.addMeasuredMemory(of: session, run)
  return report
}
