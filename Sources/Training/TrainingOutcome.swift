/// One pass over the training samples, or the part of it that was trained.
package struct EpochRecord: Hashable, Sendable {
  /// Counted from 1.
  package var epoch: Int
  /// Mean over the epoch's samples, each at the parameters of its own iteration.
  package var trainLoss: Double
  package var validationLoss: Double?
  /// A fraction in 0...1, nil where the task has no right and wrong.
  package var validationAccuracy: Double?
  /// Mean over the epoch's iterations of the norm of all gradients, before clipping.
  package var gradientNorm: Double
  /// That of the epoch's last iteration.
  package var learningRate: Double
  /// Wall-clock seconds, validation included.
  package var seconds: Double

  package init(
    epoch: Int, trainLoss: Double, validationLoss: Double?, validationAccuracy: Double?, gradientNorm: Double,
    learningRate: Double, seconds: Double
  ) {
    self.epoch = epoch
    self.trainLoss = trainLoss
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
    self.gradientNorm = gradientNorm
    self.learningRate = learningRate
    self.seconds = seconds
  }
}

extension EpochRecord {
  /// Bytes that the records of so many epochs take at most: in a list that grows, and, where they are written, as a
  /// document and its text (measured: 180 and 750 an epoch).
  package static func byteCount(epochs: Int, areWritten: Bool) -> Int {
    epochs * (3 * MemoryLayout<EpochRecord>.stride + (areWritten ? writtenByteCount : 0))
  }

  private static let writtenByteCount = 900
}

/// What training came to.
package struct TrainingOutcome: Hashable, Sendable {
  /// Optimizer updates done.
  package var iterations: Int
  package var epochs: [EpochRecord]
  /// The first batch's loss before any update.
  package var initialLoss: Double
  /// Mean loss of the last epoch, or of the last tenth of the iterations where their number was given.
  package var finalLoss: Double
  /// `sha256:` and 64 hexadecimal digits, over all parameters as little-endian float32 in order.
  package var parametersDigest: String

  package init(
    iterations: Int, epochs: [EpochRecord], initialLoss: Double, finalLoss: Double, parametersDigest: String
  ) {
    self.iterations = iterations
    self.epochs = epochs
    self.initialLoss = initialLoss
    self.finalLoss = finalLoss
    self.parametersDigest = parametersDigest
  }
}

/// How far a run has come, told after each update.
package struct TrainingProgress: Hashable, Sendable {
  package var iteration: Int
  package var totalIterations: Int
  /// Counted from 1.
  package var epoch: Int
  package var totalEpochs: Int
  /// Loss of the last batch.
  package var loss: Double
  package var elapsedSeconds: Double
  /// High-water mark of the activation arena, in bytes.
  package var activationPeakBytes: Int
  package var learningRate: Double
  /// Norm of all gradients, before clipping.
  package var gradientNorm: Double
  /// From the first row of the batch that was fetched to the end of the update.
  package var iterationSeconds: Double
  /// How gradients fared, where they were looked at in this iteration.
  package var health: GradientHealth?

  package init(
    iteration: Int, totalIterations: Int, epoch: Int, totalEpochs: Int, loss: Double, elapsedSeconds: Double,
    activationPeakBytes: Int, learningRate: Double, gradientNorm: Double, iterationSeconds: Double,
    health: GradientHealth? = nil
  ) {
    self.iteration = iteration
    self.totalIterations = totalIterations
    self.epoch = epoch
    self.totalEpochs = totalEpochs
    self.loss = loss
    self.elapsedSeconds = elapsedSeconds
    self.activationPeakBytes = activationPeakBytes
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
    self.iterationSeconds = iterationSeconds
    self.health = health
  }
}
