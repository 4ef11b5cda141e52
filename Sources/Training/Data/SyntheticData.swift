import Glibc

/// Samples that a fixed random *teacher* network labels: data to learn from without a file.
///
/// ```
/// x  ~ N(0, 1)                                      [features]
/// h  = tanh(W x),     W ~ N(0, 4 / features)        [32]
/// z  = V h + noise e, V ~ N(0, 1 / 32), e ~ N(0, 1) [outputs]
/// regression: the targets are z; classification: the label is the place of the largest z, the first among equals
/// ```
/// The teacher has no biases, so each output is as often positive as negative and no class is rare by design. The
/// pre-activations' deviation of 2 takes tanh well out of its linear part, so a linear model does not fit.
///
/// Every number is a function of the parameters and its own place alone, computed in float64 and rounded once: a data
/// set with more samples begins with the same samples, and float32 and float64 differ by that rounding only (labels
/// not at all).
package struct SyntheticData: Hashable, Sendable {
  package var sampleCount: Int
  package var featureCount: Int
  package var task: SampleTask
  /// Targets of a row, or for classification the number of classes.
  package var outputCount: Int
  package var seed: UInt64
  /// Deviation of what is added to the teacher's outputs.
  package var noise: Double

  /// The teacher's hidden units.
  package static let hiddenUnitCount = 32
  /// The most features and targets in all: 64 GiB in float32.
  package static let elementLimit = 1 << 34

  package init(
    sampleCount: Int, featureCount: Int, task: SampleTask, outputCount: Int, seed: UInt64, noise: Double
  ) {
    self.sampleCount = sampleCount
    self.featureCount = featureCount
    self.task = task
    self.outputCount = outputCount
    self.seed = seed
    self.noise = noise
  }

  /// Features and targets in all.
  ///
  /// - Throws: `DataRequestError` if a count is not positive, the noise is negative or not finite, classification has
  ///   fewer than two classes, the task is multilabel, or the elements are more than `elementLimit`.
  package func elementCount() throws(DataRequestError) -> Int {
    for (name, count) in [("samples", sampleCount), ("features", featureCount), ("outputs", outputCount)] {
      guard count > 0 else { throw DataRequestError("synthetic data need at least 1 of \(name); found \(count)") }
    }
    guard noise >= 0, noise.isFinite else {
      throw DataRequestError("the noise of synthetic data is a finite number not below 0; found \(noise)")
    }
    switch task {
    case .regression: break
    case .classification:
      guard (2...SampleTask.classLimit).contains(outputCount) else {
        throw DataRequestError(
          "synthetic classification needs from 2 to \(SampleTask.classLimit) outputs (classes); found \(outputCount)")
      }
    case .multilabel:
      throw DataRequestError("synthetic data are for regression or classification, not multilabel")
    }
    let (width, carry) = featureCount.addingReportingOverflow(targetCount)
    let (count, overflow) = sampleCount.multipliedReportingOverflow(by: width)
    guard !carry, !overflow, count <= Self.elementLimit, outputCount <= Self.elementLimit else {
      throw DataRequestError(
        "\(sampleCount) synthetic samples of \(featureCount) features and \(outputCount) outputs are more than "
          + "\(Self.elementLimit) numbers, the most that can be made")
    }
    return count
  }

  private var targetCount: Int { task == .classification ? 1 : outputCount }

  /// Makes the samples. O(samples x (features + outputs) x 32).
  ///
  /// - Throws: `DataRequestError` as `elementCount()`.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package func samples<Element: BinaryFloatingPoint & Sendable>() throws(DataRequestError) -> Samples<Element> {
    _ = try elementCount()
    let teacher = Teacher(self)
    var features: [Element] = []
    var targets: [Element] = []
    features.reserveCapacity(sampleCount * featureCount)
    targets.reserveCapacity(sampleCount * targetCount)
    let noiseStream = RandomStream(seed: seed, purpose: .syntheticNoise)
    var outputs = [Double](repeating: 0, count: outputCount)
    for sample in 0..<sampleCount {
      let row = RandomStream(seed: seed, purpose: .syntheticFeatures, lane: UInt64(sample))
      var hidden = Teacher.Hidden.zero
      for pair in 0..<(featureCount + 1) / 2 {
        let values = row.normals(at: UInt64(pair))
        for half in 0..<min(2, featureCount - 2 * pair) {
          features.append(Element(values[half]))
          hidden += teacher.inputWeights[2 * pair + half] * values[half]
        }
      }
      teacher.setOutputs(&outputs, preActivations: hidden)
      if noise > 0 {
        for output in 0..<outputCount {
          let place = UInt64(sample) * UInt64(outputCount) + UInt64(output)
          outputs[output] += noise * noiseStream.normals(at: place).x
        }
      }
      switch task {
      case .classification:
        targets.append(Element(outputs.indices.reduce(0) { outputs[$1] > outputs[$0] ? $1 : $0 }))
      case .regression, .multilabel:
        for output in outputs { targets.append(Element(output)) }
      }
    }
    return Samples(
      features: features, featureCount: featureCount, targets: targets, targetCount: targetCount,
      sampleCount: sampleCount, task: task, featureNames: [], origin: SampleOrigin(path: "synthetic data"))
  }
}

/// The network that labels synthetic samples: tanh(x Wᵀ) Vᵀ.
private struct Teacher {
  typealias Hidden = SIMD32<Double>

  /// W, one vector over the hidden units per feature.
  let inputWeights: [Hidden]
  /// V, one vector over the hidden units per output.
  let outputWeights: [Hidden]

  init(_ data: SyntheticData) {
    func vectors(count: Int, lane: UInt64, deviation: Double) -> [Hidden] {
      let stream = RandomStream(seed: data.seed, purpose: .syntheticTeacher, lane: lane)
      return (0..<count).map { index in
        var vector = Hidden.zero
        for pair in 0..<16 {
          let values = stream.normals(at: UInt64(index * 16 + pair))
          vector[2 * pair] = deviation * values.x
          vector[2 * pair + 1] = deviation * values.y
        }
        return vector
      }
    }
    inputWeights = vectors(
      count: data.featureCount, lane: 0, deviation: 2 / Double(data.featureCount).squareRoot())
    outputWeights = vectors(
      count: data.outputCount, lane: 1, deviation: 1 / Double(SyntheticData.hiddenUnitCount).squareRoot())
  }

  @inline(__always)
  func setOutputs(_ outputs: inout [Double], preActivations: Hidden) {
    var hidden = Hidden.zero
    for unit in 0..<SyntheticData.hiddenUnitCount { hidden[unit] = tanh(preActivations[unit]) }
    for output in outputs.indices { outputs[output] = (outputWeights[output] * hidden).sum() }
  }
}
