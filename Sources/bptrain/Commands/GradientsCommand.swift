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
  let report = try ComputeThread().run { () throws -> RunReport in
    switch parsed.configuration.precision {
    case .float32: try writeGradients(PreparedRun<Float>(parsed, arguments: arguments, trains: false), arguments)
    case .float64: try writeGradients(PreparedRun<Double>(parsed, arguments: arguments, trains: false), arguments)
    }
  }
  try publish(report, arguments)
}

private func writeGradients<Element>(
  _ run: PreparedRun<Element>, _ arguments: ParsedArguments
) throws -> RunReport {
  guard let path = arguments.outputPath else { throw UsageError("gradients needs --output FILE") }
  var report = try run.report(command: .gradients)
  let session = try run.session(optimizerStateCount: 0, weightsPath: arguments.weightsPath)
  report.memory.optimizerBytes = 0
  let verifier = arguments.verify ? RecomputationVerifier(plan: run.plans.training, arena: session.arena) : nil
  let rows = run.split.trainingRows.prefix(run.plans.training.graph.batchRows)
  let loss = try session.differentiate(
    rows: rows, context: RunContext(seed: run.configuration.seed, iteration: 0),
    observers: verifier.map { [$0] } ?? [])
  if let failure = verifier?.failure { throw failure }
  if let mismatch = verifier?.mismatch {
    throw TrainingError.recomputationDiffers(
      iteration: 1, stage: run.plans.stages.stages[mismatch.stage].name, operation: mismatch.operation)
  }
  let file = SafetensorsFile(tensors: try session.storage.gradientTensors(), metadata: ["loss": "\(loss)"])
  do throws(SystemCallError) {
    try file.write(toPath: path)
  } catch {
    throw Failure.output(error)
  }
  try report.addMeasuredMemory(of: session)
  return report
}
