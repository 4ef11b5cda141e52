/// The batches of a run: for each iteration its rows, a function of (rows, batch size, shuffling, seed) alone, so that
/// a run that goes on at iteration i sees what it would have seen.
///
/// ```
/// rows 0 ... 6, batch size 3, not shuffled
/// iteration  0        1        2    3        4        5    6
/// epoch      0        0        0    1        1        1    2
/// rows       0 1 2    3 4 5    6    0 1 2    3 4 5    6    0 1 2
/// ```
/// The last batch of an epoch is shorter where the rows do not divide. After an epoch the data are gone through again,
/// in another order if shuffled.
package struct BatchSequence: Sendable {
  /// One iteration's batch.
  package struct Batch: Hashable, Sendable {
    /// Which samples, in the order of the batch's rows.
    package let rows: ArraySlice<Int>
    /// The first epoch is 0.
    package let epoch: Int
    /// The batch's place in its epoch, the first being 0.
    package let indexInEpoch: Int
    package let isLastOfEpoch: Bool
  }

  private let rows: RowNumbers
  /// The rows of a full batch: what was asked for, or all rows where they are fewer.
  package let batchSize: Int
  private let isShuffled: Bool
  private let seed: UInt64
  /// Where shuffled the rows in the order of `epochInOrder`.
  private var order: [UInt32]
  /// The rows of the last batch that was asked for.
  private var batchRows: [Int]
  private var epochInOrder = -1

  /// - Precondition: there are rows, and `batchSize` is positive.
  package init(rows: RowNumbers, batchSize: Int, isShuffled: Bool, seed: UInt64) {
    precondition(!rows.isEmpty && batchSize > 0)
    self.rows = rows
    self.batchSize = min(batchSize, rows.count)
    self.isShuffled = isShuffled
    self.seed = seed
    order = isShuffled ? Array(repeating: 0, count: rows.count) : []
    batchRows = []
    batchRows.reserveCapacity(self.batchSize)
  }

  /// Batches of one epoch, the shorter last one included.
  package var iterationsPerEpoch: Int { (rows.count - 1) / batchSize + 1 }

  /// Bytes of row numbers that a sequence over so many rows holds beside the split's own: the order of one epoch.
  package static func orderByteCount(rowCount: Int, isShuffled: Bool) -> Int {
    isShuffled ? rowCount * MemoryLayout<UInt32>.stride : 0
  }

  /// The batch of an iteration, the first being 0. O(rows) where the epoch differs from the last call's, else O(1).
  ///
  /// - Precondition: `iteration` is not negative.
  package mutating func batch(at iteration: Int) -> Batch {
    let (epoch, index) = iteration.quotientAndRemainder(dividingBy: iterationsPerEpoch)
    if isShuffled, epoch != epochInOrder {
      let stream = RandomStream(seed: seed, purpose: .trainingOrder, lane: UInt64(epoch))
      // In place: an epoch allocates nothing while no batch of the last one is held.
      for place in order.indices { order[place] = UInt32(rows[place]) }
      order.permute(by: stream)
      epochInOrder = epoch
    }
    let places = index * batchSize..<min((index + 1) * batchSize, rows.count)
    if isShuffled {
      batchRows.removeAll(keepingCapacity: true)
      for place in places { batchRows.append(Int(order[place])) }
    } else {
      rows.copy(places, into: &batchRows)
    }
    return Batch(
      rows: batchRows[...], epoch: epoch, indexInEpoch: index,
      isLastOfEpoch: index == iterationsPerEpoch - 1)
  }
}
