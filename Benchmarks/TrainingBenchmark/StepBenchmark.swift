import ArenaMemory
import Checkpointing
import ComputationGraph
import Configuration
import Execution
import ExecutionPlanning
import Kernels
import Profiling
import SystemCalls
import Training

/// One training step, keep-all and with square-root checkpointing, beside the time of its products alone.
struct StepBenchmark {
  let settings: BenchmarkSettings
  let team: ThreadTeam
  let library: OneDNNKernels

  init(_ settings: BenchmarkSettings) throws {
    self.settings = settings
    team = ThreadTeam(threadCount: try settings.threads ?? Hardware.current().suggestedThreads)
    team.setFlushToZero()
    library = try OneDNNKernels(team: team)
  }

  func run() throws -> BenchmarkResult {
    let keepAll = try step(.none)
    let checkpointed = try step(.sqrt)
    return BenchmarkResult(
      settings: settings, threads: team.threadCount, library: library.name, keepAll: keepAll,
      checkpointed: checkpointed)
  }

  /// Trains on one synthetic batch, two iterations for warm-up.
  private func step(_ strategy: Strategy) throws -> BenchmarkResult.Step {
    let outputs = 10
    let samples: Samples<Float> = try SyntheticData(
      sampleCount: settings.batch, featureCount: settings.width, task: .regression, outputCount: outputs, seed: 1,
      noise: 0
    ).samples()
    let network = NetworkDescription(
      layers: [
        .repeated(
          count: settings.depth,
          layers: [.linear(units: settings.width, bias: true), .activation(settings.activation)]),
        .linear(units: outputs, bias: true),
      ],
      loss: .meanSquaredError, inputFeatures: settings.width, targetColumns: outputs)
    let plans = try TrainingPlans(
      network: network, sizes: BatchSizes(training: settings.batch), strategy: strategy, library: library)
    let optimizer = OptimizerConfiguration.sgd(.init(learningRate: 0.001, momentum: 0.9))
    let session = try NetworkSession(
      plans: plans, samples: samples, optimizerStateCount: optimizer.stateCount, library: library, team: team
    ) { try initializeParameters(of: $0, by: nil, seed: 1) }
    let updater = ParameterUpdater(storage: session.storage, optimizer: optimizer, clip: nil, team: team)
    let recorder = TimeRecorder(stageCount: plans.stages.stages.count)
    let observers = session.trainingRuns.map { [recorder.observer(of: $0.plan)] }
    let rows = Array(0..<settings.batch)[...]
    for iteration in 0..<settings.iterations + 2 {
      let isTimed = iteration >= 2
      if isTimed { recorder.iterationWillBegin() }
      _ = try session.differentiate(
        rows: rows, context: RunContext(seed: 1, iteration: UInt64(iteration)), observers: isTimed ? observers : [])
      if isTimed { recorder.gradientsAreComplete() }
      updater.update(learningRate: 0.001, gradientNorm: updater.gradientNorm())
      if isTimed { recorder.updateDidEnd() }
    }
    guard let profile = recorder.profile() else { preconditionFailure("at least one iteration was timed") }
    return BenchmarkResult.Step(
      profile: profile, arenaByteCount: session.arena.measuredPeakBytes,
      productSeconds: try productSeconds(of: plans.training))
  }

  /// Seconds of a plan's products alone: for each distinct product the median of repeated runs on memory of its own,
  /// times the number of instructions that execute it. A fused activation is left out.
  private func productSeconds(of plan: Plan) throws -> Double {
    var counts: [KernelSignature: Int] = [:]
    for instruction in plan.instructions {
      let node = plan.graph.nodes[instruction.node]
      guard node.operation.isProduct else { continue }
      var operation = node.operation
      if case .linear(let bias, _) = operation { operation = .linear(bias: bias, activation: nil) }
      let signature = KernelSignature(
        operation: operation, inputs: plan.graph.inputShapes(of: node), outputs: plan.graph.outputShapes(of: node),
        elementType: .float32)
      counts[signature, default: 0] += 1
    }
    var total = 0.0
    for (signature, count) in counts { total += Double(count) * (try seconds(of: signature)) }
    return total
  }

  private func seconds(of signature: KernelSignature) throws -> Double {
    let memory = try JemallocArena()
    func block(_ byteCount: Int) throws -> MemoryBlock {
      let block = try MemoryBlock(byteCount: byteCount, in: memory)
      let count = byteCount / 4
      try block.write((0..<count).map { Float(($0 &* 7919) % 2003) / 1001.5 - 1 })
      return block
    }
    let inputs = try signature.inputs.map { try block($0.byteCount(of: .float32)) }
    let outputs = try signature.outputs.map { try block($0.byteCount(of: .float32)) }
    let scratchpad = try MemoryBlock(byteCount: library.scratchpadByteCount(for: signature), in: memory)
    let kernel = try library.bind(
      signature, inputs: inputs.map(\.address), outputs: outputs.map(\.address), scratchpad: scratchpad.address)
    let context = RunContext(seed: 0, iteration: 0)
    var samples: [Double] = []
    for repetition in 0..<settings.iterations + 2 {
      let start = monotonicNanoseconds()
      kernel.run(context)
      if repetition >= 2 { samples.append(Double(monotonicNanoseconds() - start) * 1e-9) }
    }
    return Distribution(of: samples)?.median ?? 0
  }
}
