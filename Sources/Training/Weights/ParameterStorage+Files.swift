package import ArenaMemory
import ComputationGraph

extension ParameterStorage {
  /// The digest of all parameters: `sha256:` and 64 hexadecimal digits.
  package func parametersDigest() throws(ArenaMemoryError) -> String {
    var digest = ParametersDigest()
    for index in parameters.indices {
      let values = try values(ofParameter: index).map { Float($0) }
      digest.update(values.span)
    }
    return digest.text
  }

  /// All parameters and running statistics, by the names of weights files.
  package func weightTensors() throws(ArenaMemoryError) -> [NamedTensor] {
    var tensors: [NamedTensor] = []
    for (index, parameter) in parameters.enumerated() {
      tensors.append(parameter.tensor(of: try values(ofParameter: index)))
    }
    for (index, state) in states.enumerated() {
      let values = try values(ofState: index)
      let width = state.shape.columns
      tensors.append(namedTensor("\(state.name).running_mean", [width], Array(values[..<width])))
      tensors.append(namedTensor("\(state.name).running_var", [width], Array(values[width...])))
    }
    return tensors
  }

  /// The gradient of every parameter, by the parameters' names.
  package func gradientTensors() throws(ArenaMemoryError) -> [NamedTensor] {
    var tensors: [NamedTensor] = []
    for (index, parameter) in parameters.enumerated() {
      tensors.append(parameter.tensor(of: try gradient(ofParameter: index)))
    }
    return tensors
  }

  /// Takes parameters from a weights file, and running statistics where it has them.
  ///
  /// - Throws: `DataFileError` where a parameter is missing, has another shape, or a tensor belongs to no parameter.
  package func load(_ file: SafetensorsFile, path: String) throws {
    var tensors: [String: NamedTensor] = [:]
    for tensor in file.tensors { tensors[tensor.name] = tensor }
    func take(_ name: String, shape: [Int]) throws(DataFileError) -> [Element]? {
      guard let tensor = tensors.removeValue(forKey: name) else { return nil }
      guard tensor.shape == shape else {
        throw DataFileError(
          path: path, "the tensor \"\(name)\" has the shape \(tensor.shape) where this network needs \(shape)")
      }
      return tensor.elements(as: Element.self)
    }
    for (index, parameter) in parameters.enumerated() {
      guard let values = try take(parameter.name, shape: parameter.fileShape) else {
        throw DataFileError(
          path: path, "there is no tensor \"\(parameter.name)\", which this network needs; is it of another network?")
      }
      try setValues(values, ofParameter: index)
    }
    for (index, state) in states.enumerated() {
      let width = state.shape.columns
      let means = try take("\(state.name).running_mean", shape: [width])
      let variances = try take("\(state.name).running_var", shape: [width])
      if let means, let variances { try setValues(means + variances, ofState: index) }
    }
    let left = tensors.keys.filter { !$0.hasSuffix(".num_batches_tracked") }
    if let name = left.min() {
      throw DataFileError(path: path, "the tensor \"\(name)\" belongs to no parameter of this network")
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

  fileprivate func tensor<Element: TrainingElement>(of values: [Element]) -> NamedTensor {
    namedTensor(name, fileShape, values)
  }
}

private func namedTensor<Element: TrainingElement>(_ name: String, _ shape: [Int], _ values: [Element]) -> NamedTensor {
  switch Element.elementType {
  case .float32: NamedTensor(name: name, shape: shape, elements: .float32(values.map { Float($0) }))
  case .float64: NamedTensor(name: name, shape: shape, elements: .float64(values.map { Double($0) }))
  }
}
