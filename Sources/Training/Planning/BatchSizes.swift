/// The sizes of the batches that a run will meet; 0 where there is none.
package struct BatchSizes: Hashable, Sendable {
  package var training: Int
  /// The shorter last batch of an epoch.
  package var lastTraining: Int
  /// Rows of a training batch that go through the network at once: `training` where batches are not split.
  package var microBatch: Int
  package var validation: Int
  package var lastValidation: Int

  /// - Parameter microBatch: nil where batches are not split; not above `training` counts.
  package init(
    training: Int, microBatch: Int? = nil, lastTraining: Int = 0, validation: Int = 0, lastValidation: Int = 0
  ) {
    self.training = training
    self.microBatch = min(microBatch ?? training, training)
    self.lastTraining = lastTraining
    self.validation = validation
    self.lastValidation = lastValidation
  }

  /// - Parameters:
  ///   - microBatchSize: nil where batches are not split. Validation goes through the network in as many rows at once.
  ///   - trainingSamples: at least 1.
  ///   - iterations: updates of the whole run; a batch that it never comes to is not planned for.
  package init(
    batchSize: Int, microBatchSize: Int? = nil, trainingSamples: Int, validationSamples: Int, iterations: Int
  ) {
    let size = min(batchSize, trainingSamples)
    let fullBatches = trainingSamples / size
    let validation = min(microBatchSize ?? batchSize, validationSamples)
    self.init(
      training: size, microBatch: microBatchSize, lastTraining: iterations > fullBatches ? trainingSamples % size : 0,
      validation: validation, lastValidation: validation > 0 ? validationSamples % validation : 0)
  }

  /// Whether batches are split, so that gradients of their micro-batches are added up.
  package var splitsBatches: Bool { microBatch < training }

  /// Micro-batches of a full batch.
  package var microBatchCount: Int { (training + microBatch - 1) / microBatch }

  /// The rows of each kind of micro-batch in training, the full one first.
  package var microBatchRows: [Int] {
    var sizes: [Int] = []
    for batch in [training, lastTraining] where batch > 0 {
      for rows in batch.slices(of: microBatch) where !sizes.contains(rows.count) { sizes.append(rows.count) }
    }
    return sizes
  }
}

// MARK: Rows of threads

extension BatchSizes {
  /// For each thread with rows of its own (or for all together) the most rows that it has at once.
  package func stagedRows(_ split: BatchSplit) -> [Int] {
    let slices = (microBatchRows + [validation, lastValidation]).filter { $0 > 0 }.map { split.parts(of: $0) }
    let partCount = slices.reduce(0) { max($0, $1.count) }
    return (0..<partCount).map { part in
      slices.reduce(0) { part < $1.count ? max($0, $1[part].count) : $0 }
    }
  }

  /// Threads that have rows of their own, and so copies of the gradients, but the first.
  package func gradientCopyCount(_ split: BatchSplit) -> Int {
    microBatchRows.reduce(0) { max($0, split.parts(of: $1).count - 1) }
  }
}

extension Int {
  /// The rows of a batch of `self` rows in slices of `rows`, of which the last may be shorter:
  ///
  /// ```
  /// 10.slices(of: 4)     0..<4   4..<8   8..<10
  /// ```
  package func slices(of rows: Int) -> some Sequence<Range<Int>> {
    stride(from: 0, to: self, by: rows).lazy.map { $0..<Swift.min($0 + rows, self) }
  }
}
