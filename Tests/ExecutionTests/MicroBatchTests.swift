import Checkpointing
import ComputationGraph
import ExecutionPlanning
import Kernels
import Testing
import TestSupport
import Training

/// A batch in micro-batches: the batch's gradients, in the memory of one micro-batch.
@Suite struct MicroBatchTests {
  private func trial(
    _ network: NetworkDescription, batch: Int, microBatch: Int, strategy: Strategy = .none, seed: UInt64
  ) throws -> SessionTrial<Double> {
    try SessionTrial(
      network, sizes: BatchSizes(training: batch, microBatch: microBatch), strategy: strategy, seed: seed,
      library: ReferenceKernels(), team: .single)
  }

  /// Dropout masks and the loss's weights are the whole batch's, or the gradients would differ by far more.
  @Test(arguments: 0..<60)
  func gradientsAreThoseOfTheWholeBatchToRounding(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 7, elementType: .float64, batchNorm: false)
    let whole = try trial(network, batch: 13, microBatch: 13, seed: seed)
    #expect(whole.gradients.allSatisfy { $0.allSatisfy(\.isFinite) })
    for microBatch in [1, 3, 6, 12] {
      let split = try trial(network, batch: 13, microBatch: microBatch, seed: seed)
      #expect(abs(split.loss - whole.loss) <= 1e-14 * abs(whole.loss), "seed \(seed), \(microBatch) rows")
      let difference = relativeDifference(split.gradients, whole.gradients)
      #expect(difference <= 1e-12, "seed \(seed), \(microBatch) rows: \(difference)")
    }
  }

  @Test(arguments: 0..<30)
  func gradientsOfFastKernelsAreEqualUnderEveryScheduleInThePlannedBytes(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .float32)
    let team = ThreadTeam(threadCount: 2)
    let library = try OneDNNKernels(team: team)
    let sizes = BatchSizes(training: 40, microBatch: 16)
    func trial(_ strategy: Strategy) throws -> SessionTrial<Float> {
      try SessionTrial(network, sizes: sizes, strategy: strategy, seed: seed, library: library, team: team)
    }
    let keepAll = try trial(.none)
    #expect(keepAll.gradients.allSatisfy { $0.allSatisfy(\.isFinite) })
    for strategy in [Strategy.sqrt, .recursive, .revolve(2), .mixed(3)] {
      let other = try trial(strategy)
      #expect(other.gradients == keepAll.gradients, "seed \(seed), \(strategy)")
      #expect(other.runningStatistics == keepAll.runningStatistics, "seed \(seed), \(strategy)")
      #expect(other.mismatchCount == 0, "seed \(seed), \(strategy)")
      #expect(other.measuredPeakBytes == other.plans.peakByteCount, "seed \(seed), \(strategy)")
      #expect((other.comparisonCount > 0) == other.plans.recomputes, "seed \(seed), \(strategy)")
      let isDeep = other.plans.stages.stages.count >= 4
      #expect(other.plans.recomputes || strategy == .none || !isDeep, "seed \(seed), \(strategy)")
    }
  }

  @Test func smallerMicroBatchesNeedLessMemory() throws {
    let network = NetworkDescription(
      layers: [.repeated(count: 12, layers: [.linear(units: 32, bias: true), .activation(.tanh)])],
      loss: .meanSquaredError, inputFeatures: 32, targetColumns: 32, elementType: .float64)
    var peaks: [Int] = []
    for microBatch in [64, 32, 10] {
      let trial = try trial(network, batch: 64, microBatch: microBatch, strategy: .sqrt, seed: 1)
      #expect(trial.measuredPeakBytes == trial.plans.peakByteCount)
      #expect(trial.comparisonCount > 0)
      peaks.append(trial.measuredPeakBytes)
    }
    #expect(peaks[1] * 2 == peaks[0])
    #expect(peaks[2] * 3 < peaks[1])
  }

  /// Statistics, and therefore gradients, are each micro-batch's own, and the running ones move once for each.
  @Test(arguments: 0..<20)
  func batchNormSeesMicroBatches(seed: UInt64) throws {
    let network = NetworkDescription(
      layers: [
        .linear(units: 5, bias: true), .batchNorm(momentum: 0.2, epsilon: 1e-3), .activation(.tanh),
        .linear(units: 4, bias: false), .batchNorm(momentum: 0.1, epsilon: 1e-3), .activation(.sigmoid),
        .linear(units: 3, bias: true),
      ],
      loss: .meanSquaredError, inputFeatures: 4, targetColumns: 3, elementType: .float64)
    let split = try trial(network, batch: 12, microBatch: 4, seed: seed)
    var sum: [[Double]] = split.gradients.map { $0.map { _ in 0 } }
    var means: [Double] = []
    for rows in 12.slices(of: 4) {
      let part = try SessionTrial<Double>(
        network, sizes: BatchSizes(training: 4), rows: rows, seed: seed, library: ReferenceKernels(), team: .single)
      for (index, gradient) in part.gradients.enumerated() {
        for entry in gradient.indices { sum[index][entry] += gradient[entry] / 3 }
      }
      // The running mean begins at 0 and moves by a fifth towards the micro-batch's.
      means.append(part.runningStatistics[0][0] / 0.2)
    }
    #expect(relativeDifference(split.gradients, sum) <= 1e-13)
    let expected = means.reduce(0) { $0 * 0.8 + $1 * 0.2 }
    #expect(abs(split.runningStatistics[0][0] - expected) <= 1e-14)
  }

  @Test(arguments: [
    (BatchSizes(training: 10), [10]), (BatchSizes(training: 10, microBatch: 4), [4, 2]),
    (BatchSizes(training: 10, microBatch: 5), [5]), (BatchSizes(training: 10, microBatch: 30), [10]),
    (BatchSizes(training: 10, microBatch: 4, lastTraining: 7), [4, 2, 3]),
    (BatchSizes(training: 10, microBatch: 4, lastTraining: 2), [4, 2]),
    (BatchSizes(training: 10, lastTraining: 3), [10, 3]),
    (
      BatchSizes(batchSize: 32, microBatchSize: 8, trainingSamples: 100, validationSamples: 20, iterations: 9), [8, 4]
    ),
  ])
  func everyMicroBatchHasAPlan(sizes: BatchSizes, rows: [Int]) {
    #expect(sizes.microBatchRows == rows)
  }

  @Test func aShorterLastBatchIsSplitToo() throws {
    let network = NetworkDescription.random(seed: 8, depth: 5, elementType: .float64, batchNorm: false)
    let whole = try trial(network, batch: 7, microBatch: 7, seed: 8)
    let split = try SessionTrial<Double>(
      network, sizes: BatchSizes(training: 20, microBatch: 4, lastTraining: 7), rows: 0..<7, seed: 8,
      library: ReferenceKernels(), team: .single)
    #expect(relativeDifference(split.gradients, whole.gradients) <= 1e-12)
  }
}
