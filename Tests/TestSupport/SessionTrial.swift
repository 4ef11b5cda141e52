import ArenaMemory
package import Checkpointing
package import ComputationGraph
import Execution
import ExecutionPlanning
package import Kernels
import SystemCalls
package import Training

/// One batch differentiated by a whole session, its recomputations verified and its discarded bytes poisoned.
package struct SessionTrial<Element: TrainingElement> {
  package let loss: Double
  package let gradients: [[Element]]
  /// Where threads had rows of their own.
  package let squaredGradientNorm: Double?
  package let runningStatistics: [[Element]]
  package let plans: TrainingPlans
  package let measuredPeakBytes: Int
  package let mismatchCount: Int
  /// Values that were computed again and compared.
  package let comparisonCount: Int

  /// - Parameters:
  ///   - rows: which of the synthetic samples, `sizes.training` or `sizes.lastTraining` of them.
  ///   - runs: how often the batch is differentiated; the last time counts.
  package init(
    _ network: NetworkDescription, sizes: BatchSizes, split: BatchSplit = .none, rows: Range<Int>? = nil,
    strategy: Strategy = .none, runs: Int = 1, seed: UInt64, library: any KernelLibrary, team: ThreadTeam
  ) throws {
    precondition(
      network.elementType.accumulationType == Element.elementType, "the network's parameters are the trial's elements")
    let isClassification = network.loss == .softmaxCrossEntropy
    let graph = try Graph(network, batchRows: 1, mode: .training)
    let samples: Samples<Element> = try SyntheticData(
      sampleCount: max(sizes.training, rows?.upperBound ?? 0), featureCount: network.inputFeatures,
      task: isClassification ? .classification : .regression, outputCount: graph[graph.prediction].shape.columns,
      seed: seed, noise: 0.5
    ).samples()
    plans = try TrainingPlans(
      network: network, sizes: sizes, split: split, strategy: strategy, library: library)
    let session = try NetworkSession(
      plans: plans, samples: samples, optimizerStateCount: 0, library: library, team: team)
    try initializeParameters(of: session.storage, by: nil, seed: seed)
    try session.arena.poison(offset: 0, byteCount: plans.peakByteCount)
    try session.storage.poisonGradients()
    let verifiers = session.makeVerifiers()
    var result = NetworkSession<Element>.Differentiation(loss: 0)
    for _ in 0..<runs {
      result = try session.differentiate(
        rows: Array(rows ?? 0..<sizes.training)[...], context: RunContext(seed: seed, iteration: 3),
        observers: verifiers.map { [$0] })
    }
    loss = result.loss
    squaredGradientNorm = result.squaredGradientNorm
    gradients = try session.storage.parameters.indices.map { try session.storage.gradient(ofParameter: $0) }
    runningStatistics = try session.storage.states.indices.map { try session.storage.values(ofState: $0) }
    measuredPeakBytes = session.arena.measuredPeakBytes
    mismatchCount = verifiers.count { $0.mismatch != nil || $0.failure != nil }
    comparisonCount = verifiers.reduce(0) { $0 + $1.comparisonCount }
  }
}

extension ParameterStorage {
  /// Makes every gradient not-a-number and leaves the gaps between them, which are zero.
  fileprivate func poisonGradients() throws {
    for (parameter, address) in zip(parameters, gradientAddresses) {
      try gradientBlock.fill(
        byte: 0xFF, atByte: Int(address.bitPattern - gradientBlock.address.bitPattern),
        byteCount: parameter.shape.byteCount(of: Element.elementType))
    }
  }
}

extension TrainingPlans {
  /// Whether training computes any value twice.
  package var recomputes: Bool {
    microBatches.contains { slice in
      slice.parts.contains { part in
        part.plan.instructions.contains { $0.phase == .recompute && !$0.outputs.isEmpty }
      }
    }
  }
}

/// The largest |actual - expected| of any parameter's gradient in shares of its |expected|, Euclidean norms. Of a
/// gradient that is next to nothing beside the largest, as in front of a batch norm, in shares of a hundredth of that.
package func relativeDifference<Element: TrainingElement>(
  _ actual: [[Element]], _ expected: [[Element]]
) -> Double {
  guard actual.map(\.count) == expected.map(\.count) else { return .infinity }
  func norm(_ numbers: some Sequence<Double>) -> Double { numbers.reduce(0) { $0 + $1 * $1 }.squareRoot() }
  let scales = expected.map { norm($0.lazy.map { Double($0) }) }
  let least = max(1e-30, (scales.max() ?? 0) / 100)
  let differences = zip(zip(actual, expected), scales).map { gradients, scale in
    norm(zip(gradients.0, gradients.1).lazy.map { Double($0) - Double($1) }) / max(scale, least)
  }
  return differences.allSatisfy(\.isFinite) ? differences.max() ?? 0 : .infinity
}
