import ArenaMemory
import Checkpointing
import ComputationGraph
import Execution
import ExecutionPlanning
import Kernels
import Testing
import TestSupport
import Training

/// Every schedule gives keep-all's gradients, bit for bit, in exactly the bytes that were planned.
@Suite struct ScheduleTests {
  static let strategies: [Strategy] = [
    .sqrt, .segments(2), .segments(5), .every(1), .every(3), .recursive, .revolve(2), .revolve(4), .mixed(2), .mixed(5),
    .greedy(.bytes(2000)),
  ]

  @Test(arguments: 0..<60)
  func gradientsAreThoseOfKeepAllBitForBit(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .float64)
    let runner = try NetworkRunner<Double>(network, rows: 5, seed: seed, library: ReferenceKernels())
    let expected = try runner.gradients(under: .none)
    #expect(expected.allSatisfy { $0.allSatisfy(\.isFinite) })
    for strategy in Self.strategies {
      let gradients = try runner.gradients(under: strategy)
      #expect(gradients == expected, "seed \(seed), \(strategy)")
    }
  }

  /// The same in float32, on the kernels that training uses.
  @Test(arguments: 0..<40)
  func gradientsOfFastKernelsAreThoseOfKeepAllBitForBit(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .float32)
    let team = ThreadTeam(threadCount: 2)
    let library = try OneDNNKernels(team: team)
    let runner = try NetworkRunner<Float>(network, rows: 32, seed: seed, library: library)
    let expected = try runner.gradients(under: .none)
    #expect(expected.allSatisfy { $0.allSatisfy(\.isFinite) })
    for strategy in Self.strategies {
      let gradients = try runner.gradients(under: strategy)
      #expect(gradients == expected, "seed \(seed), \(strategy)")
    }
  }

  /// Blocks within blocks, with every kind of layer inside.
  private static func nestedBlocks(_ elementType: ElementType) -> NetworkDescription {
    func inner(_ activation: Activation) -> [LayerDescription] {
      [.layerNorm(epsilon: 1e-3), .linear(units: 8, bias: true), .activation(activation), .dropout(rate: 0.25)]
    }
    return NetworkDescription(
      layers: [
        .linear(units: 8, bias: true), .activation(.relu),
        .residual(
          layers: inner(.gelu(approximation: .none)) + [.batchNorm(momentum: 0.1, epsilon: 1e-3)]
            + [.residual(layers: inner(.tanh) + inner(.silu) + [.linear(units: 8, bias: false)])]
            + inner(.relu) + inner(.softplus) + [.linear(units: 8, bias: true)]),
        .activation(.sigmoid), .linear(units: 3, bias: true),
      ], loss: .meanSquaredError, inputFeatures: 5, targetColumns: 3, elementType: elementType)
  }

  /// Every way to keep a stage, at one stage at a time.
  @Test func everyFormOfEveryStageGivesTheSameGradients() throws {
    var partialCount = 0
    for network in [Self.nestedBlocks(.float64), .block(products: 12, elementType: .float64)] {
      let runner = try NetworkRunner<Double>(network, rows: 6, seed: 4, library: ReferenceKernels())
      let chain = runner.planner.chain
      let expected = try runner.gradients(under: .none)
      let keepAll = try makeSchedule(.none, for: chain)
      for (stage, numbers) in chain.stages.enumerated() {
        for form in numbers.forms.indices where numbers.forms[form].holdsInput {
          let actions = keepAll.actions.map { action in
            if case .forward(stage, .residuals, _) = action {
              return Action.forward(stage: stage, keep: .residuals, form: form)
            }
            return action
          }
          let schedule = try Schedule(strategy: "file:forms", actions: actions, on: chain)
          let plan = try runner.planner.plan(for: schedule)
          try plan.verify()
          #expect(try runner.gradients(of: plan) == expected, "stage \(stage), \(numbers.forms[form].name)")
          #expect(plan.executions.partial == numbers.forms[form].productsExecutedAgain)
          #expect(plan.executions.partial == (try replay(schedule, on: chain)).partialExecutions)
          #expect(plan.lowerBoundByteCount <= (try replay(schedule, on: chain)).peakBytes)
          partialCount += plan.executions.partial
        }
      }
    }
    #expect(partialCount > 20)
  }

  @Test(arguments: 0..<30)
  func recomputedValuesHaveTheChecksumsOfTheirFirstComputation(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .float64)
    let runner = try NetworkRunner<Double>(network, rows: 5, seed: seed, library: ReferenceKernels())
    let expected = try runner.gradients(under: .none)
    for strategy in Self.strategies {
      let plan = try runner.plan(strategy)
      let arena = try runner.arena(for: plan)
      let verifier = RecomputationVerifier(plan: plan, arena: arena)
      try runner.executor(of: plan, in: arena).run(RunContext(seed: 5, iteration: 0), observers: [verifier])
      #expect(verifier.mismatch == nil && verifier.failure == nil, "seed \(seed), \(strategy)")
      #expect(try runner.gradients() == expected, "poisoned bytes were read: seed \(seed), \(strategy)")
      let recomputed = plan.instructions.contains { $0.phase == .recompute && !$0.outputs.isEmpty }
      #expect((verifier.comparisonCount > 0) == recomputed, "seed \(seed), \(strategy)")
    }
  }

  @Test func theVerifierSeesAValueThatChanged() throws {
    let network = NetworkDescription(
      layers: [.repeated(count: 9, layers: [.linear(units: 4, bias: true), .activation(.tanh)])],
      loss: .meanSquaredError, inputFeatures: 4, targetColumns: 4, elementType: .float64)
    let runner = try NetworkRunner<Double>(network, rows: 3, seed: 1, library: ReferenceKernels())
    let plan = try runner.plan(.sqrt)
    let arena = try runner.arena(for: plan)
    let verifier = RecomputationVerifier(plan: plan, arena: arena)
    let meddler = WeightMeddler(storage: runner.storage, afterInstruction: 12)
    try runner.executor(of: plan, in: arena).run(RunContext(seed: 5, iteration: 0), observers: [meddler, verifier])
    #expect(verifier.mismatch?.operation == "linear+tanh")
  }

  /// The arena is filled with a pattern; what the run leaves untouched lies above the planned peak and nothing else.
  @Test(arguments: 0..<30)
  func thePlannedPeakIsTheHighestByteTouched(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .float64)
    let runner = try NetworkRunner<Double>(network, rows: 8, seed: seed, library: ReferenceKernels())
    for strategy in Self.strategies + [.none] {
      let plan = try runner.plan(strategy)
      #expect(plan.peakByteCount >= plan.lowerBoundByteCount)
      let arena = try Arena(capacity: plan.peakByteCount + 4096, in: JemallocArena())
      try arena.poison(offset: 0, byteCount: plan.peakByteCount + 4096)
      try runner.executor(of: plan, in: arena).run(RunContext(seed: 5, iteration: 0))
      #expect(arena.measuredPeakBytes == plan.peakByteCount, "seed \(seed), \(strategy)")
      let bytes = try arena.block.read(UInt8.self, count: plan.peakByteCount + 4096)
      let lastTouched = try #require(bytes.lastIndex { $0 != 0xFF })
      #expect((lastTouched + bufferAlignment) / bufferAlignment * bufferAlignment == plan.peakByteCount)
    }
  }
}

/// Changes a weight in the middle of a run.
private final class WeightMeddler: ExecutionObserver {
  let storage: ParameterStorage<Double>
  let moment: Int

  init(storage: ParameterStorage<Double>, afterInstruction moment: Int) {
    self.storage = storage
    self.moment = moment
  }

  func runWillBegin() {}

  func didRun(instruction index: Int, rows: CompletedRows) {
    guard index == moment else { return }
    do {
      for parameter in storage.parameters.indices {
        try storage.setValues(storage.values(ofParameter: parameter).map { $0 * 1.5 }, ofParameter: parameter)
      }
    } catch {
      Issue.record(error)
    }
  }
}
