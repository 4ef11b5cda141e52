import ArenaMemory
import Checkpointing
import ComputationGraph
import Kernels
import SystemCalls
import Testing
import TestSupport
import Training

/// The checker passes right gradients, kinks included, and finds each wrong one.
@Suite struct GradientCheckTests {
  private static func checker(
    of network: NetworkDescription, seed: UInt64, rows: Int = 4
  ) throws -> (checker: GradientChecker, runner: NetworkRunner<Double>, gradients: [[Double]]) {
    let runner = try NetworkRunner<Double>(network, rows: rows, seed: seed, library: ReferenceKernels())
    let gradients = try runner.gradients(under: .none)
    let graph = runner.graph
    let checker = try GradientChecker(
      network, rowCount: rows,
      input: runner.input.read(Double.self, count: graph[graph.input].shape.elementCount),
      target: runner.target.read(Double.self, count: graph[graph.target].shape.elementCount),
      storage: runner.storage, context: RunContext(seed: 5, iteration: 0), seed: seed, library: ReferenceKernels())
    return (checker, runner, gradients)
  }

  @Test(arguments: 0..<60)
  func gradientsOfNetworksWithKinksPass(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 6, elementType: .float64)
    let (checker, runner, gradients) = try Self.checker(of: network, seed: seed)
    let before = try runner.storage.parameters.indices.map { try runner.storage.values(ofParameter: $0) }
    let check = try checker.check(gradients, entriesPerTensor: 4)
    #expect(check.passes, "seed \(seed): \(check)")
    #expect(check.tensors.count == runner.storage.parameters.count)
    #expect(check.comparisonCount >= check.tensors.count, "seed \(seed): too few entries away from kinks")
    let after = try runner.storage.parameters.indices.map { try runner.storage.values(ofParameter: $0) }
    #expect(after == before, "parameters are as before")
  }

  @Test func anEntryThatIsWrongByAHundredThousandthIsFound() throws {
    var compared = 0
    for seed: UInt64 in 0..<20 {
      let network = NetworkDescription.random(seed: seed, depth: 4, elementType: .float64, smooth: true)
      var (checker, _, gradients) = try Self.checker(of: network, seed: seed)
      let parameter = Int(seed) % gradients.count
      // The entry with the largest gradient is always compared.
      let entry = try #require(
        gradients[parameter].indices.max { abs(gradients[parameter][$0]) < abs(gradients[parameter][$1]) })
      guard abs(gradients[parameter][entry]) > 1e-3 else { continue }
      gradients[parameter][entry] *= 1 + 1e-5
      let check = try checker.check(gradients, entriesPerTensor: 2)
      #expect(check.tensors[parameter].worst?.passes == false, "seed \(seed): \(check.tensors[parameter])")
      #expect(check.tensors[parameter].worstEntry == entry)
      #expect(!check.passes)
      compared += 1
    }
    #expect(compared > 10)
  }

  /// They curve too strongly for the first step, and a wrong entry is found all the same.
  @Test(arguments: 0..<6)
  func gradientsOfNormalizationsOfFewRowsPass(seed: UInt64) throws {
    let block: [LayerDescription] = [
      .linear(units: 16, bias: true), .batchNorm(momentum: 0.1, epsilon: 1e-5),
      .activation(.gelu(approximation: .none)),
    ]
    let network = NetworkDescription(
      layers: [.repeated(count: 6, layers: block), .linear(units: 3, bias: true)], loss: .halfSquaredError,
      inputFeatures: 5, targetColumns: 3, elementType: .float64)
    var (checker, _, gradients) = try Self.checker(of: network, seed: seed)
    let check = try checker.check(gradients, entriesPerTensor: 8)
    #expect(check.passes, "seed \(seed): \(check)")
    // The bias of the last layer, whose gradient does not vanish.
    let last = gradients.count - 1
    gradients[last] = gradients[last].map { $0 * (1 + 1e-5) }
    #expect(try !checker.check(gradients, entriesPerTensor: 2).passes, "seed \(seed)")
  }

  @Test func aGradientThatIsNotFiniteFails() throws {
    let network = NetworkDescription.random(seed: 2, depth: 4, elementType: .float64, smooth: true)
    var (checker, _, gradients) = try Self.checker(of: network, seed: 2)
    gradients[0][0] = .nan
    #expect(try !checker.check(gradients, entriesPerTensor: 100).passes)
  }

  /// relu(w x) at w = 0: the loss has a corner there, whatever the step.
  @Test func anEntryAtAKinkIsLeftOut() throws {
    let network = NetworkDescription(
      layers: [.linear(units: 1, bias: false), .activation(.relu)], loss: .halfSquaredError, inputFeatures: 1,
      targetColumns: 1, elementType: .float64)
    let runner = try NetworkRunner<Double>(network, rows: 1, seed: 1, library: ReferenceKernels())
    try runner.storage.setValues([0], ofParameter: 0)
    let checker = try GradientChecker(
      network, rowCount: 1, input: [1], target: [1], storage: runner.storage,
      context: RunContext(seed: 0, iteration: 0), seed: 0, library: ReferenceKernels())
    let check = try checker.check([[0]], entriesPerTensor: 3)
    #expect(check.tensors[0].comparisonCount == 0 && check.tensors[0].kinkCount == 1)
    #expect(check.tensors[0].worst == nil)
  }

  /// A step of full size would cross the kink at 0 from w = 1e-6; a smaller one does not.
  @Test func aKinkNearbyIsSteppedAround() throws {
    let network = NetworkDescription(
      layers: [.linear(units: 1, bias: false), .activation(.relu)], loss: .halfSquaredError, inputFeatures: 1,
      targetColumns: 1, elementType: .float64)
    let runner = try NetworkRunner<Double>(network, rows: 1, seed: 1, library: ReferenceKernels())
    try runner.storage.setValues([1e-6], ofParameter: 0)
    let checker = try GradientChecker(
      network, rowCount: 1, input: [1], target: [1], storage: runner.storage,
      context: RunContext(seed: 0, iteration: 0), seed: 0, library: ReferenceKernels())
    let check = try checker.check([[1e-6 - 1]], entriesPerTensor: 1)
    let worst = try #require(check.tensors[0].worst)
    #expect(worst.passes && worst.step < 1e-6)
  }

  @Test(arguments: [Strategy.sqrt, .segments(2), .every(3), .recursive, .revolve(2), .mixed(2)])
  func strategiesAreIdenticalAndRecompute(strategy: Strategy) throws {
    let comparer = try Self.comparer(library: ReferenceKernels())
    #expect(comparer.keepAll.passes && comparer.keepAll.recomputedProducts == 0)
    let check = try comparer.compare(strategy)
    #expect(check.passes, "\(check)")
    #expect(check.recomputedProducts > 0)
    #expect(check.plannedPeakBytes < comparer.keepAll.plannedPeakBytes)
  }

  @Test func aKernelThatGivesOtherBitsTheSecondTimeIsFound() throws {
    let library = DriftingKernels()
    let comparer = try Self.comparer(library: library)
    library.isDrifting = true
    let check = try comparer.compare(.sqrt)
    #expect(check.firstDifference?.place.hasPrefix("layers.") == true)
    #expect(!check.passes)
  }

  private static func comparer(library: any KernelLibrary) throws -> StrategyComparer<Double> {
    let network = NetworkDescription(
      layers: [.repeated(count: 9, layers: [.linear(units: 6, bias: true), .activation(.tanh)])],
      loss: .meanSquaredError, inputFeatures: 6, targetColumns: 6, elementType: .float64)
    let samples =
      try SyntheticData(
        sampleCount: 8, featureCount: 6, task: .regression, outputCount: 6, seed: 3, noise: 0
      ).samples() as Samples<Double>
    let graph = try Graph(network, batchRows: 8, mode: .training)
    let storage = try ParameterStorage<Double>(for: graph, optimizerStateCount: 0, in: JemallocArena())
    try initializeParameters(of: storage, by: nil, seed: 4)
    return try StrategyComparer(
      network: network, sizes: BatchSizes(training: 8), split: .none, samples: samples, rows: Array(0..<8)[...],
      parameters: storage, context: RunContext(seed: 5, iteration: 0), library: library, team: .single)
  }
}

/// Reference kernels of which a linear layer adds a little more at every execution once told to drift.
private final class DriftingKernels: KernelLibrary {
  var isDrifting = false
  private var executions = 0
  private let reference = ReferenceKernels()

  var name: String { "drifting" }

  func library(ofThread index: Int) -> any KernelLibrary { self }

  func scratchpadByteCount(for signature: KernelSignature) throws(KernelError) -> Int {
    try reference.scratchpadByteCount(for: signature)
  }

  func bind(
    _ signature: KernelSignature, inputs: [MemoryAddress], outputs: [MemoryAddress], scratchpad: MemoryAddress?
  ) throws(KernelError) -> any BoundKernel {
    let kernel = try reference.bind(signature, inputs: inputs, outputs: outputs, scratchpad: scratchpad)
    guard case .linear = signature.operation else { return kernel }
    let drift = try reference.bind(
      KernelSignature(
        operation: .dropout(rate: 0.2, layer: 0), inputs: signature.outputs, outputs: signature.outputs,
        elementType: signature.elementType),
      inputs: outputs, outputs: outputs, scratchpad: nil)
    return Drifting { [self] context in
      kernel.run(context)
      executions += 1
      // The ninth linear execution is the last first one; what follows is recomputation.
      if isDrifting, executions > 9 + 9 { drift.run(context) }
    }
  }

  private final class Drifting: BoundKernel {
    let body: (RunContext) -> Void

    init(_ body: @escaping (RunContext) -> Void) { self.body = body }

    func run(_ context: RunContext) { body(context) }
  }
}
