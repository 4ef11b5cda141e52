import ComputationGraph

/// h = σ(u): du = dh σ', from h where σ' is a function of the activation, else from u.
enum ActivationRule {
  static func residuals(_ activation: Activation) -> Residuals {
    switch activation.savedSide {
    case .input: Residuals(inputs: [0])
    case .output: Residuals(outputs: [0])
    }
  }

  static func pullBack(
    _ node: Node, activation: Activation, into builder: inout ReverseBuilder
  ) throws(GraphError) {
    guard builder.wantsCotangent(of: node.inputs[0]), let dh = builder.cotangent(of: node.outputs[0]) else { return }
    let saved = activation.savedSide == .input ? node.inputs[0] : node.outputs[0]
    try builder.contribute(builder.append(.activationGradient(activation), [dh, saved])[0], to: node.inputs[0])
  }
}
