/// Which rows are trained on and which are held back for validation: a function of (rows, fraction, seed).
///
/// ```
/// let split = try SampleSplit(sampleCount: 10, validationFraction: 0.2, seed: 1)
/// split.validationRows.count   // 2
/// ```
package struct SampleSplit: Hashable, Sendable {
  /// In file order; never empty.
  package let trainingRows: RowNumbers
  /// In file order; empty where the fraction is 0.
  package let validationRows: RowNumbers

  /// Batches of an epoch, the shorter last one included.
  package func iterationsPerEpoch(batchSize: Int) -> Int { (trainingRows.count - 1) / batchSize + 1 }

  /// Bytes of the row numbers.
  package var byteCount: Int { trainingRows.byteCount + validationRows.byteCount }

  /// The validation rows are drawn without replacement, as many as fraction x rows rounds to, but at least one where
  /// the fraction is above 0, and leaving at least one to train on.
  ///
  /// - Precondition: `sampleCount` is positive.
  /// - Throws: `DataRequestError` if the fraction is not in 0 ..< 1, or above 0 with a single row.
  package init(sampleCount: Int, validationFraction: Double, seed: UInt64) throws(DataRequestError) {
    precondition(sampleCount > 0)
    guard sampleCount <= Int(UInt32.max) else {
      throw DataRequestError(
        "\(sampleCount) samples are more than \(UInt32.max), the most that can be put into an order")
    }
    guard (0..<1).contains(validationFraction) else {
      throw DataRequestError(
        "validationFraction is a number from 0 up to but not including 1; found \(validationFraction)")
    }
    guard validationFraction > 0 else {
      trainingRows = RowNumbers(0..<sampleCount)
      validationRows = []
      return
    }
    guard sampleCount > 1 else {
      throw DataRequestError("a single row cannot be split for validation; set validationFraction to 0")
    }
    let wanted = Int((validationFraction * Double(sampleCount)).rounded())
    let count = min(max(wanted, 1), sampleCount - 1)
    let order = randomPermutation(count: sampleCount, stream: RandomStream(seed: seed, purpose: .validationSplit))
    validationRows = RowNumbers(list: order[..<count].sorted())
    trainingRows = RowNumbers(list: order[count...].sorted())
  }
}
