import ArenaMemory
import Checkpointing
import ComputationGraph
import Execution
import ExecutionPlanning
import Kernels
import TestSupport
import Testing
import Training

/// Networks in bfloat16: the laws of all others, in half of the bytes.
@Suite struct BFloat16Tests {
  @Test(arguments: 0..<40)
  func gradientsAreThoseOfKeepAllBitForBitInThePlannedBytes(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .bfloat16)
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    let runner = try NetworkRunner<Float>(network, rows: 32, seed: seed, library: library)
    let expected = try runner.gradients(under: .none)
    #expect(expected.allSatisfy { $0.allSatisfy(\.isFinite) })
    for strategy in ScheduleTests.strategies {
      let plan = try runner.plan(strategy)
      let arena = try runner.arena(for: plan)
      try arena.poison(offset: 0, byteCount: plan.peakByteCount)
      let verifier = RecomputationVerifier(plan: plan, arena: arena)
      try runner.executor(of: plan, in: arena).run(RunContext(seed: 5, iteration: 0), observers: [verifier])
      #expect(try runner.gradients() == expected, "seed \(seed), \(strategy)")
      #expect(arena.measuredPeakBytes == plan.peakByteCount, "seed \(seed), \(strategy)")
      #expect(verifier.mismatch == nil && verifier.failure == nil, "seed \(seed), \(strategy)")
      let recomputed = plan.instructions.contains { $0.phase == .recompute && !$0.outputs.isEmpty }
      #expect((verifier.comparisonCount > 0) == recomputed, "seed \(seed), \(strategy)")
    }
  }

  /// Every buffer has the bytes of its value's own type; whatever is neither activation nor cotangent is float32.
  @Test(arguments: 0..<40)
  func everyOperandHasTheTypeThatItsKernelReads(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .bfloat16)
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 1))
    let runner = try NetworkRunner<Float>(network, rows: 8, seed: seed, library: library)
    let graph = runner.graph
    for node in graph.nodes {
      let types = node.operation.inputTypes(count: node.inputs.count, in: .bfloat16)
      for (value, type) in zip(node.inputs, types) {
        if case .parameter(let index) = graph[value].source, case .weight = graph.parameters[index].kind {
          #expect(type == .bfloat16, "a product reads the rounded weights")
          #expect(graph.elementType(of: value) == .float32)
        } else {
          #expect(graph.elementType(of: value) == type, "\(node.operation)")
        }
      }
    }
    for parameter in graph.parameters { #expect(graph.elementType(of: parameter.value) == .float32) }
    #expect(graph.elementType(of: graph.loss) == .float32 && graph.elementType(of: graph.input) == .bfloat16)
  }

  /// Each of some values in a layer is rounded to 8 bits, and the error grows about with the root of their number.
  @Test(arguments: 0..<40)
  func gradientsAreNearThoseOfFloat64(seed: UInt64) throws {
    func network(_ type: ElementType) -> NetworkDescription {
      .random(seed: seed, depth: 5, elementType: type, smooth: true, batchNorm: false)
    }
    let rows = 64
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    let narrow = try NetworkRunner<Float>(network(.bfloat16), rows: rows, seed: seed, library: library)
    let wide = try NetworkRunner<Double>(network(.float64), rows: rows, seed: seed, library: ReferenceKernels())
    for index in narrow.storage.parameters.indices {
      try wide.storage.setValues(narrow.storage.values(ofParameter: index).map { Double($0) }, ofParameter: index)
    }
    let (graph, input) = (wide.graph, wide.graph[wide.graph.input].shape.elementCount)
    try wide.input.write(
      narrow.input.read(UInt16.self, count: input).map { Double(Float(bitPattern: UInt32($0) << 16)) })
    try wide.target.write(
      narrow.target.read(Float.self, count: graph[graph.target].shape.elementCount).map { Double($0) })
    let found = try narrow.gradients(under: .sqrt).joined().map { Double($0) }
    let expected = try wide.gradients(under: .none).joined()
    let error = zip(found, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let norm = expected.reduce(0) { $0 + $1 * $1 }
    #expect(norm > 0 && (error / norm).squareRoot() <= 0.1, "seed \(seed): \((error / norm).squareRoot())")
  }

  @Test(arguments: 0..<30)
  func threadsAndMicroBatchesKeepEverySchedulesBits(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .bfloat16, batchNorm: false)
    let team = ThreadTeam(threadCount: 2)
    let library = try OneDNNKernels(team: team)
    for (split, microBatch) in [(BatchSplit(partCount: 2), nil), (.none, 8), (BatchSplit(partCount: 2), 9)] {
      func trial(_ strategy: Strategy) throws -> SessionTrial<Float> {
        try SessionTrial(
          network, sizes: BatchSizes(training: 33, microBatch: microBatch), split: split, strategy: strategy,
          seed: seed, library: library, team: team)
      }
      let keepAll = try trial(.none)
      #expect(keepAll.gradients.allSatisfy { $0.allSatisfy(\.isFinite) })
      for strategy in [Strategy.sqrt, .recursive, .revolve(2), .mixed(3)] {
        let other = try trial(strategy)
        #expect(other.gradients == keepAll.gradients, "seed \(seed), \(strategy)")
        #expect(other.mismatchCount == 0 && (other.comparisonCount > 0) == other.plans.recomputes)
        #expect(other.measuredPeakBytes == other.plans.peakByteCount)
      }
    }
  }

  /// Activations and cotangents, workspace aside.
  @Test func theArenaIsHalfOfFloat32s() throws {
    func peak(_ type: ElementType, _ strategy: Strategy) throws -> Int {
      let network = NetworkDescription(
        layers: [
          .repeated(count: 24, layers: [.linear(units: 64, bias: true), .activation(.relu)]),
          .linear(units: 8, bias: true),
        ], loss: .meanSquaredError, inputFeatures: 64, targetColumns: 8, elementType: type)
      let library = try OneDNNKernels(team: ThreadTeam(threadCount: 1))
      let plan = try NetworkRunner<Float>(network, rows: 1024, seed: 1, library: library).plan(strategy)
      return plan.liveBytes().reduce(0) { max($0, $1.activation + $1.cotangent) }
    }
    for strategy in [Strategy.none, .sqrt] {
      let (narrow, single) = (try peak(.bfloat16, strategy), try peak(.float32, strategy))
      #expect(abs(2 * narrow - single) <= single / 50, "\(strategy): \(narrow) of \(single)")
    }
  }
}
