import Testing

import Training

@Suite struct LossRecordTests {
  /// Against the list of all losses.
  @Test(arguments: [1, 2, 9, 10, 11, 100, 999, 25_000]) func remembersWhatTheListWouldTell(total: Int) throws {
    var record = LossRecord(totalIterations: total)
    #expect(record.initialLoss == nil && record.finalLoss == nil)
    var losses: [Double] = []
    for iteration in 0..<total {
      let loss = Double((iteration * 7919) % 1009)
      record.add(loss)
      losses.append(loss)
      #expect(record.initialLoss == losses[0])
      let isLast = iteration + 1 == total
      let tail = min(max(1, losses.count / 10), isLast ? total : LossRecord.window)
      if isLast || iteration % 97 == 0 {
        #expect(record.finalLoss == losses.suffix(tail).reduce(0, +) / Double(tail), "iteration \(iteration)")
      }
    }
  }
}
