import ArenaMemory
import ComputationGraph
package import SystemCalls

extension ParameterStorage {
  /// The digest of all parameters: `sha256:` and 64 hexadecimal digits.
  package func parametersDigest() -> String {
    var digest = ParametersDigest()
    for tensor in parameterTensors(in: parameterBlock) {
      let (offset, count) = (tensor.offset, tensor.elementCount)
      if Element.elementType == .float32 {
        tensor.block.withElements(Float.self, atByte: offset, count: count) { digest.update($0) }
      } else {
        tensor.block.withElements(Element.self, atByte: offset, count: count) { digest.update($0) }
      }
    }
    return digest.text
  }

  /// Writes all parameters and running statistics, by the names of weights files.
  ///
  /// - Throws: `SystemCallError`; what stood at `path` is then untouched.
  package func writeWeights(toPath path: String, metadata: [String: String]) throws(SystemCallError) {
    try writeSafetensors(weightTensors, metadata: metadata, toPath: path)
  }

  /// Writes the gradient of every parameter, by the parameters' names.
  ///
  /// - Throws: as `writeWeights`.
  package func writeGradients(toPath path: String, metadata: [String: String]) throws(SystemCallError) {
    try writeSafetensors(parameterTensors(in: gradientBlock), metadata: metadata, toPath: path)
  }

  /// Takes parameters from a weights file, and running statistics where it has them; numbers are rounded where the file
  /// has the wider type.
  ///
  /// - Returns: the figures by which the features were standardized that they were trained on; nil where they were not,
  ///   or the file does not tell.
  /// - Throws: `DataFileError` where a parameter is missing, has another shape, or a tensor belongs to no parameter:
  ///   nothing is changed then. `DataFileError` of a number that is not finite and of a variance below 0.
  ///   `ArenaMemoryError` never.
  @discardableResult
  package func loadWeights(fromPath path: String) throws -> Standardization? {
    let file = try TensorFile(path: path)
    let standardization = try Standardization.read(fromMetadata: file.layout.metadata, path: path)
    var entries: [String: SafetensorsHeader.Entry] = [:]
    for entry in file.layout.entries { entries[entry.name] = entry }
    var wanted: [(StoredTensor<Element>, SafetensorsHeader.Entry)] = []
    func take(_ tensor: StoredTensor<Element>) throws(DataFileError) -> Bool {
      guard let entry = entries.removeValue(forKey: tensor.name) else { return false }
      guard entry.shape == tensor.shape else {
        throw DataFileError(
          path: path,
          "the tensor \"\(tensor.name)\" has the shape \(entry.shape) where this network needs \(tensor.shape)")
      }
      wanted.append((tensor, entry))
      return true
    }
    for tensor in parameterTensors(in: parameterBlock) where try !take(tensor) {
      throw DataFileError(
        path: path, "there is no tensor \"\(tensor.name)\", which this network needs; is it of another network?")
    }
    for pair in stateTensors {
      let isWhole = entries[pair.mean.name] != nil && entries[pair.variance.name] != nil
      let count = wanted.count
      for tensor in [pair.mean, pair.variance] { _ = try take(tensor) }
      if !isWhole { wanted.removeSubrange(count...) }
    }
    let left = entries.keys.filter { !$0.hasSuffix(batchCountSuffix) }
    if let name = left.min() {
      throw DataFileError(path: path, "the tensor \"\(name)\" belongs to no parameter of this network")
    }
    for (tensor, entry) in wanted { try file.read(entry, into: tensor) }
    return standardization
  }

  /// Parameters, then running statistics.
  private var weightTensors: some Sequence<StoredTensor<Element>> {
    [
      AnySequence(parameterTensors(in: parameterBlock)),
      AnySequence(stateTensors.lazy.flatMap { [$0.mean, $0.variance] }),
    ].joined()
  }

  /// Made one by one: of a deep and narrow network a list of them is as large as the parameters.
  private func parameterTensors(in block: MemoryBlock) -> some Sequence<StoredTensor<Element>> {
    zip(parameters, layout.offsets).lazy.map { parameter, offset in
      StoredTensor(name: parameter.name, shape: parameter.fileShape, block: block, offset: offset)
    }
  }

  private var stateTensors: some Sequence<(mean: StoredTensor<Element>, variance: StoredTensor<Element>)> {
    zip(states, layout.stateOffsets).lazy.map { [stateBlock] state, offset in
      let width = state.shape.columns
      func row(_ name: String, _ index: Int, isOfVariances: Bool) -> StoredTensor<Element> {
        StoredTensor(
          name: "\(state.name).\(name)", shape: [width], block: stateBlock,
          offset: offset + index * width * MemoryLayout<Element>.stride, isOfVariances: isOfVariances)
      }
      return (row("running_mean", 0, isOfVariances: false), row("running_var", 1, isOfVariances: true))
    }
  }
}

extension Parameter {
  /// The shape in files: matrices as they are, biases, scales and shifts with one dimension.
  fileprivate var fileShape: [Int] {
    switch kind {
    case .weight: [shape.rows, shape.columns]
    case .bias, .scale, .shift: [shape.columns]
    }
  }
}
