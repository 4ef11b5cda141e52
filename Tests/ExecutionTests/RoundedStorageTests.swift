import ArenaMemory
import Checkpointing
import ComputationGraph
import Execution
import ExecutionPlanning
import Kernels
import RandomNumbers
import TestSupport
import Testing
import Training

/// Networks of float32 whose activations are rounded to bfloat16 while they are kept: plans as exact as all others,
/// runs that repeat bit for bit, gradients near those of float32.
@Suite struct RoundedStorageTests {
  private static func network(
    seed: UInt64, depth: Int = 9, smooth: Bool = false, batchNorm: Bool = true
  ) -> NetworkDescription {
    var network = NetworkDescription.random(
      seed: seed, depth: depth, elementType: .float32, smooth: smooth, batchNorm: batchNorm)
    network.roundsKept = true
    return network
  }

  /// Runs a plan in memory full of NaN, in which the verifier poisons what is discarded as well.
  ///
  /// - Returns: how many values were computed again from the same values and compared.
  private static func run(_ plan: Plan, _ runner: NetworkRunner<Float>, _ name: String) throws -> Int {
    let arena = try runner.arena(for: plan)
    try arena.poison(offset: 0, byteCount: plan.peakByteCount)
    try runner.storage.gradientBlock.fill(byte: 0xFF)
    let verifier = RecomputationVerifier(plan: plan, arena: arena)
    try runner.executor(of: plan, in: arena).run(RunContext(seed: 5, iteration: 0), observers: [verifier])
    #expect(arena.measuredPeakBytes == plan.peakByteCount, "\(name)")
    #expect(verifier.mismatch == nil && verifier.failure == nil, "\(name)")
    return verifier.comparisonCount
  }

  @Test(arguments: 0..<40)
  func everyPlanRunsInItsBytesAndRepeats(seed: UInt64) throws {
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    let runner = try NetworkRunner<Float>(Self.network(seed: seed), rows: 32, seed: seed, library: library)
    var compared = 0
    for strategy in [Strategy.none] + ScheduleTests.strategies {
      let name = "seed \(seed), \(strategy)"
      let plan = try runner.plan(strategy)
      try plan.verify()
      compared += try Self.run(plan, runner, name)
      let first = try runner.gradients()
      #expect(first.allSatisfy { $0.allSatisfy(\.isFinite) }, "\(name)")
      #expect(try runner.gradients(of: plan) == first, "\(name)")
    }
    #expect(compared > 0 || runner.planner.chain.count == 1, "seed \(seed)")
  }

  /// Any schedule that breaks no law, on the plain kernels.
  @Test(arguments: 0..<30)
  func everyLawfulScheduleIsCarriedOut(seed: UInt64) throws {
    let runner = try NetworkRunner<Float>(
      Self.network(seed: seed, depth: 5), rows: 5, seed: seed, library: ReferenceKernels())
    var random = SplitMix64(seed: seed)
    var recomputing = 0
    for round in 0..<40 {
      guard let schedule = Schedule.random(on: runner.planner.chain, using: &random) else { continue }
      let plan = try runner.planner.plan(for: schedule)
      try plan.verify()
      _ = try Self.run(plan, runner, "seed \(seed), round \(round): \(schedule.actions)")
      #expect(try runner.gradients().allSatisfy { $0.allSatisfy(\.isFinite) }, "seed \(seed), round \(round)")
      if schedule.recomputedExecutions > 0 { recomputing += 1 }
    }
    #expect(recomputing > 0 || runner.planner.chain.count == 1, "seed \(seed)")
  }

  /// What the reverse step reads is rounded to 2⁻⁹ of itself at most, once where it is kept; where it is computed again
  /// from a rounded value that error goes on through the stages in between. Cotangents are never rounded.
  @Test(arguments: 0..<40)
  func gradientsAreNearThoseOfFloat32(seed: UInt64) throws {
    let rounding = Self.network(seed: seed, depth: 5, smooth: true, batchNorm: false)
    var plain = rounding
    plain.roundsKept = false
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    let expected = try NetworkRunner<Float>(plain, rows: 64, seed: seed, library: library).gradients(under: .none)
    let runner = try NetworkRunner<Float>(rounding, rows: 64, seed: seed, library: library)
    let norm = expected.joined().reduce(0) { $0 + Double($1) * Double($1) }
    for strategy in [Strategy.none, .sqrt, .recursive] {
      let found = try runner.gradients(under: strategy)
      let error = zip(found.joined(), expected.joined()).reduce(0) { sum, pair in
        sum + (Double(pair.0) - Double(pair.1)) * (Double(pair.0) - Double(pair.1))
      }
      let relative = (error / norm).squareRoot()
      #expect(norm > 0 && relative <= 0.05, "seed \(seed), \(strategy): \(relative)")
      #expect(found != expected || runner.planner.chain.count == 1, "seed \(seed), \(strategy): nothing was rounded")
    }
  }

  /// Between the passes nothing of an activation is live but its copy: statistics, which are small, and the prediction,
  /// which the loss has just read, aside.
  @Test(arguments: 0..<40)
  func whatIsKeptIsRounded(seed: UInt64) throws {
    let runner = try NetworkRunner<Float>(
      Self.network(seed: seed), rows: 16, seed: seed, library: ReferenceKernels())
    let graph = runner.graph
    var copies = 0
    for strategy in [Strategy.none, .sqrt, .every(1)] {
      let plan = try runner.plan(strategy)
      let loss = try #require(plan.instructions.firstIndex { graph.nodes[$0.node].outputs.first == graph.loss })
      for buffer in plan.buffers where buffer.liveRange.contains(loss) && buffer.liveRange.upperBound > loss + 2 {
        guard let value = buffer.value, case .node(let node) = graph[value].source, value != graph.prediction,
          graph.nodes[node].differentiates == nil
        else { continue }
        let operation = graph.nodes[node].operation
        #expect(operation == .narrow || !operation.givesActivation, "seed \(seed), \(strategy): \(operation)")
        if operation == .narrow {
          copies += 1
          #expect(2 * buffer.byteCount == graph.byteCount(of: graph.nodes[node].inputs[0]))
        }
      }
    }
    #expect(copies > 0 || runner.planner.chain.count == 1, "seed \(seed)")
  }

  @Test(arguments: 0..<20)
  func budgetsAreKept(seed: UInt64) throws {
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    let runner = try NetworkRunner<Float>(
      Self.network(seed: seed, depth: 14), rows: 24, seed: seed, library: library)
    let keepAll = try runner.plan(.none).peakByteCount
    let choices = try PlanChoices(of: runner.planner)
    let least = choices.leastFeasibleByteCount
    #expect(try choices.fastest(withinBytes: least - 1) == nil, "seed \(seed)")
    for step in 0..<5 {
      let budget = least + max(0, keepAll - least) * step / 4
      let choice = try #require(try choices.fastest(withinBytes: budget), "seed \(seed), \(budget) bytes")
      #expect(choice.plan.peakByteCount <= budget)
      try choice.plan.verify()
      _ = try Self.run(choice.plan, runner, "seed \(seed), \(budget) bytes")
    }
  }

  @Test(arguments: 0..<20)
  func threadsAndMicroBatchesRepeat(seed: UInt64) throws {
    let network = Self.network(seed: seed, batchNorm: false)
    let team = ThreadTeam(threadCount: 2)
    let library = try OneDNNKernels(team: team)
    for (split, microBatch) in [(BatchSplit(partCount: 2), nil), (.none, 8), (BatchSplit(partCount: 2), 9)] {
      for strategy in [Strategy.none, .sqrt, .mixed(3)] {
        func trial() throws -> SessionTrial<Float> {
          try SessionTrial(
            network, sizes: BatchSizes(training: 33, microBatch: microBatch), split: split, strategy: strategy,
            seed: seed, library: library, team: team)
        }
        let (one, other) = (try trial(), try trial())
        #expect(one.gradients.allSatisfy { $0.allSatisfy(\.isFinite) })
        #expect(one.gradients == other.gradients, "seed \(seed), \(strategy)")
        #expect(one.mismatchCount == 0 && one.measuredPeakBytes == one.plans.peakByteCount)
      }
    }
  }

  /// Of a deep network all but what one stage needs at a time is halved.
  @Test(arguments: [Activation.relu, .gelu(approximation: .none), .tanh])
  func keepAllIsAboutHalf(activation: Activation) throws {
    func live(_ strategy: Strategy, rounds: Bool) throws -> Int {
      let network = NetworkDescription(
        layers: [
          .repeated(count: 40, layers: [.linear(units: 64, bias: true), .activation(activation)]),
          .linear(units: 8, bias: true),
        ], loss: .meanSquaredError, inputFeatures: 64, targetColumns: 8, roundsKept: rounds)
      let library = try OneDNNKernels(team: ThreadTeam(threadCount: 1))
      let plan = try NetworkRunner<Float>(network, rows: 512, seed: 1, library: library).plan(strategy)
      return plan.liveBytes().reduce(0) { max($0, $1.activation + $1.cotangent) }
    }
    let ofStage = 512 * 64 * 4
    for strategy in [Strategy.none, .sqrt] {
      let (rounded, plain) = (try live(strategy, rounds: true), try live(strategy, rounds: false))
      #expect(2 * rounded <= plain + 5 * ofStage, "\(strategy): \(rounded) of \(plain)")
    }
  }

  /// Conversions are cut into tiles with the kernels around them.
  @Test(.enabled(if: OneDNN.instructionSet.hasAVX512)) func tilesChangeNoBit() throws {
    let network = NetworkDescription(
      layers: [
        .repeated(count: 6, layers: [.linear(units: 48, bias: true), .activation(.gelu(approximation: .none))]),
        .linear(units: 5, bias: true),
      ], loss: .softmaxCrossEntropy, inputFeatures: 24, targetColumns: 1, roundsKept: true)
    let runner = try NetworkRunner<Float>(
      network, rows: 2061, seed: 3, library: OneDNNKernels(team: ThreadTeam(threadCount: 1)))
    for strategy in [Strategy.none, .sqrt] {
      let plan = try runner.plan(strategy)
      let executor = try runner.executor(of: plan, in: runner.arena(for: plan))
      #expect(executor.mingledInstructionCount > plan.instructions.count / 2)
      _ = try Self.run(plan, runner, "\(strategy)")
      let expected = try runner.gradients()
      #expect(try runner.gradients(of: plan) == expected, "\(strategy)")
    }
  }
}
