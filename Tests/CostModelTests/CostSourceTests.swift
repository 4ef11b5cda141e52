import Checkpointing
import ComputationGraph
import CostModel
import Differentiation
import ExecutionPlanning
import Kernels
import RandomNumbers
import SystemCalls
import TestSupport
import Testing
import Training

/// Costs that are measured here, with the kernels of training. No second is asserted.
@Suite(.serialized) struct CostSourceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What a test does on a compute thread of its own, as the program does.
  struct Bench {
    let team: ThreadTeam
    let library: OneDNNKernels

    func source(
      parts: Int = 1, cache: CostCache? = nil, seconds: Double = 0.1, scratchBytes: Int = 16 << 20,
      wait: @escaping () -> UInt64? = { 0 }
    ) throws -> CostSource {
      CostSource(
        threads: try MeasuredThreads(library: library, team: team, partCount: parts), optimizerStateCount: 1,
        cache: cache, limits: CostMeter.Limits(seconds: seconds, scratchBytes: scratchBytes), processorWait: wait)
    }

    func plan(_ network: NetworkDescription, rows: Int, parts: Int = 1, strategy: Strategy = .none) throws -> Plan {
      let kernels: any KernelLibrary = parts > 1 ? try library.library(ofThread: 0) : library
      let planner = try TrainingPlans.planner(of: network, rows: rows, library: kernels)
      return try planner.plan(for: makeSchedule(strategy, for: planner.chain))
    }

    func price(_ source: CostSource, _ plan: Plan, of network: NetworkDescription) throws -> CostSource.PricedPlan {
      try source.price(plan) { rows in
        try DifferentiatedGraph(of: Graph(network, batchRows: rows, mode: .training)).graph
      }
    }
  }

  static func withBench(_ body: @escaping @Sendable (Bench) throws -> Void) throws {
    try ComputeThread().run {
      let team = ThreadTeam(threadCount: 2)
      try body(Bench(team: team, library: OneDNNKernels(team: team)))
    }
  }

  /// Every operator that training has.
  static let network = NetworkDescription(
    layers: [
      .linear(units: 32, bias: true), .activation(.relu), .linear(units: 32, bias: false), .activation(.tanh),
      .residual(layers: [
        .layerNorm(epsilon: 1e-5), .linear(units: 32, bias: true), .activation(.gelu(approximation: .none)),
        .dropout(rate: 0.1), .linear(units: 32, bias: true),
      ]), .batchNorm(momentum: 0.1, epsilon: 1e-5), .activation(.silu), .linear(units: 10, bias: true),
    ], loss: .softmaxCrossEntropy, inputFeatures: 16, targetColumns: 1, targetKind: .classes)

  @Test func everyInstructionHasAPrice() throws {
    try Self.withBench { bench in
      let plan = try bench.plan(Self.network, rows: 64, strategy: .sqrt)
      let source = try bench.source()
      let priced = try bench.price(source, plan, of: Self.network)
      for work in priced.works.works { #expect(try #require(work.seconds) > 0, "\(work.key.text)") }
      #expect(source.counts.measured > 20 && source.counts.known == 0)
      #expect(source.counts.measured + source.counts.reckoned == priced.works.works.count)
      let prediction = priced.prediction(of: plan, stageCount: 5)
      #expect(prediction.forwardSeconds > 0 && prediction.recomputeSeconds > 0)
      #expect(prediction.recomputeSeconds < prediction.backwardSeconds)
    }
  }

  @Test func threadsWithRowsOfTheirOwnAreMeasuredSideBySide() throws {
    try Self.withBench { bench in
      let layers: [LayerDescription] = [.linear(units: 16, bias: true), .activation(.tanh)]
      let network = NetworkDescription(
        layers: Array(repeating: layers, count: 6).flatMap(\.self), loss: .meanSquaredError, inputFeatures: 16,
        targetColumns: 16)
      let plan = try bench.plan(network, rows: 8, parts: 2)
      let cache = CostCache(folder: folder.path, identity: CostCacheTests.identity)
      let source = try bench.source(parts: 2, cache: cache)
      let priced = try bench.price(source, plan, of: network)
      #expect(source.counts.measured > 4 && priced.works.works.allSatisfy { $0.seconds ?? 0 > 0 })
      source.store()
      guard case .costs(let kept) = cache.read() else {
        Issue.record("nothing was kept")
        return
      }
      #expect(kept.keys.count { $0.hasSuffix(" one of 2") } == priced.works.works.count)
    }
  }

  /// A second run measures nothing and has the same prices.
  @Test func whatWasMeasuredIsNotMeasuredAgain() throws {
    try Self.withBench { bench in
      let cache = CostCache(folder: folder.path, identity: CostCacheTests.identity)
      let plan = try bench.plan(Self.network, rows: 32)
      let first = try bench.source(cache: cache)
      let priced = try bench.price(first, plan, of: Self.network)
      first.store()
      let second = try bench.source(cache: cache, wait: { fatalError("nothing is measured") })
      let again = try bench.price(second, plan, of: Self.network)
      #expect(second.counts == CostSource.Counts(known: priced.works.works.count, measured: 0, reckoned: 0))
      #expect(second.spentNanoseconds == 0)
      #expect(again.works == priced.works && again.table == priced.table)
      #expect(first.problems.isEmpty && second.problems.isEmpty)
      // A plan with other works adds to the file.
      let other = try bench.plan(Self.network, rows: 48)
      let third = try bench.source(cache: cache)
      _ = try bench.price(third, other, of: Self.network)
      third.store()
      #expect(third.counts.measured > 0)
      let fourth = try bench.source(cache: cache)
      _ = try bench.price(fourth, plan, of: Self.network)
      _ = try bench.price(fourth, other, of: Self.network)
      #expect(fourth.counts.measured == 0)
    }
  }

  /// What instructions were seen to take replaces kept costs, wholly or in part, and nothing else.
  @Test(arguments: [1.0, 0.5]) func aRunCorrectsKeptCosts(weight: Double) throws {
    try Self.withBench { bench in
      let cache = CostCache(folder: folder.path, identity: CostCacheTests.identity)
      let plan = try bench.plan(Self.network, rows: 32)
      let source = try bench.source(cache: cache)
      let priced = try bench.price(source, plan, of: Self.network)
      source.store()
      let isKept = try source.correct(
        plan, secondsOfInstruction: priced.works.workOfInstruction.map { Double($0 + 1) }, weight: weight)
      #expect(isKept)
      let later = try bench.source(cache: cache, wait: { fatalError("nothing is measured") })
      let corrected = try bench.price(later, plan, of: Self.network)
      for (index, (old, new)) in zip(priced.works.works, corrected.works.works).enumerated() {
        let known = try #require(old.seconds)
        let expected = weight * Double(index + 1) + (1 - weight) * known
        // What the loop takes for an instruction is no part of its work.
        #expect(abs(try #require(new.seconds) - expected) < 1e-4, "\(old.key.text)")
      }
      #expect(later.problems.isEmpty)
    }
  }

  @Test func costsOfABusyMachineAreNotKept() throws {
    try Self.withBench { bench in
      let cache = CostCache(folder: folder.path, identity: CostCacheTests.identity)
      var waited: UInt64 = 0
      let source = try bench.source(cache: cache) {
        waited += 1_000_000_000
        return waited
      }
      let plan = try bench.plan(Self.network, rows: 32)
      let priced = try bench.price(source, plan, of: Self.network)
      source.store()
      #expect(source.wasDisturbed && cache.read() == .absent)
      #expect(priced.works.works.allSatisfy { $0.seconds ?? 0 > 0 })
    }
  }

  @Test func aCacheThatCannotBeUsedIsAProblemAndNoFailure() throws {
    try Self.withBench { bench in
      try folder.write(Array("no costs\n".utf8), as: "file")
      let plan = try bench.plan(Self.network, rows: 32)
      // The folder is a file.
      let source = try bench.source(cache: CostCache(folder: folder.file("file"), identity: CostCacheTests.identity))
      let priced = try bench.price(source, plan, of: Self.network)
      source.store()
      #expect(source.problems.count == 1 && source.problems[0].contains("cannot be kept"), "\(source.problems)")
      #expect(priced.works.works.allSatisfy { $0.seconds ?? 0 > 0 })
      // The file is spoiled, and good again afterwards.
      let cache = CostCache(folder: folder.path, identity: CostCacheTests.identity)
      try writeFileWhole([0xFF, 0x0A], toPath: cache.path)
      let spoiled = try bench.source(cache: cache)
      #expect(spoiled.problems.count == 1)
      _ = try bench.price(spoiled, plan, of: Self.network)
      spoiled.store()
      guard case .costs = cache.read() else {
        Issue.record("the spoiled file was not replaced")
        return
      }
    }
  }

  /// Neither without time nor without memory does planning fail.
  @Test(arguments: [(0.0, 16 << 20), (0.1, 0), (0.1, 4096)])
  func whatCannotBeMeasuredIsReckoned(seconds: Double, scratchBytes: Int) throws {
    try Self.withBench { bench in
      let source = try bench.source(seconds: seconds, scratchBytes: scratchBytes)
      let plan = try bench.plan(Self.network, rows: 64)
      let priced = try bench.price(source, plan, of: Self.network)
      #expect(source.counts.reckoned > 0)
      #expect(priced.works.works.allSatisfy { $0.seconds ?? 0 > 0 })
    }
  }

  @Test func largeShapesAreMeasuredOnFewerRows() throws {
    try Self.withBench { bench in
      // 2.7 x 10^9 operations a product, more memory than there is.
      let layers: [LayerDescription] = [.linear(units: 512, bias: true), .activation(.relu)]
      let network = NetworkDescription(
        layers: Array(repeating: layers, count: 3).flatMap(\.self), loss: .meanSquaredError, inputFeatures: 512,
        targetColumns: 512)
      let plan = try bench.plan(network, rows: 5120)
      let source = try bench.source(seconds: 0.2, scratchBytes: 24 << 20)
      let priced = try bench.price(source, plan, of: network)
      #expect(source.counts.measured > 0)
      // Had the time of fewer rows not been scaled up, hidden layers would take less than arithmetic can.
      let products = priced.works.works.filter { $0.operation == .linearInputGradient && $0.inputs[0].rows == 5120 }
      #expect(!products.isEmpty)
      for product in products { #expect(try #require(product.seconds) > 2.7e9 / 5e13) }
    }
  }

  @Test func everyWantedWorkIsInOneWindow() throws {
    try Self.withBench { bench in
      let plan = try bench.plan(Self.network, rows: 16, strategy: .sqrt)
      let works = PlanWorks(
        of: plan, residence: OperandResidence(of: plan, cacheByteCount: 1 << 14, optimizerStateCount: 0))
      var random = SplitMix64(seed: 1)
      for wanted in [
        Array(repeating: true, count: works.works.count), works.works.map { _ in .random(using: &random) },
      ] {
        let windows = costWindows(of: plan, works: works, isWanted: wanted, rates: .generated)
        let covered = windows.flatMap(\.instructions).map { works.workOfInstruction[$0] }
        #expect(covered.sorted() == wanted.indices.filter { wanted[$0] })
        for window in windows { #expect(Set(window.instructions.map { plan.instructions[$0].stage }).count == 1) }
      }
    }
  }
}
