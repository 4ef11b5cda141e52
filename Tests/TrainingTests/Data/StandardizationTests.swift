import Testing

import Training

@Suite struct StandardizationTests {
  private func samples<Element>(_ features: [Element], width: Int) -> Samples<Element> {
    let count = features.count / width
    return Samples(
      features: features, featureCount: width, targets: [Element](repeating: 0, count: count), targetCount: 1,
      sampleCount: count, task: .regression, featureNames: [], origin: SampleOrigin(path: "a.csv"))
  }

  @Test func takesItsFiguresFromTheNamedRowsAlone() throws {
    var samples = samples([1.0, 10, 3, 10, 1000, 11], width: 2)
    let figures = try Standardization(of: samples, rows: [0, 1])
    #expect(figures.means == [2, 10])
    #expect(figures.deviations == [1, 1])
    try samples.standardize(by: figures)
    #expect(try samples.features == [-1, 0, 1, 0, 998, 1])
    #expect(samples.standardization == figures)
  }

  /// The mean of a thousand times 0.1 is not 0.1 in float64; its rounding must not become a deviation.
  @Test func aConstantColumnBecomesZero() throws {
    var samples = samples([Double](repeating: 0.1, count: 1000), width: 1)
    let figures = try Standardization(of: samples, rows: RowNumbers(0..<1000))
    #expect(figures.means == [0.1])
    #expect(figures.deviations == [1])
    try samples.standardize(by: figures)
    #expect(try samples.features.allSatisfy { $0 == 0 })
  }

  @Test func leavesMeanZeroAndDeviationOne() throws {
    let stream = RandomStream(seed: 4, purpose: .syntheticFeatures)
    var samples = samples((0..<9000).map { Float(stream.normals(at: $0).x * 3 + 100) }, width: 3)
    try samples.standardize(by: Standardization(of: samples, rows: RowNumbers(0..<3000)))
    let again = try Standardization(of: samples, rows: RowNumbers(0..<3000))
    // Each value near 100 carries an error of 4e-6 in float32, a third of that once divided; they mostly cancel.
    for feature in 0..<3 {
      #expect(abs(again.means[feature]) < 1e-6)
      #expect(abs(again.deviations[feature] - 1) < 1e-6)
    }
  }

  @Test func metadataReadBackAreTheSameToTheLastBit() throws {
    let stream = RandomStream(seed: 4, purpose: .syntheticFeatures)
    let figures = try Standardization(
      means: (0..<200).map { stream.normals(at: $0).x * 1e-12 } + [0, -0.0, 5e300, .leastNonzeroMagnitude],
      deviations: (0..<200).map { abs(stream.normals(at: $0).y) } + [1, 0.1, 1e-300, .leastNonzeroMagnitude])
    let back = try #require(try Standardization.read(fromMetadata: figures.metadata, path: "w"))
    #expect(back.means.map(\.bitPattern) == figures.means.map(\.bitPattern))
    #expect(back.deviations.map(\.bitPattern) == figures.deviations.map(\.bitPattern))
    #expect(try Standardization.read(fromMetadata: ["loss": "1"], path: "w") == nil)
  }

  @Test(arguments: [
    (
      ["standardization.means": "1"],
      "w: the metadata have \"standardization.means\" but not \"standardization.deviations\""
    ),
    (
      ["standardization.deviations": "1"],
      "w: the metadata have \"standardization.deviations\" but not \"standardization.means\""
    ),
    (
      ["standardization.means": "1 x", "standardization.deviations": "1 1"],
      "w: the metadata's \"standardization.means\" has the text \"x\" where a number is needed"
    ),
    (
      ["standardization.means": "1 2", "standardization.deviations": "1"],
      "w: in the metadata standardization has 2 means but 1 deviations"
    ),
    (
      ["standardization.means": "nan", "standardization.deviations": "1"],
      "w: in the metadata feature 1 has the mean nan, which is not finite"
    ),
    (
      ["standardization.means": "1", "standardization.deviations": "0"],
      "w: in the metadata feature 1 has the deviation 0.0 where a positive finite one is needed"
    ),
  ]) func explainsWrongMetadata(metadata: [String: String], message: String) throws {
    let error = try #require(throws: DataFileError.self) { try Standardization.read(fromMetadata: metadata, path: "w") }
    #expect(error.description == message)
  }

  @Test func refusesWhatDoesNotFit() throws {
    var narrow = samples([1, 2, 3] as [Float], width: 1)
    let other = try #require(throws: DataRequestError.self) {
      try narrow.standardize(by: Standardization(means: [0, 0], deviations: [1, 1]))
    }
    #expect(other.description == "the model was trained on 2 features, but the data have 1")
    let far = try #require(throws: DataRequestError.self) {
      try narrow.standardize(by: Standardization(means: [1], deviations: [1e-39]))
    }
    #expect(
      far.description
        == "feature 1 of row 1 (the first is 0) is too far from the mean of the training rows to be standardized")
    let huge = try #require(throws: DataRequestError.self) {
      try Standardization(of: samples([1e200, -1e200], width: 1), rows: [0, 1])
    }
    #expect(huge.description == "feature 1 has the deviation inf where a positive finite one is needed")
  }
}
