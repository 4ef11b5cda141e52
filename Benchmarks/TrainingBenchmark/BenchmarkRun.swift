import ArenaMemory
import Checkpointing
import ComputationGraph
import Configuration
import CostModel
import Execution
import ExecutionPlanning
import Kernels
import Profiling
import SystemCalls
import Training

/// Runs every configuration under every strategy, one after the other. Made and used on the compute thread.
struct BenchmarkRun {
  let settings: BenchmarkSettings
  let team: ThreadTeam
  let library: OneDNNKernels

  init(_ settings: BenchmarkSettings) throws {
    self.settings = settings
    team = ThreadTeam(threadCount: try settings.threads ?? Hardware.current().suggestedThreads)
    team.setFlushToZero()
    library = try OneDNNKernels(team: team, table: .ofThisMachine())
  }

  func report() throws -> BenchmarkReport {
    let limits = try MachineLimits(team: team, library: library)
    var report = BenchmarkReport(
      library: library.name, instructionSet: OneDNN.instructionSetName, threads: team.threadCount, limits: limits)
    for path in settings.paths {
      let configuration = try readConfiguration(bytes: try readFile(atPath: path), fileName: path).configuration
      guard configuration.precision != .float64 else {
        refuse("\(path) trains in float64; only float32 and bfloat16 are timed here", code: 78)
      }
      let (samples, split) = try loadSamples(configuration.data, seed: configuration.seed, as: Float.self) { $0 }
      for strategy in settings.strategies where settings.comparesObservers {
        let training = try BenchmarkTraining(configuration, samples, split, strategy, library: library, team: team)
        report.observerCosts.append(
          try ObserverCost(of: training, name: "\(configuration.name) \(strategy)", rounds: settings.iterations))
      }
      for strategy in settings.strategies where !settings.comparesObservers {
        report.steps.append(try step(configuration, samples, split, strategy, limits))
      }
    }
    return report
  }

  /// Trains on one batch again and again.
  private func step(
    _ configuration: TrainingConfiguration, _ samples: Samples<Float>, _ split: SampleSplit, _ strategy: Strategy,
    _ limits: MachineLimits
  ) throws -> BenchmarkReport.Step {
    let begin = monotonicNanoseconds()
    let training = try BenchmarkTraining(configuration, samples, split, strategy, library: library, team: team)
    let (plans, session, updater, rows) = (training.plans, training.session, training.updater, training.rows)
    let optimizer = configuration.optimizer
    let recorder = TimeRecorder(stageCount: plans.stages.stages.count)
    let operators = OperatorRecorder(plan: plans.training)
    let observers = session.trainingRuns.map { run in
      run.thread > 0
        ? [] : (settings.showsOperators ? [operators] : []) + [recorder.observer(of: run.executor.plan)]
    }
    var loss = Double.nan
    var timedCount = 0
    let loopBegin = monotonicNanoseconds()
    var iteration = 0
    while timedCount < settings.iterations ?? 7
      || settings.iterations == nil && timedCount < 2000 && monotonicNanoseconds() - loopBegin < 2_000_000_000
    {
      let isTimed = iteration >= 2
      if isTimed { recorder.iterationWillBegin() }
      let result = try session.differentiate(
        rows: rows,
        context: RunContext(seed: configuration.seed, iteration: UInt64(iteration)),
        observers: isTimed ? observers : [])
      loss = result.loss
      if isTimed { recorder.gradientsAreComplete() }
      let norm = result.squaredGradientNorm?.squareRoot() ?? updater.gradientNorm()
      updater.update(learningRate: optimizer.learningRate, gradientNorm: norm)
      if isTimed {
        recorder.updateDidEnd()
        timedCount += 1
      }
      iteration += 1
    }
    let wallSeconds = Double(monotonicNanoseconds() - begin) * 1e-9
    guard let profile = recorder.profile() else { preconditionFailure("at least one iteration was timed") }
    let flops = plans.microBatches[0].parts.reduce(0) { $0 + floorFlops(of: $1.plan.graph) }
    // The optimizer reads values, gradients and state and writes values and state.
    let updateBytes = 4 * session.storage.elementCount * (3 + 2 * optimizer.stateCount)
    let operandBytes = plans.microBatches[0].parts.reduce(updateBytes) { $0 + operandByteCount(of: $1.plan) }
    return BenchmarkReport.Step(
      name: configuration.name, strategy: strategy.description, profile: profile,
      floorSeconds: flops * 1e-9 / (limits.productGigaflops * (configuration.precision == .bfloat16 ? 2 : 1)),
      floorFlops: flops, operandByteCount: operandBytes,
      arenaByteCount: session.arena.measuredPeakBytes, loss: loss,
      recomputedExecutions: plans.training.executions.prescribed - plans.stages.stages.count,
      shares: settings.showsOperators ? operators.shares : [],
      wallSeconds: wallSeconds,
      products: try productRates(
        of: plans.training, library: plans.split.partCount > 1 ? library.library(ofThread: 0) : library))
  }

  private func operandByteCount(of plan: Plan) -> Int {
    plan.instructions.reduce(0) { sum, instruction in
      let node = plan.graph.nodes[instruction.node]
      return sum
        + node.operation.bytesMoved(for: plan.graph.inputShapes(of: node), elementType: plan.graph.elementType)
    }
  }

  /// Operations of the forward product and the two gradients of every weight but the last layer's: for hidden layers
  /// of equal width 6 x batch x width x width x depth.
  private func floorFlops(of graph: Graph) -> Double {
    var weights: [Int] = []
    for parameter in graph.parameters {
      if case .weight = parameter.kind { weights.append(parameter.shape.elementCount) }
    }
    return 6 * Double(graph.batchRows) * Double(weights.dropLast().reduce(0, +))
  }
}
