/// How long to train and on how many samples at a time.
package struct TrainingParameters: Hashable, Sendable {
  /// Passes over the training samples; 1 unless given, as in Keras.
  package var epochs: Int = 1
  /// Samples per optimizer update; 32 unless given, as in Keras.
  package var batchSize: Int = 32
  /// Samples that go through the network at once, at most `batchSize`; the whole batch unless given.
  package var microBatchSize: Int?
  /// Whether each epoch goes through the samples in a new order; true unless given.
  package var shuffle: Bool = true
  /// No clipping unless given.
  package var gradientClip: GradientClip?

  package init(
    epochs: Int = 1, batchSize: Int = 32, microBatchSize: Int? = nil, shuffle: Bool = true,
    gradientClip: GradientClip? = nil
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.microBatchSize = microBatchSize
    self.shuffle = shuffle
    self.gradientClip = gradientClip
  }
}

/// What bounds the gradients before an update; the bound is above 0.
package enum GradientClip: Hashable, Sendable {
  /// All gradients are scaled so that their common Euclidean norm is at most this.
  case norm(Double)
  /// Each entry is clamped to [-value, value].
  case value(Double)
}
