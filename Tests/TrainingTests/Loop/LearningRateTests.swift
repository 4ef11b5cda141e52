import Configuration
import Testing
import Training

/// Learning rates against the formulas' values, worked out by hand.
@Suite struct LearningRateTests {
  /// The rates of a whole run.
  private func rates(
    _ shape: LearningRateSchedule.Shape, warmup: Int = 0, total: Int, iterationsPerEpoch: Int = 1, base: Double = 0.8
  ) -> [Double] {
    let schedule = LearningRateSchedule(shape: shape, warmupIterations: warmup)
    return (0..<total).map {
      schedule.rate(base: base, iteration: $0, totalIterations: total, epoch: $0 / iterationsPerEpoch)
    }
  }

  private func expect(_ found: [Double], equal expected: [Double]) {
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      #expect(abs(found - expected) < 1e-15, "\(found), not \(expected)")
    }
  }

  @Test func constant() {
    expect(rates(.constant, total: 3), equal: [0.8, 0.8, 0.8])
    expect(rates(.constant, warmup: 4, total: 6), equal: [0.2, 0.4, 0.6, 0.8, 0.8, 0.8])
  }

  @Test func stepsCountWholeEpochs() {
    expect(
      rates(.step(every: 2, factor: 0.5), total: 10, iterationsPerEpoch: 2),
      equal: [0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.2, 0.2])
    expect(
      rates(.step(every: 1, factor: 0.5), warmup: 2, total: 6, iterationsPerEpoch: 2),
      equal: [0.4, 0.8, 0.4, 0.4, 0.2, 0.2])
  }

  /// Half a wave from the rate down to the minimum: 1, (1 + cos 45°)/2, 1/2, (1 - cos 45°)/2 of the way.
  @Test func cosine() {
    let eighth = 0.5.squareRoot()
    expect(
      rates(.cosine(minimum: 0), total: 4), equal: [0.8, 0.4 * (1 + eighth), 0.4, 0.4 * (1 - eighth)])
    expect(
      rates(.cosine(minimum: 0.2), warmup: 2, total: 6),
      equal: [0.4, 0.8, 0.8, 0.2 + 0.3 * (1 + eighth), 0.5, 0.2 + 0.3 * (1 - eighth)])
  }

  @Test func linear() {
    expect(rates(.linear, total: 4), equal: [0.8, 0.6, 0.4, 0.2])
    expect(rates(.linear, warmup: 1, total: 5), equal: [0.8, 0.8, 0.6, 0.4, 0.2])
  }

  @Test func aRunShorterThanItsWarmupOnlyRises() {
    for shape in [LearningRateSchedule.Shape.constant, .cosine(minimum: 0), .linear, .step(every: 1, factor: 0.5)] {
      expect(rates(shape, warmup: 8, total: 3), equal: [0.1, 0.2, 0.3])
    }
  }
}
