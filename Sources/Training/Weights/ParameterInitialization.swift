package import ComputationGraph
package import Kernels

/// Draws every parameter: weights by the scheme, or by what suits the activation that follows; scales one; biases and
/// shifts zero; running variances one.
///
/// - Parameters:
///   - initialization: nil for `he` where a rectifier, GELU or SiLU follows, `lecun` before an ELU, else `xavier`; all
///     normal.
///   - team: its threads draw matrices at the same time, each its own, where that takes no memory.
package func initializeParameters<Element>(
  of storage: ParameterStorage<Element>, by initialization: Initialization?, seed: UInt64, team: ThreadTeam = .single
) throws {
  var matrices: [(index: Int, weights: InitialWeights)] = []
  for (index, parameter) in storage.parameters.enumerated() {
    switch parameter.kind {
    case .weight(let activation):
      let weights = try initialWeights(of: parameter, feeding: activation, by: initialization, seed, index)
      matrices.append((index, weights))
    case .scale:
      try storage.setValues(Array(repeating: 1, count: parameter.shape.elementCount), ofParameter: index)
    case .bias, .shift: break
    }
  }
  storage.parametersWillChange()
  func draw(_ matrix: (index: Int, weights: InitialWeights)) {
    storage.withValues(ofParameter: matrix.index) { matrix.weights.fill(&$0) }
  }
  if matrices.contains(where: { $0.weights.needsWorkspace }) {
    for matrix in matrices { draw(matrix) }
  } else {
    team.parallel { thread, threadCount in
      for number in stride(from: thread, to: matrices.count, by: threadCount) { draw(matrices[number]) }
    }
  }
  for (index, state) in storage.states.enumerated() {
    let width = state.shape.columns
    try storage.setValues(
      Array(repeating: 0, count: width) + Array(repeating: 1, count: width), ofState: index)
  }
}

/// Bytes that `initializeParameters` takes beside the parameters themselves.
///
/// - Throws: `DataRequestError` for a matrix that cannot be drawn.
package func initializationByteCount(
  of parameters: [Parameter], by initialization: Initialization?
) throws(DataRequestError) -> Int {
  var largest = 0
  for (index, parameter) in parameters.enumerated() {
    guard case .weight(let activation) = parameter.kind else { continue }
    let weights = try initialWeights(of: parameter, feeding: activation, by: initialization, 0, index)
    largest = max(largest, weights.workspaceByteCount)
  }
  return largest
}

private func initialWeights(
  of parameter: Parameter, feeding activation: Activation?, by initialization: Initialization?, _ seed: UInt64,
  _ index: Int
) throws(DataRequestError) -> InitialWeights {
  try InitialWeights(
    units: parameter.shape.rows, inputs: parameter.shape.columns,
    initialization: initialization ?? .suiting(activation), seed: seed, parameterIndex: index)
}

extension Initialization {
  /// The scheme that keeps variances through a layer before this activation; nil is none.
  package static func suiting(_ activation: Activation?) -> Initialization {
    switch activation {
    case .relu, .leakyRelu, .gelu, .silu: Initialization(scheme: .he, distribution: .normal)
    case .elu: Initialization(scheme: .lecun, distribution: .normal)
    case .tanh, .sigmoid, .softplus, nil: Initialization(scheme: .xavier, distribution: .normal)
    }
  }
}
