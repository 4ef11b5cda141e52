import Testing

import Training

@Suite struct BatchSequenceTests {
  @Test func goesThroughTheRowsInOrder() {
    var sequence = BatchSequence(rows: [0, 2, 4, 6, 8, 10, 12], batchSize: 3, isShuffled: false, seed: 1)
    #expect(sequence.iterationsPerEpoch == 3)
    let expected: [(rows: [Int], epoch: Int, index: Int, isLast: Bool)] = [
      ([0, 2, 4], 0, 0, false), ([6, 8, 10], 0, 1, false), ([12], 0, 2, true), ([0, 2, 4], 1, 0, false),
      ([6, 8, 10], 1, 1, false), ([12], 1, 2, true), ([0, 2, 4], 2, 0, false),
    ]
    for (iteration, batch) in expected.enumerated() {
      let found = sequence.batch(at: iteration)
      #expect(Array(found.rows) == batch.rows)
      #expect(found.epoch == batch.epoch)
      #expect(found.indexInEpoch == batch.index)
      #expect(found.isLastOfEpoch == batch.isLast)
    }
  }

  /// All sizes up to 12 x 14: each epoch holds each row once, in batches of the size asked for but the last.
  @Test func everyEpochHoldsEveryRowOnce() {
    for rowCount in 1...12 {
      for batchSize in 1...14 {
        let rows = (0..<rowCount).map { 3 * $0 + 1 }
        var sequence = BatchSequence(rows: RowNumbers(rows), batchSize: batchSize, isShuffled: true, seed: 9)
        #expect(sequence.batchSize == min(batchSize, rowCount))
        for epoch in 0..<3 {
          var seen: [Int] = []
          for index in 0..<sequence.iterationsPerEpoch {
            let batch = sequence.batch(at: epoch * sequence.iterationsPerEpoch + index)
            #expect(batch.epoch == epoch && batch.indexInEpoch == index)
            #expect(batch.isLastOfEpoch == (index == sequence.iterationsPerEpoch - 1))
            let isShorter = batch.isLastOfEpoch && !rowCount.isMultiple(of: sequence.batchSize)
            #expect(batch.rows.count == (isShorter ? rowCount % sequence.batchSize : sequence.batchSize))
            seen += batch.rows
          }
          #expect(seen.sorted() == rows, "\(rowCount) rows, batch size \(batchSize), epoch \(epoch)")
        }
      }
    }
  }

  @Test func isAFunctionOfTheIteration() {
    var ahead = BatchSequence(rows: RowNumbers(0..<100), batchSize: 8, isShuffled: true, seed: 9)
    let batches = (0..<40).map { ahead.batch(at: $0) }
    for iteration in (0..<40).reversed() {
      var fresh = BatchSequence(rows: RowNumbers(0..<100), batchSize: 8, isShuffled: true, seed: 9)
      #expect(fresh.batch(at: iteration) == batches[iteration])
      #expect(ahead.batch(at: iteration) == batches[iteration])
    }
    var other = BatchSequence(rows: RowNumbers(0..<100), batchSize: 8, isShuffled: true, seed: 10)
    #expect(other.batch(at: 0).rows != batches[0].rows)
    #expect(batches[13].epoch == 1 && batches[13].rows != batches[0].rows)
  }
}
