import ComputationGraph

/// h = σ(x Wᵀ + b): with du = dh σ', computed once, dx = du W, dW = duᵀ x, db = the column sums of du.
enum LinearRule {
  static func residuals(activation: Activation?) -> Residuals {
    Residuals(inputs: [0, 1], outputs: activation == nil ? [] : [0])
  }

  static func pullBack(
    _ node: Node, activation: Activation?, into builder: inout ReverseBuilder
  ) throws(GraphError) {
    guard var du = builder.cotangent(of: node.outputs[0]) else { return }
    if let activation {
      du = try builder.append(.activationGradient(activation), [du, node.outputs[0]])[0]
    }
    let x = node.inputs[0]
    let weight = node.inputs[1]
    try builder.contribute(builder.append(.linearWeightGradient, [du, x])[0], to: weight)
    if node.inputs.count == 3 {
      try builder.contribute(builder.append(.linearBiasGradient, [du])[0], to: node.inputs[2])
    }
    if builder.wantsCotangent(of: x) {
      try builder.contribute(builder.append(.linearInputGradient, [du, weight])[0], to: x)
    }
  }
}
