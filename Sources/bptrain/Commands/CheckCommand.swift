import ArenaMemory
import Checkpointing
import CommandLineInterface
import ComputationGraph
import Configuration
import ExecutionPlanning
import Kernels
import Reporting
import SystemCalls
import Training

/// `bptrain check`: gradients of the first batch against central differences in float64, and every strategy's
/// gradients against keep-all's bit for bit.
func runCheck(_ arguments: ParsedArguments) throws -> ExitCode {
  let parsed = try readConfiguration(of: arguments)
  let signals = try watchSignals(arguments, sayingAtOnce: "interrupted; nothing was written")
  let report = try ComputeThread().run { () throws -> CheckReport in
    switch parsed.configuration.precision {
    case .float32, .bfloat16: try check(PreparedRun<Float>(parsed, arguments: arguments, trains: false), arguments)
    case .float64: try check(PreparedRun<Double>(parsed, arguments: arguments, trains: false), arguments)
    }
  }
  signals.attend()
  try publish(document(of: report), table: checkTable(of: report), arguments)
  return report.passes ? .success : .failed
}

/// The gradients of a run's first batch, checked in every way.
func check<Element>(_ run: PreparedRun<Element>, _ arguments: ParsedArguments) throws -> CheckReport {
  let status = StatusLine(for: arguments)
  let session = try run.session(arguments)
  let context = RunContext(seed: run.configuration.seed, iteration: 0)
  let rows = Array(run.split.trainingRows.prefix(run.plans.sizes.training))[...]
  var effort = try CheckEffort(for: run.plans.network, batchSize: rows.count)
  if let entries = arguments.entries { effort.entriesPerTensor = entries }
  let few = rows.prefix(effort.rowCount)
  let exact = try differentiateExactly(run, session.storage, rows: few, context: context)
  let checker = try GradientChecker(
    exact.network, rowCount: few.count, input: exact.samples.features, target: exact.samples.targets,
    storage: exact.storage, context: context, seed: run.configuration.seed, library: ReferenceKernels())
  let parameterCount = exact.gradients.count
  let gradients = try checker.check(exact.gradients, entriesPerTensor: effort.entriesPerTensor) { done in
    status.show("differences: \(done) of \(parameterCount) parameters")
  }
  let comparer = try StrategyComparer(
    network: run.plans.network, sizes: run.plans.sizes, split: run.plans.split, samples: run.samples, rows: rows,
    parameters: session.storage, context: context, library: run.library, team: run.team)
  let strategies = try compareStrategies(run, comparer, status)
  status.finish()
  var report = CheckReport(
    version: programVersion, machine: try run.machineFacts(), configuration: run.parsed.resolved,
    precision: run.plans.network.elementType, batchRows: rows.count, stageCount: run.plans.schedule.stageCount,
    gradients: gradients,
    precisionCheck: try precisionCheck(run, session.storage, rows: few, context: context, reference: exact.gradients),
    keepAll: comparer.keepAll, strategies: strategies)
  report.roundsKept = run.plans.network.roundsKept
  return report
}

/// Every strategy, and the configuration's own where it is none of these.
private func compareStrategies<Element>(
  _ run: PreparedRun<Element>, _ comparer: StrategyComparer<Element>, _ status: StatusLine
) throws -> [StrategyCheck] {
  let (own, ownBudget) = (run.configuration.checkpoint, run.configuration.activationBudget)
  let listed = strategiesToCheck(stageCount: run.plans.schedule.stageCount)
  var checks: [StrategyCheck] = []
  if own != .none, !listed.contains(where: { $0.strategy == own && $0.budget == ownBudget }) {
    checks.append(try comparer.compare(run.plans, named: ownBudget.map { "\(own) \($0)" }))
  }
  for (strategy, budget) in listed {
    status.show("strategies: \(strategy)")
    do {
      checks.append(try comparer.compare(strategy, activationBudget: budget))
    } catch SchedulingError.infeasible where budget != .minimum {
      // A share of keep-all that a small network cannot do with: the least feasible budget is tried all the same.
      continue
    }
  }
  return checks
}

/// A network in float64, differentiated by the reference kernels on a few rows.
private struct ExactGradients {
  let network: NetworkDescription
  let samples: Samples<Double>
  let storage: ParameterStorage<Double>
  let gradients: [[Double]]
}

private func differentiateExactly<Element>(
  _ run: PreparedRun<Element>, _ parameters: ParameterStorage<Element>, rows: ArraySlice<Int>, context: RunContext
) throws -> ExactGradients {
  var network = run.plans.network
  network.elementType = .float64
  network.roundsKept = false
  let samples = try run.samples.converted(rows: rows, to: Double.self)
  let library = ReferenceKernels()
  let plans = try TrainingPlans(
    network: network, sizes: BatchSizes(training: rows.count), strategy: .none, library: library)
  let session = try NetworkSession<Double>(
    plans: plans, samples: samples, optimizerStateCount: 0, library: library, team: run.team)
  for index in parameters.parameters.indices {
    try session.storage.setValues(parameters.values(ofParameter: index).map { Double($0) }, ofParameter: index)
  }
  _ = try session.differentiate(rows: Array(0..<rows.count)[...], context: context)
  return ExactGradients(
    network: network, samples: samples, storage: session.storage, gradients: try session.storage.allGradients())
}

/// Nil where the configuration itself is of float64.
private func precisionCheck<Element>(
  _ run: PreparedRun<Element>, _ parameters: ParameterStorage<Element>, rows: ArraySlice<Int>, context: RunContext,
  reference: [[Double]]
) throws -> PrecisionCheck? {
  guard Element.elementType != .float64 else { return nil }
  func gradients(of network: NetworkDescription, _ library: any KernelLibrary) throws -> [[Element]] {
    // What is computed again from a rounded copy is further from float64 than what is kept.
    let plans = try TrainingPlans(
      network: network, sizes: BatchSizes(training: rows.count), strategy: network.roundsKept ? .sqrt : .none,
      library: library)
    let session = try NetworkSession(
      plans: plans, samples: run.samples, optimizerStateCount: 0, library: library, team: run.team)
    for index in parameters.parameters.indices {
      try session.storage.setValues(parameters.values(ofParameter: index), ofParameter: index)
    }
    _ = try session.differentiate(rows: rows, context: context)
    return try session.storage.allGradients()
  }
  let network = run.plans.network
  var check = PrecisionCheck(
    try gradients(of: network, run.library), reference: reference,
    elementType: network.roundsKept ? .bfloat16 : network.elementType,
    isBounded: run.plans.training.graph.isSmooth(ofDepth: 100))
  // Rounded copies stand in the graph itself, where plain loops would be as wrong.
  if !check.passes, !network.roundsKept {
    var plain = network
    // There are no plain loops in bfloat16; rounding what is kept tells as well which parameters do not bear it.
    if network.elementType == .bfloat16 { (plain.elementType, plain.roundsKept) = (.float32, true) }
    check.raiseTolerance(toErrorsOf: try gradients(of: plain, ReferenceKernels()), reference: reference)
  }
  return check
}
