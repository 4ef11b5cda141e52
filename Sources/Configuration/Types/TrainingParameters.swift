/// How long to train and on how many samples at a time.
package struct TrainingParameters: Hashable, Sendable {
  /// Passes over the training samples; 1 unless given, as in Keras.
  package var epochs: Int = 1
  /// Samples per optimizer update; 32 unless given, as in Keras.
  package var batchSize: Int = 32
  /// How many samples go through the network at once; the whole batch unless given.
  package var microBatchSize: MicroBatchSize?
  /// Whether each epoch goes through the samples in a new order; true unless given.
  package var shuffle: Bool = true
  /// No clipping unless given.
  package var gradientClip: GradientClip?

  package init(
    epochs: Int = 1, batchSize: Int = 32, microBatchSize: MicroBatchSize? = nil, shuffle: Bool = true,
    gradientClip: GradientClip? = nil
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.microBatchSize = microBatchSize
    self.shuffle = shuffle
    self.gradientClip = gradientClip
  }
}

extension TrainingParameters {
  /// The given number of samples that go through the network at once; nil where it is the whole batch or is yet to be
  /// chosen.
  package var microBatchRows: Int? {
    guard case .rows(let rows)? = microBatchSize else { return nil }
    return rows
  }
}

/// How a batch is split.
package enum MicroBatchSize: Hashable, Sendable {
  /// So many samples at once, at most those of a batch.
  case rows(Int)
  /// What the planner chooses together with the schedule.
  case automatic
}

/// What bounds the gradients before an update; the bound is above 0.
package enum GradientClip: Hashable, Sendable {
  /// All gradients are scaled so that their common Euclidean norm is at most this.
  case norm(Double)
  /// Each entry is clamped to [-value, value].
  case value(Double)
}
