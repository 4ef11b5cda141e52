import Checkpointing
import ComputationGraph
import ExecutionPlanning
import Kernels
import RandomNumbers
import Testing
import TestSupport
import Training

/// Threads that carry rows of their own through the network: the gradients of the whole batch, whoever runs them.
@Suite struct BatchSplitTests {
  @Test(arguments: 0..<60)
  func gradientsAreThoseOfTheWholeBatchToRounding(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 7, elementType: .float64, batchNorm: false)
    let team = ThreadTeam(threadCount: 2)
    func trial(_ split: BatchSplit, microBatch: Int? = nil) throws -> SessionTrial<Double> {
      try SessionTrial(
        network, sizes: BatchSizes(training: 13, microBatch: microBatch), split: split, seed: seed,
        library: ReferenceKernels(), team: team)
    }
    let whole = try trial(.none)
    for (partCount, microBatch) in [(2, nil), (3, nil), (20, nil), (2, 5), (4, 7)] {
      let split = try trial(BatchSplit(partCount: partCount), microBatch: microBatch)
      #expect(abs(split.loss - whole.loss) <= 1e-14 * abs(whole.loss), "seed \(seed), \(partCount) parts")
      let difference = relativeDifference(split.gradients, whole.gradients)
      #expect(difference <= 1e-12, "seed \(seed), \(partCount) parts, \(microBatch ?? 13) rows: \(difference)")
      let square = split.gradients.joined().reduce(0) { $0 + $1 * $1 }
      #expect(abs((split.squaredGradientNorm ?? .nan) - square) <= 1e-13 * square, "seed \(seed)")
    }
  }

  /// The same parts on two threads at once and one after another on the calling thread: any race would show.
  @Test(arguments: 0..<100)
  func threadsDoNotDisturbOneAnother(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .float32, batchNorm: false)
    let split = BatchSplit(partCount: 2 + Int(seed % 3))
    let sizes = BatchSizes(training: 37, microBatch: seed.isMultiple(of: 2) ? nil : 16)
    func trial(threadCount: Int, runs: Int) throws -> SessionTrial<Float> {
      let team = ThreadTeam(threadCount: threadCount)
      return try SessionTrial(
        network, sizes: sizes, split: split, strategy: .sqrt, runs: runs, seed: seed,
        library: OneDNNKernels(team: team), team: team)
    }
    let alone = try trial(threadCount: 1, runs: 1)
    let together = try trial(threadCount: 2, runs: 5)
    #expect(alone.gradients.allSatisfy { $0.allSatisfy(\.isFinite) })
    #expect(together.gradients == alone.gradients, "seed \(seed)")
    #expect(together.loss == alone.loss, "seed \(seed)")
    #expect(together.mismatchCount == 0 && alone.mismatchCount == 0)
  }

  @Test(arguments: 0..<30)
  func gradientsAreEqualUnderEveryScheduleInThePlannedBytes(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .float32, batchNorm: false)
    let team = ThreadTeam(threadCount: 2)
    let library = try OneDNNKernels(team: team)
    func trial(_ strategy: Strategy) throws -> SessionTrial<Float> {
      try SessionTrial(
        network, sizes: BatchSizes(training: 33), split: BatchSplit(partCount: 2), strategy: strategy, seed: seed,
        library: library, team: team)
    }
    let keepAll = try trial(.none)
    for strategy in [Strategy.none, .sqrt, .recursive, .revolve(2), .mixed(3)] {
      let other = try trial(strategy)
      #expect(other.gradients == keepAll.gradients, "seed \(seed), \(strategy)")
      #expect(other.mismatchCount == 0, "seed \(seed), \(strategy)")
      #expect(other.measuredPeakBytes == other.plans.peakByteCount, "seed \(seed), \(strategy)")
      #expect(other.plans.keepAllByteCount == keepAll.plans.peakByteCount, "seed \(seed), \(strategy)")
      #expect((other.comparisonCount > 0) == other.plans.recomputes, "seed \(seed), \(strategy)")
      let isDeep = other.plans.stages.stages.count >= 4
      #expect(other.plans.recomputes || strategy == .none || !isDeep, "seed \(seed), \(strategy)")
      #expect(other.plans.gradientCopyCount == 1)
    }
  }

  /// One part has every byte of the budget, parts of unequal rows share them as the best schedule needs them: in those
  /// of a named one the optimum is no slower, and what they take together is within the budget.
  @Test(arguments: 0..<24, [1, 2])
  func partsShareABudgetWell(seed: UInt64, partCount: Int) throws {
    let network = NetworkDescription.activationChain(seed: seed)
    func plans(_ strategy: Strategy, _ budget: ByteSize? = nil) throws -> TrainingPlans {
      try TrainingPlans(
        network: network, sizes: BatchSizes(training: 37), split: BatchSplit(partCount: partCount), strategy: strategy,
        activationBudget: budget, library: ReferenceKernels())
    }
    for strategy in [Strategy.none, .recursive, .every(1), .revolve(3), .mixed(2)] {
      let named = try plans(strategy)
      let optimum = try plans(.optimal, .bytes(named.peakByteCount))
      #expect(optimum.peakByteCount <= named.peakByteCount, "seed \(seed), \(strategy)")
      #expect(optimum.certificate.seconds <= named.certificate.seconds * (1 + 1e-12), "seed \(seed), \(strategy)")
      let bound = optimum.chain.leastSeconds(withinBytes: named.peakByteCount)
      #expect(bound <= optimum.certificate.seconds * (1 + 1e-12), "seed \(seed), \(strategy)")
    }
  }

  /// Networks whose plans need less than is counted: more bytes never take longer, and the next faster plan comes in the
  /// bytes that are named for it; where parts have equal rows not a byte before, where they have not at the latest.
  @Test(arguments: 0..<24, [(36, 1), (36, 2), (37, 2), (37, 3)])
  func partsWalkTheFrontOfTheirPlans(seed: UInt64, split: (rows: Int, partCount: Int)) throws {
    var network = NetworkDescription.random(seed: seed, depth: 9, elementType: .float32, batchNorm: false)
    network.roundsKept = seed.isMultiple(of: 3)
    func plans(_ budget: ByteSize) throws -> TrainingPlans {
      try TrainingPlans(
        network: network, sizes: BatchSizes(training: split.rows), split: BatchSplit(partCount: split.partCount),
        strategy: .optimal, activationBudget: budget, library: ReferenceKernels())
    }
    let isEven = split.rows.isMultiple(of: split.partCount)
    var at = try plans(.minimum)
    for _ in 0..<12 {
      guard let next = at.certificate.neighbours.faster else { break }
      let before = try plans(.bytes(next.byteCount - 1))
      #expect(before.certificate.seconds <= at.certificate.seconds, "seed \(seed)")
      if isEven { #expect(before.certificate.seconds == at.certificate.seconds, "seed \(seed)") }
      at = try plans(.bytes(next.byteCount))
      #expect(at.certificate.seconds <= min(next.seconds, before.certificate.seconds), "seed \(seed)")
      #expect(at.peakByteCount <= next.byteCount, "seed \(seed)")
      if isEven {
        #expect(at.certificate.seconds == next.seconds && at.peakByteCount == next.byteCount, "seed \(seed)")
      }
    }
  }

  /// Parts of fewer rows take no bytes that gain no time: where a larger budget gives no plans of which the slowest is
  /// faster, the peak is hardly ever higher.
  @Test func bytesThatGainNothingAreLeft() throws {
    var higher = 0
    for (seed, partCount) in (0..<12 as Range<UInt64>).flatMap({ seed in [2, 3].map { (seed, $0) } }) {
      let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .float32, batchNorm: false)
      func plans(_ budget: ByteSize) throws -> TrainingPlans {
        try TrainingPlans(
          network: network, sizes: BatchSizes(training: 37), split: BatchSplit(partCount: partCount),
          strategy: .optimal, activationBudget: budget, library: ReferenceKernels())
      }
      func secondsOfSlowest(_ plans: TrainingPlans) throws -> Double {
        try plans.microBatches[0].parts.reduce(0) { slowest, part in
          let planner = try TrainingPlans.planner(of: network, rows: part.rows.count, library: ReferenceKernels())
          return max(slowest, planner.seconds(of: part.plan))
        }
      }
      var last = try plans(.minimum)
      for step in 1...12 {
        let next = try plans(.bytes(last.minimumFeasibleByteCount * (32 + step) / 32))
        let isNoFaster = try secondsOfSlowest(next) == secondsOfSlowest(last)
        if isNoFaster, next.peakByteCount > last.peakByteCount { higher += 1 }
        last = next
      }
    }
    #expect(higher <= 2)
  }

  @Test(arguments: [
    (1, 10, [0..<10]), (2, 10, [0..<5, 5..<10]), (3, 10, [0..<4, 4..<7, 7..<10]), (4, 3, [0..<1, 1..<2, 2..<3]),
    (2, 1, [0..<1]),
  ])
  func rowsAreDividedEvenly(partCount: Int, rows: Int, parts: [Range<Int>]) {
    #expect(BatchSplit(partCount: partCount).parts(of: rows) == parts)
  }

  /// All rows in one part: every byte of the budget, in whole cache lines. In several: no more than the budget
  /// together.
  @Test func sharesSpendTheBudget() {
    var random = SplitMix64(seed: 5)
    for _ in 0..<2000 {
      let needed = (0..<3).map { _ in Int.random(in: 1...1 << 20, using: &random) * 64 }
      let keepAll = needed.map { $0 + Int.random(in: 0...1 << 40, using: &random) }
      let budget = needed.reduce(0, +) + Int.random(in: 0...1 << 41, using: &random) / 64 * 64
      let own = BatchSplit.share(of: budget, part: 0, needed: [needed[0]], keepAll: [keepAll[0]])
      #expect(own == budget, "of \(budget) with \(needed[0]) and \(keepAll[0])")
      let shares = (0..<3).map { BatchSplit.share(of: budget, part: $0, needed: needed, keepAll: keepAll) }
      #expect(shares.reduce(0, +) <= budget)
      #expect(shares.reduce(0, +) > budget - 3 * 64 - 3, "rounding alone is lost")
    }
    #expect(BatchSplit.share(of: .max, part: 0, needed: [64], keepAll: [.max]) <= .max)
  }

  /// Parts stand one above the other, each at a multiple of a cache line.
  @Test func thePartsHaveTheArenaToThemselves() throws {
    let network = NetworkDescription(
      layers: [.linear(units: 7, bias: true), .activation(.tanh), .linear(units: 3, bias: true)],
      loss: .meanSquaredError, inputFeatures: 5, targetColumns: 3)
    let plans = try TrainingPlans(
      network: network, sizes: BatchSizes(training: 11, validation: 7), split: BatchSplit(partCount: 3),
      strategy: .none, library: OneDNNKernels(team: ThreadTeam(threadCount: 2)))
    for slice in plans.slices {
      var end = 0
      for part in slice.parts {
        #expect(part.arenaOffset == end && end % 64 == 0)
        #expect(part.plan.graph.batchRows == part.rows.count)
        end += part.plan.peakByteCount
      }
      #expect(slice.peakByteCount == end)
    }
    #expect(plans.stagedRows == [4, 4, 3])
  }

  private func plain(
    depth: Int, width: Int, elementType: ElementType = .float32, extra: [LayerDescription] = []
  ) -> NetworkDescription {
    NetworkDescription(
      layers: [
        .repeated(count: depth, layers: [.linear(units: width, bias: true), .activation(.tanh)] + extra),
        .linear(units: 10, bias: true),
      ],
      loss: .meanSquaredError, inputFeatures: width, targetColumns: 10, elementType: elementType)
  }

  /// By shapes, element type, batch norm and thread count.
  @Test func smallLayersAndTallBatchesAreDividedAndLargeLayersAreNot() throws {
    func parts(_ network: NetworkDescription, rows: Int, threads: Int = 2) throws -> Int {
      try BatchSplit(for: network, rows: rows, threads: threads).partCount
    }
    #expect(try parts(plain(depth: 64, width: 128), rows: 16) == 2)
    #expect(try parts(plain(depth: 64, width: 128), rows: 16, threads: 1) == 1)
    #expect(try parts(plain(depth: 64, width: 128), rows: 16, threads: 8) == 1)
    #expect(try parts(plain(depth: 4, width: 512), rows: 512) == 1)
    #expect(try parts(plain(depth: 64, width: 128, elementType: .float64), rows: 16) == 1)
    let norm = plain(depth: 64, width: 128, extra: [.batchNorm(momentum: 0.1, epsilon: 1e-5)])
    #expect(try parts(norm, rows: 16) == 1)
    #expect(try parts(plain(depth: 64, width: 64, extra: [.layerNorm(epsilon: 1e-5)]), rows: 16) == 2)
    let hasTiles = OneDNN.instructionSet.hasAVX512
    #expect(try parts(plain(depth: 4, width: 256), rows: 4096) == (hasTiles ? 2 : 1))
    let narrowHasTiles = OneDNN.instructionSet.multipliesBFloat16
    #expect(try parts(plain(depth: 4, width: 256, elementType: .bfloat16), rows: 4096) == (narrowHasTiles ? 2 : 1))
    #expect(try parts(plain(depth: 4, width: 256), rows: 4096, threads: 1) == 1)
    #expect(try parts(plain(depth: 4, width: 512), rows: 4096) == 1)
    // 3 copies of 266 thousand gradients are too many for 4 million values.
    #expect(try parts(plain(depth: 4, width: 256), rows: 4096, threads: 4) == 1)
    #expect(try parts(plain(depth: 4, width: 256), rows: 8192, threads: 16) == 1)
  }
}
