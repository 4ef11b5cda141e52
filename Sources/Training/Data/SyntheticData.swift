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
  /// The most features, and the most outputs: the teacher then has 8 GiB of weights.
  package static let widthLimit = 1 << 24
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
      guard name == "samples" || count <= Self.widthLimit else {
        throw DataRequestError("synthetic data have at most \(Self.widthLimit) \(name); found \(count)")
      }
    }
    guard noise >= 0, noise.isFinite else {
      throw DataRequestError("the noise of synthetic data is a finite number not below 0; found \(noise)")
    }
    switch task {
    case .regression: break
    case .classification:
      guard outputCount > 1 else {
        throw DataRequestError("synthetic classification needs at least 2 outputs (classes); found \(outputCount)")
      }
    case .multilabel:
      throw DataRequestError("synthetic data are for regression or classification, not multilabel")
    }
    let (count, overflow) = sampleCount.multipliedReportingOverflow(by: featureCount + targetCount)
    guard !overflow, count <= Self.elementLimit else {
      throw DataRequestError(
        "\(sampleCount) synthetic samples of \(featureCount) features and \(outputCount) outputs are more than "
          + "\(Self.elementLimit) numbers, the most that can be made")
    }
    return count
  }

  private var targetCount: Int { task == .classification ? 1 : outputCount }

  /// Makes the samples. O(samples x (features + outputs) x 32).
  ///
  /// - Throws: `DataRequestError` as `elementCount()`; `ArenaMemoryError` where there is too little memory.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package func samples<Element: TrainingElement>() throws -> Samples<Element> {
    _ = try elementCount()
    var features = try TableBuilder<Element>(rowLimit: sampleCount, columnCount: featureCount)
    var targets = try TableBuilder<Element>(rowLimit: sampleCount, columnCount: targetCount)
    let teacher = Teacher(self)
    var featureRow = [Element](repeating: 0, count: featureCount)
    var targetRow = [Element](repeating: 0, count: targetCount)
    var largestLabel = -1
    let noiseStream = RandomStream(seed: seed, purpose: .syntheticNoise)
    var outputs = [Double](repeating: 0, count: outputCount)
    for sample in 0..<sampleCount {
      let row = RandomStream(seed: seed, purpose: .syntheticFeatures, lane: UInt64(sample))
      var hidden = Teacher.Hidden(repeating: .zero)
      for pair in 0..<(featureCount + 1) / 2 {
        let values = row.normals(at: UInt64(pair))
        for half in 0..<min(2, featureCount - 2 * pair) {
          featureRow[2 * pair + half] = Element(values[half])
          teacher.add(&hidden, feature: 2 * pair + half, value: values[half])
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
        let label = outputs.indices.reduce(0) { outputs[$1] > outputs[$0] ? $1 : $0 }
        largestLabel = max(largestLabel, label)
        targetRow[0] = Element(label)
      case .regression, .multilabel:
        for output in outputs.indices { targetRow[output] = Element(outputs[output]) }
      }
      try features.append(featureRow)
      try targets.append(targetRow)
    }
    return Samples(
      features: features.table, targets: targets.table, classCount: largestLabel + 1, task: task, featureNames: [],
      origin: SampleOrigin(path: "synthetic data"))
  }
}

/// The network that labels synthetic samples: tanh(x Wᵀ) Vᵀ.
private struct Teacher {
  /// The 32 hidden units, eight to a vector.
  typealias Hidden = InlineArray<4, SIMD8<Double>>

  /// W, one entry per feature.
  private let inputWeights: [Hidden]
  /// V, one entry per output.
  private let outputWeights: [Hidden]

  init(_ data: SyntheticData) {
    func weights(count: Int, lane: UInt64, deviation: Double) -> [Hidden] {
      let stream = RandomStream(seed: data.seed, purpose: .syntheticTeacher, lane: lane)
      return (0..<count).map { index in
        var weights = Hidden(repeating: .zero)
        for unit in stride(from: 0, to: SyntheticData.hiddenUnitCount, by: 2) {
          let values = deviation * stream.normals(at: UInt64((index * SyntheticData.hiddenUnitCount + unit) / 2))
          weights[unit / 8][unit % 8] = values.x
          weights[unit / 8][unit % 8 + 1] = values.y
        }
        return weights
      }
    }
    inputWeights = weights(
      count: data.featureCount, lane: 0, deviation: 2 / Double(data.featureCount).squareRoot())
    outputWeights = weights(
      count: data.outputCount, lane: 1, deviation: 1 / Double(SyntheticData.hiddenUnitCount).squareRoot())
  }

  /// Adds one feature's share to the pre-activations.
  @inline(__always)
  func add(_ preActivations: inout Hidden, feature: Int, value: Double) {
    for part in 0..<4 { preActivations[part] += inputWeights[feature][part] * value }
  }

  @inline(__always)
  func setOutputs(_ outputs: inout [Double], preActivations: Hidden) {
    var hidden = preActivations
    for part in 0..<4 {
      for lane in 0..<8 { hidden[part][lane] = tanh(hidden[part][lane]) }
    }
    for output in outputs.indices {
      var sum = SIMD8<Double>.zero
      for part in 0..<4 { sum += outputWeights[output][part] * hidden[part] }
      outputs[output] = sum.sum()
    }
  }
}
