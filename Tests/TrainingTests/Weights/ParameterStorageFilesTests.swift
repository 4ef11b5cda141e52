import ArenaMemory
import ComputationGraph
import SystemCalls
import TestSupport
import Testing
import Training

@Suite struct ParameterStorageFilesTests {
  private func storage<Element: TrainingElement>(_ type: Element.Type) throws -> ParameterStorage<Element> {
    let network = NetworkDescription(
      layers: [
        .linear(units: 5, bias: true), .batchNorm(momentum: 0.1, epsilon: 1e-5), .layerNorm(epsilon: 1e-5),
        .residual(layers: [.linear(units: 5, bias: false)]), .linear(units: 2, bias: true),
      ],
      loss: .meanSquaredError, inputFeatures: 3, targetColumns: 2, elementType: Element.elementType)
    let graph = try Graph(network, batchRows: 4, mode: .training)
    return try ParameterStorage(for: graph, optimizerStateCount: 1, in: JemallocArena())
  }

  private func drawn<Element: TrainingElement>(_ type: Element.Type, seed: UInt64) throws -> ParameterStorage<Element> {
    let storage = try storage(type)
    try initializeParameters(of: storage, by: nil, seed: seed)
    for index in storage.states.indices {
      let count = storage.states[index].shape.elementCount
      try storage.setValues((0..<count).map { Element($0) + 0.5 }, ofState: index)
    }
    return storage
  }

  @Test func writesWhatTheFormatsOwnReaderReads() throws {
    let folder = try TemporaryFolder()
    let storage = try drawn(Float.self, seed: 3)
    try storage.writeWeights(toPath: folder.file("w"), metadata: ["a": "b"])
    let file = try TestWeightsFile(path: folder.file("w"))
    #expect(file.metadata == ["a": "b"])
    #expect(
      file.tensors.map(\.name) == [
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "layers.2.weight", "layers.2.bias",
        "layers.3.layers.0.weight", "layers.4.weight", "layers.4.bias", "layers.1.running_mean",
        "layers.1.running_var",
      ])
    for (index, parameter) in storage.parameters.enumerated() {
      #expect(try file.tensors[index].elements(as: Float.self) == storage.values(ofParameter: index), "\(parameter)")
    }
    #expect(file.tensors[9].elements(as: Float.self) == [0.5, 1.5, 2.5, 3.5, 4.5])
  }

  @Test func readsBackEveryBit() throws {
    let folder = try TemporaryFolder()
    let storage = try drawn(Float.self, seed: 3)
    try storage.writeWeights(toPath: folder.file("w"), metadata: [:])
    let other = try self.storage(Float.self)
    try other.loadWeights(fromPath: folder.file("w"))
    #expect(other.parametersDigest() == storage.parametersDigest())
    #expect(try other.values(ofState: 0) == storage.values(ofState: 0))
    let wide = try self.storage(Double.self)
    try wide.loadWeights(fromPath: folder.file("w"))
    #expect(wide.parametersDigest() == storage.parametersDigest())
    try wide.writeWeights(toPath: folder.file("wide"), metadata: [:])
    let narrow = try self.storage(Float.self)
    try narrow.loadWeights(fromPath: folder.file("wide"))
    #expect(narrow.parametersDigest() == storage.parametersDigest())
  }

  @Test func tellsAMissingFileFromAWrongOne() throws {
    let storage = try drawn(Float.self, seed: 3)
    let error = try #require(throws: DataFileError.self) { try storage.loadWeights(fromPath: "/nonexistent/w") }
    #expect(error.kind == .unreadable)
    #expect("\(error)" == "/nonexistent/w: cannot be read: No such file or directory")
    let writing = try #require(throws: SystemCallError.self) {
      try storage.writeWeights(toPath: "/nonexistent/w", metadata: [:])
    }
    #expect(writing.call == "open")
  }

  @Test func writesGradients() throws {
    let folder = try TemporaryFolder()
    let storage = try drawn(Float.self, seed: 3)
    try storage.gradientBlock.fill(byte: 0)
    try storage.gradientBlock.write([Float(1), 2, 3])
    try storage.writeGradients(toPath: folder.file("g"), metadata: ["loss": "1"])
    let file = try TestWeightsFile(path: folder.file("g"))
    #expect(file.tensors.count == 9)
    #expect(file.tensors[0].elements(as: Float.self) == [1, 2, 3] + Array(repeating: 0, count: 12))
  }

  @Test func refusesWhatIsOfAnotherNetwork() throws {
    let folder = try TemporaryFolder()
    let storage = try drawn(Float.self, seed: 3)
    try storage.writeWeights(toPath: folder.file("w"), metadata: [:])
    let before = storage.parametersDigest()
    let tensors = try TestWeightsFile(path: folder.file("w")).tensors
    func error(_ changed: [TestWeightsFile.Tensor]) throws -> String {
      try TestWeightsFile(tensors: changed).write(toPath: folder.file("x"))
      let error = #expect(throws: DataFileError.self) { try storage.loadWeights(fromPath: folder.file("x")) }
      return String("\(try #require(error))".dropFirst((folder.file("x: ")).count))
    }
    #expect(
      try error(Array(tensors.dropFirst()))
        == "there is no tensor \"layers.0.weight\", which this network needs; is it of another network?")
    let reshaped = TestWeightsFile.Tensor(name: "layers.0.bias", shape: [1, 5], elements: tensors[1].elements)
    #expect(
      try error([tensors[0], reshaped] + tensors[2...])
        == "the tensor \"layers.0.bias\" has the shape [1, 5] where this network needs [5]")
    let extra = TestWeightsFile.Tensor(name: "layers.9.bias", shape: [1], elements: .float32([1]))
    #expect(
      try error(tensors + [extra]) == "the tensor \"layers.9.bias\" belongs to no parameter of this network")
    #expect(storage.parametersDigest() == before, "a refused file changes nothing")
    // PyTorch's count of batches, in its own type or another, is passed over.
    let ofBatchNorm = TestWeightsFile.Tensor(name: "layers.1.num_batches_tracked", shape: [], elements: .float64([7]))
    try TestWeightsFile(tensors: tensors + [ofBatchNorm]).write(toPath: folder.file("x"))
    try storage.loadWeights(fromPath: folder.file("x"))
    var bytes = try readFile(atPath: folder.file("x"))
    let type = try #require(bytes.firstRange(of: Array("F64".utf8)))
    bytes.replaceSubrange(type, with: Array("I64".utf8))
    try writeFileWhole(bytes, toPath: folder.file("x"))
    try storage.loadWeights(fromPath: folder.file("x"))
    #expect(storage.parametersDigest() == before)
    func spoiled(_ elements: TestWeightsFile.Elements) throws -> String {
      let bias = TestWeightsFile.Tensor(name: "layers.0.bias", shape: [5], elements: elements)
      return try error([tensors[0], bias] + tensors[2...])
    }
    #expect(
      try spoiled(.float32([0, 0, .nan, 0, .infinity]))
        == "the tensor \"layers.0.bias\" has nan at element 2 (the first is 0, row-major) where a finite number is needed"
    )
    #expect(
      try spoiled(.float64([0, 1, 2, 3, -1e300]))
        == "the tensor \"layers.0.bias\" has -1e+300, which is beyond float32, at element 4 (the first is 0, row-major) "
        + "where a finite number is needed")
    let variances = TestWeightsFile.Tensor(
      name: "layers.1.running_var", shape: [5], elements: .float32([1, 0, 2, -0.5, 1]))
    #expect(
      try error(tensors.dropLast() + [variances])
        == "the tensor \"layers.1.running_var\" has -0.5 at element 3 (the first is 0, row-major) where a variance is "
        + "needed")
    try storage.loadWeights(fromPath: folder.file("w"))
    // Half of the running statistics is as good as none.
    #expect(try storage.values(ofState: 0)[0] == 0.5)
    try TestWeightsFile(tensors: Array(tensors.dropLast())).write(toPath: folder.file("x"))
    let fresh = try self.storage(Float.self)
    try fresh.loadWeights(fromPath: folder.file("x"))
    #expect(try fresh.values(ofState: 0)[0] == 0)
    #expect(fresh.parametersDigest() == before)
  }
}
