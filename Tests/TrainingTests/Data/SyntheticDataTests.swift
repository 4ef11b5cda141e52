import Testing

import Training

@Suite struct SyntheticDataTests {
  private func data(
    samples: Int = 500, features: Int = 7, task: SampleTask = .regression, outputs: Int = 3, seed: UInt64 = 1,
    noise: Double = 0
  ) -> SyntheticData {
    SyntheticData(
      sampleCount: samples, featureCount: features, task: task, outputCount: outputs, seed: seed, noise: noise)
  }

  @Test func isTheSameInBothPrecisionsUpToRounding() throws {
    let wide: Samples<Double> = try data(noise: 0.5).samples()
    let narrow: Samples<Float> = try data(noise: 0.5).samples()
    #expect(try narrow.features == wide.features.map { Float($0) })
    #expect(try narrow.targets == wide.targets.map { Float($0) })
    let labels: Samples<Double> = try data(task: .classification, outputs: 5).samples()
    let narrowLabels: Samples<Float> = try data(task: .classification, outputs: 5).samples()
    #expect(try narrowLabels.targets == labels.targets.map { Float($0) })
  }

  @Test func moreSamplesBeginWithTheSameOnes() throws {
    let few: Samples<Double> = try data(samples: 10, noise: 0.1).samples()
    let many: Samples<Double> = try data(samples: 20, noise: 0.1).samples()
    #expect(try few.features[...] == many.features[..<70])
    #expect(try few.targets[...] == many.targets[..<30])
    let other: Samples<Double> = try data(samples: 10, seed: 2, noise: 0.1).samples()
    #expect(try zip(few.features, other.features).allSatisfy { $0 != $1 })
    #expect(try zip(few.targets, other.targets).allSatisfy { $0 != $1 })
  }

  @Test func featuresAndTargetsHaveTheStatedMoments() throws {
    let samples: Samples<Double> = try data(samples: 20_000, features: 5, outputs: 40).samples()
    func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
      let mean = values.reduce(0, +) / Double(values.count)
      return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
    }
    let features = moments(try samples.features)
    #expect(abs(features.mean) < 0.016)
    #expect(abs(features.variance - 1) < 0.023)
    // E tanh²(2 z) = 0.59 for the average teacher; the forty outputs of this one share its hidden units.
    let targets = moments(try samples.targets)
    #expect(abs(targets.mean) < 0.05)
    #expect((0.3...0.9).contains(targets.variance), "\(targets.variance)")
  }

  @Test func noiseAddsItsVariance() throws {
    let clean: Samples<Double> = try data(samples: 5000).samples()
    let noisy: Samples<Double> = try data(samples: 5000, noise: 0.3).samples()
    #expect(try clean.features == noisy.features)
    let differences = try zip(clean.targets, noisy.targets).map { $1 - $0 }
    let variance = differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count)
    // Fifteen thousand draws: five standard errors of the variance are 5 sqrt(2 / 15000) of it.
    #expect(abs(variance / 0.09 - 1) < 0.058)
  }

  @Test func everyClassOccurs() throws {
    for seed in 0..<10 as Range<UInt64> {
      let samples: Samples<Float> = try data(samples: 2000, task: .classification, outputs: 10, seed: seed).samples()
      #expect(samples.classCount == 10, "seed \(seed)")
      #expect(samples.targetCount == 1)
      try samples.checkTargets(outputUnits: 10)
    }
  }

  @Test(arguments: [
    (0, 1, SampleTask.regression, 1, 0.0, "synthetic data need at least 1 of samples; found 0"),
    (1, -2, .regression, 1, 0, "synthetic data need at least 1 of features; found -2"),
    (1, 1, .regression, 0, 0, "synthetic data need at least 1 of outputs; found 0"),
    (1, 1, .regression, 1, -0.5, "the noise of synthetic data is a finite number not below 0; found -0.5"),
    (1, 1, .regression, 1, .nan, "the noise of synthetic data is a finite number not below 0; found nan"),
    (1, 1, .classification, 1, 0, "synthetic classification needs at least 2 outputs (classes); found 1"),
    (1, 1, .multilabel, 1, 0, "synthetic data are for regression or classification, not multilabel"),
    (1, .max, .regression, 1, 0, "synthetic data have at most 16777216 features; found 9223372036854775807"),
    (1, 1, .regression, 1 << 25, 0, "synthetic data have at most 16777216 outputs; found 33554432"),
    (
      .max, 1, .regression, 1, 0,
      "9223372036854775807 synthetic samples of 1 features and 1 outputs are more than 17179869184 numbers, the most "
        + "that can be made"
    ),
    (
      1 << 20, 1 << 14, .regression, 1, 0,
      "1048576 synthetic samples of 16384 features and 1 outputs are more than 17179869184 numbers, the most that can "
        + "be made"
    ),
  ]) func explains(
    samples: Int, features: Int, task: SampleTask, outputs: Int, noise: Double, message: String
  ) throws {
    let error = try #require(throws: DataRequestError.self) {
      let _: Samples<Float> = try data(
        samples: samples, features: features, task: task, outputs: outputs, noise: noise
      ).samples()
    }
    #expect(error.description == message)
  }
}
