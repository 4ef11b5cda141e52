import ComputationGraph

/// y = (x - mean) / deviation * γ + β over each row, differentiated through the row's statistics as well.
enum LayerNormRule {
  static let residuals = Residuals(inputs: [0, 1, 2])

  static func pullBack(_ node: Node, into builder: inout ReverseBuilder) throws(GraphError) {
    guard let dy = builder.cotangent(of: node.outputs[0]) else { return }
    let (x, statistics, scale, shift) = (node.inputs[0], node.inputs[1], node.inputs[2], node.inputs[3])
    let gradients = try builder.append(.layerNormParameterGradients, [dy, x, statistics])
    try builder.contribute(gradients[0], to: scale)
    try builder.contribute(gradients[1], to: shift)
    if builder.wantsCotangent(of: x) {
      try builder.contribute(builder.append(.layerNormInputGradient, [dy, x, statistics, scale])[0], to: x)
    }
  }
}
