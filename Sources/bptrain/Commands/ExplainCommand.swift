import Checkpointing
import CommandLineInterface
import ComputationGraph
import Configuration
import ExecutionPlanning
import Explanation
import Kernels
import Reporting
import SystemCalls
import Training

/// `bptrain explain`: every value of a small network, forward and in reverse, and why it is kept or computed again.
func runExplain(_ arguments: ParsedArguments) throws {
  if let format = arguments.format, arguments.json {
    throw UsageError("--json and --format \(format) both say what is written; leave one of them out")
  }
  let format = arguments.format ?? "text"
  guard ["text", "dot"].contains(format) else {
    throw UsageError("--format of explain is text or dot, found \"\(format)\"")
  }
  let parsed = try readConfiguration(of: arguments)
  let signals = try watchSignals(arguments, sayingAtOnce: "interrupted; nothing was written")
  let explanation = try ComputeThread().run { () throws -> GraphExplanation in
    try explain(PreparedRun<Double>(parsed, arguments: arguments, trains: false), arguments)
  }
  signals.attend()
  try publish(
    document(of: explanation, version: programVersion, configuration: parsed.resolved),
    table: format == "dot" ? explanationDot(of: explanation) : explanationText(of: explanation), arguments)
}

private func explain(
  _ run: PreparedRun<Double>, _ arguments: ParsedArguments
) throws -> GraphExplanation {
  let rows = Array(run.split.trainingRows.prefix(run.plans.sizes.training))[...]
  try checkExplainable(run.plans.network, rowCount: rows.count)
  let session = try run.session(arguments)
  let batch = try run.samples.converted(rows: rows, to: Double.self)
  let parameters = try session.storage.parameters.indices.map { try session.storage.values(ofParameter: $0) }
  return try explain(
    run.plans.network, rowCount: rows.count, input: batch.features, target: batch.targets, parameters: parameters,
    schedule: { try run.schedule(of: $0) }, context: RunContext(seed: run.configuration.seed, iteration: 0))
}

extension PreparedRun {
  /// The schedule that the configuration's strategy and budget give another planner of the same network.
  fileprivate func schedule(of planner: Planner) throws -> Schedule {
    switch configuration.checkpoint {
    case .optimal:
      let budget = plans.activationBudgetBytes ?? plans.keepAllByteCount
      let choices = try PlanChoices(of: planner)
      return try choices.fastest(withinBytes: budget)?.schedule ?? choices.smallestSchedule
    case .file: return plans.schedule
    case .none, .sqrt, .segments, .every, .recursive, .revolve, .mixed, .greedy:
      return try makeSchedule(configuration.checkpoint, for: planner.chain)
    }
  }
}
