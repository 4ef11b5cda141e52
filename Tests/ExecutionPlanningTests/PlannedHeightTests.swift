import Checkpointing
import ComputationGraph
import Configuration
import ExecutionPlanning
import Kernels
import RandomNumbers
import SystemCalls
import TestSupport
import Testing
import Training

/// The height of plans against their lower bound.
@Suite struct PlannedHeightTests {
  static let strategies: [Strategy] = [
    .none, .sqrt, .segments(2), .segments(5), .every(1), .every(3), .recursive, .revolve(1), .revolve(2), .revolve(4),
    .mixed(1), .mixed(2), .mixed(5), .greedy(.percent(20)),
  ]

  /// Plans of every strategy, and of some choices that a byte budget has.
  static func plans(of planner: Planner) throws -> [(strategy: String, plan: Plan)] {
    var schedules = try strategies.map { try makeSchedule($0, for: planner.chain) }
    let choices = try ScheduleChoices(planner.chain)
    schedules += (choices.all.prefix(2) + choices.smallest(2)).map { choices.schedule(of: $0) }
    return try schedules.map { ($0.strategy, try planner.plan(for: $0)) }
  }

  /// Every named strategy to the byte. Plans of the optimum under a budget reverse some stages from boundary values and
  /// others from what they keep; a few of them cannot meet the bound, whatever the layout.
  @Test(arguments: 0..<100)
  func plainChainsMeetTheBound(seed: UInt64) throws {
    var recomputed = 0
    for (strategy, plan) in try Self.plans(of: ChainOfNumbersTests.planner(.plainChain(seed: seed), rows: 16)) {
      if strategy != "optimal" {
        #expect(plan.peakByteCount == plan.lowerBoundByteCount, "seed \(seed), \(strategy)")
      }
      #expect(plan.peakByteCount * 100 <= plan.lowerBoundByteCount * 105, "seed \(seed), \(strategy)")
      if plan.instructions.contains(where: { $0.phase == .recompute }) { recomputed += 1 }
    }
    #expect(recomputed > 0)
  }

  @Test func randomNetworksStayWithinHalfAPercentOfTheBound() throws {
    var planCount = 0
    var atBound = 0
    for seed in 0..<1000 as Range<UInt64> {
      let network = NetworkDescription.random(seed: seed, depth: 12, elementType: .float32)
      let planner = try ChainOfNumbersTests.planner(network, rows: [1, 5, 16, 64, 128][Int(seed % 5)])
      for strategy in Self.strategies {
        let plan = try planner.plan(for: makeSchedule(strategy, for: planner.chain))
        planCount += 1
        if plan.peakByteCount == plan.lowerBoundByteCount { atBound += 1 }
        #expect(plan.peakByteCount * 1000 <= plan.lowerBoundByteCount * 1005, "seed \(seed), \(strategy)")
      }
    }
    print("\(atBound) of \(planCount) plans of random networks at their bound")
  }

  /// With the workspaces of the kernels that training uses.
  @Test(arguments: ["deep", "deep-plain", "tiny"])
  func shippedConfigurationsMeetTheBound(name: String) throws {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "\(root)/configs/\(name).json"
    let parsed = try readConfiguration(bytes: readFile(atPath: path), fileName: path)
    let configuration = parsed.configuration
    let (samples, _) = try loadSamples(configuration.data, seed: configuration.seed, as: Float.self) {
      parsed.resolvedPath($0)
    }
    let planner = try TrainingPlans.planner(
      of: NetworkDescription(configuration, for: samples), rows: configuration.training.batchSize,
      library: OneDNNKernels(team: ThreadTeam(threadCount: 2)))
    for (strategy, plan) in try Self.plans(of: planner) {
      #expect(plan.peakByteCount == plan.lowerBoundByteCount, "\(strategy)")
    }
  }

  /// Bytes in which a recomputed activation stands hold cotangents before or after.
  @Test func recomputedActivationsShareBytesWithCotangents() throws {
    let planner = try ChainOfNumbersTests.planner(.plainChain(seed: 3), rows: 16)
    let plan = try planner.plan(for: makeSchedule(.sqrt, for: planner.chain))
    let recomputed = Set(
      plan.instructions.lazy.filter { $0.phase == .recompute }.flatMap(\.outputs).compactMap { output in
        if case .buffer(let number) = output { number } else { nil }
      })
    func bytes(_ buffer: PlannedBuffer) -> Range<Int> { buffer.offset..<buffer.offset + buffer.alignedByteCount }
    let cotangents = plan.buffers.filter { $0.category == .cotangent }
    let shared = recomputed.count { number in cotangents.contains { bytes($0).overlaps(bytes(plan.buffers[number])) } }
    #expect(recomputed.count > 4 && 2 * shared > recomputed.count, "\(shared) of \(recomputed.count)")
  }

  /// A hundred times the stages: nothing in planning overflows the stack, and the height stays the bound.
  @Test(arguments: [Strategy.none, .sqrt])
  func thousandsOfStagesMeetTheBound(strategy: Strategy) throws {
    let network = NetworkDescription(
      layers: [.repeated(count: 10_000, layers: [.linear(units: 8, bias: true), .activation(.tanh)])],
      loss: .meanSquaredError, inputFeatures: 8, targetColumns: 8)
    let planner = try ChainOfNumbersTests.planner(network, rows: 16)
    let plan = try planner.plan(for: makeSchedule(strategy, for: planner.chain))
    #expect(plan.executions.prescribed == (strategy == .none ? 10_000 : 19_900))
    #expect(plan.peakByteCount == plan.lowerBoundByteCount)
    try plan.verify()
  }
}

extension NetworkDescription {
  /// One seed a plain chain, the next a chain of activations, the third a random network of so many layers and blocks.
  static func ofEachKind(seed: UInt64, depth: Int) -> NetworkDescription {
    switch seed % 3 {
    case 0: plainChain(seed: seed)
    case 1: activationChain(seed: seed)
    default: random(seed: seed, depth: depth, elementType: .float32)
    }
  }

  /// Linear layers and activations of random widths.
  static func plainChain(seed: UInt64) -> NetworkDescription {
    var random = SplitMix64(seed: seed)
    let activations: [Activation] = [.relu, .tanh, .gelu(approximation: .none), .silu, .softplus, .elu(alpha: 0.7)]
    let widest = [4, 16, 64, 300].randomElement(using: &random)!
    var layers: [LayerDescription] = []
    for _ in 0..<Int.random(in: 1...40, using: &random) {
      layers.append(.linear(units: Int.random(in: 1...widest, using: &random), bias: true))
      layers.append(.activation(activations.randomElement(using: &random)!))
    }
    layers.append(.linear(units: 3, bias: true))
    return NetworkDescription(
      layers: layers, loss: .meanSquaredError, inputFeatures: Int.random(in: 1...widest, using: &random),
      targetColumns: 3)
  }
}
