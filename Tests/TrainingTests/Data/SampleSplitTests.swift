import Testing

import Training

@Suite struct SampleSplitTests {
  @Test(arguments: [
    (1, 0.0, 0), (10, 0, 0), (10, 0.2, 2), (10, 0.25, 3), (10, 0.01, 1), (10, 0.99, 9), (2, 0.5, 1), (1797, 0.2, 359),
  ]) func splitsEveryRowOnce(sampleCount: Int, fraction: Double, validationCount: Int) throws {
    let split = try SampleSplit(sampleCount: sampleCount, validationFraction: fraction, seed: 5)
    #expect(split.validationRows.count == validationCount)
    #expect((Array(split.validationRows) + split.trainingRows).sorted() == Array(0..<sampleCount))
    #expect(Array(split.trainingRows) == split.trainingRows.sorted())
    #expect(Array(split.validationRows) == split.validationRows.sorted())
  }

  @Test func dependsOnTheSeedAlone() throws {
    let split = try SampleSplit(sampleCount: 1000, validationFraction: 0.1, seed: 5)
    #expect(try split == SampleSplit(sampleCount: 1000, validationFraction: 0.1, seed: 5))
    #expect(try split != SampleSplit(sampleCount: 1000, validationFraction: 0.1, seed: 6))
  }

  @Test func everyRowIsHeldBackEquallyOften() throws {
    var counts = [Int](repeating: 0, count: 10)
    for seed in 0..<5000 as Range<UInt64> {
      for row in try SampleSplit(sampleCount: 10, validationFraction: 0.3, seed: seed).validationRows {
        counts[row] += 1
      }
    }
    // Binomial with mean 1500 and deviation 32.
    for count in counts { #expect(abs(count - 1500) < 163) }
  }

  @Test(arguments: [
    (10, 1.0, "validationFraction is a number from 0 up to but not including 1; found 1.0"),
    (10, -0.1, "validationFraction is a number from 0 up to but not including 1; found -0.1"),
    (10, .nan, "validationFraction is a number from 0 up to but not including 1; found nan"),
    (1, 0.5, "a single row cannot be split for validation; set validationFraction to 0"),
  ]) func explains(sampleCount: Int, fraction: Double, message: String) throws {
    let error = try #require(throws: DataRequestError.self) {
      try SampleSplit(sampleCount: sampleCount, validationFraction: fraction, seed: 1)
    }
    #expect(error.description == message)
  }
}
