import TestSupport
import Testing

import Training

@Suite struct NPYFilesTests {
  private let files = NPYFiles(featuresPath: "x.npy", targetsPath: "y.npy", task: .classification)

  @Test func joinsFeaturesAndTargets() throws {
    let samples = try files.samples(
      NPYArray<Float>(shape: [2, 2], elements: [1, 2, 3, 4]), NPYArray(shape: [2], elements: [0, 3]))
    #expect(try samples.features == [1, 2, 3, 4])
    #expect(try samples.targets == [0, 3])
    #expect(samples.classCount == 4)
    let error = try #require(throws: DataFileError.self) { try samples.checkTargets(outputUnits: 2) }
    #expect(
      "\(error)"
        == "y.npy: row 1 (the first is 0) has the label 3 where a class number from 0 to 1 is needed (the last layer has 2 units)"
    )
  }

  @Test func takesAVectorAsOneColumnAndFeaturesAlone() throws {
    let samples = try NPYFiles(featuresPath: "x.npy", targetsPath: nil, task: .regression)
      .samples(NPYArray<Double>(shape: [3], elements: [1, 2, 3]), nil)
    #expect(samples.featureCount == 1)
    #expect(samples.sampleCount == 3)
    #expect(samples.targetCount == 0)
  }

  struct Mistake: CustomTestStringConvertible, Sendable {
    var features = NPYArray<Float>(shape: [2, 2], elements: [1, 2, 3, 4])
    let targets: NPYArray<Float>
    var task = SampleTask.classification
    let message: String
    var testDescription: String { message }
  }

  @Test(arguments: [
    Mistake(
      features: NPYArray(shape: [0, 2], elements: []), targets: NPYArray(shape: [0], elements: []),
      message: "x.npy: has no rows"),
    Mistake(
      features: NPYArray(shape: [2, 0], elements: []), targets: NPYArray(shape: [2], elements: [0, 0]),
      message: "x.npy: has no columns"),
    Mistake(
      features: NPYArray(shape: [2, 2], elements: [1, 2, 3, .nan]), targets: NPYArray(shape: [2], elements: [0, 0]),
      message: "x.npy: row 1, column 1 (the first are 0) has nan where a finite number is needed"),
    Mistake(
      targets: NPYArray(shape: [3], elements: [0, 0, 0]),
      message: "y.npy: has 3 rows, but the features in x.npy have 2"),
    Mistake(targets: NPYArray(shape: [2, 0], elements: []), task: .regression, message: "y.npy: has no columns"),
    Mistake(
      targets: NPYArray(shape: [2, 2], elements: [0, 1, 1, 0]),
      message: "y.npy: has 2 columns where classification needs 1, the class number"),
    Mistake(
      targets: NPYArray(shape: [2], elements: [0, -.infinity]),
      message: "y.npy: row 1, column 0 (the first are 0) has -inf where a finite number is needed"),
    Mistake(
      targets: NPYArray(shape: [2], elements: [0, 1.5]),
      message: "y.npy: row 1 (the first is 0) has 1.5 where a class number (0, 1, 2, ...) is needed"),
    Mistake(
      targets: NPYArray(shape: [2, 2], elements: [0, 1, 1, 2]), task: .multilabel,
      message: "y.npy: row 1 (the first is 0) has 2 where a label from 0 to 1 is needed"),
  ]) func explains(_ mistake: Mistake) throws {
    let files = NPYFiles(featuresPath: "x.npy", targetsPath: "y.npy", task: mistake.task)
    let error = try #require(throws: DataFileError.self) { try files.samples(mistake.features, mistake.targets) }
    #expect("\(error)" == mistake.message)
  }

  @Test func aNumberBeyondTheElementTypeIsToldAsItStands() throws {
    let folder = try TemporaryFolder()
    try folder.write(NPYArray<Double>(shape: [2, 2], elements: [1, 2, -1e300, 4]).fileBytes, as: "x.npy")
    try folder.write(NPYArray<Double>(shape: [2], elements: [0, 1]).fileBytes, as: "y.npy")
    let files = NPYFiles(featuresPath: folder.file("x.npy"), targetsPath: folder.file("y.npy"), task: .regression)
    let error = try #require(throws: DataFileError.self) { let _: Samples<Float> = try files.read() }
    #expect(
      "\(error)"
        == "\(folder.file("x.npy")): row 1, column 0 (the first are 0) has -1e+300, which is beyond the largest float32, "
        + "3.4028235e+38; rescale the data, or choose \"precision\": \"float64\"")
    let wide: Samples<Double> = try files.read()
    #expect(try wide.features[2] == -1e300)
  }

  /// Of no rows a header may tell any number of columns: nothing is made for them.
  @Test(arguments: [([0, 1 << 62], "has no rows"), ([3, 0], "has no columns"), ([0], "has no rows")])
  func aFileOfNothingIsRefused(shape: [Int], message: String) throws {
    let folder = try TemporaryFolder()
    let (x, y) = (folder.file("x.npy"), folder.file("y.npy"))
    try folder.write(NPYArray<Float>(shape: shape, elements: []).fileBytes, as: "x.npy")
    try folder.write(NPYArray<Float>(shape: [3], elements: [0, 1, 2]).fileBytes, as: "y.npy")
    for (files, path) in [
      (NPYFiles(featuresPath: x, targetsPath: y, task: .regression), x),
      (NPYFiles(featuresPath: y, targetsPath: x, task: .regression), x),
    ] {
      let error = try #require(throws: DataFileError.self) { let _: Samples<Float> = try files.read() }
      #expect("\(error)" == "\(path): \(message)")
    }
  }

  @Test func readsFilesThatWereWritten() throws {
    let folder = try TemporaryFolder()
    let features = NPYArray<Float>(shape: [3, 2], elements: [1, 2, 3, 4, 5, 6])
    let targets = NPYArray<Double>(shape: [3], elements: [0.25, 0.5, 1])
    try folder.write(features.fileBytes, as: "x.npy")
    try folder.write(targets.fileBytes, as: "y.npy")
    let files = NPYFiles(featuresPath: folder.file("x.npy"), targetsPath: folder.file("y.npy"), task: .regression)
    let samples: Samples<Float> = try files.read()
    #expect(try samples.features == features.elements)
    #expect(try samples.targets == [0.25, 0.5, 1])
    let missing = NPYFiles(featuresPath: folder.file("x.npy"), targetsPath: folder.file("z.npy"), task: .regression)
    let error = try #require(throws: DataFileError.self) {
      let _: Samples<Float> = try missing.read()
    }
    #expect(error.kind == .unreadable)
    #expect(error.path == folder.file("z.npy"))
  }
}
