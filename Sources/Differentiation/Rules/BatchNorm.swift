import ComputationGraph

/// y = (x - mean) / deviation * γ + β over each column of the batch, differentiated through the batch's statistics as
/// well. dγ and dβ are the two column sums that dx needs too: computed once, read by both; or twice, where gradients
/// are added to those of earlier micro-batches and dx needs its own micro-batch's.
enum BatchNormRule {
  static let residuals = Residuals(inputs: [0, 1, 2])

  static func pullBack(_ node: Node, epsilon: Double, into builder: inout ReverseBuilder) throws(GraphError) {
    guard let dy = builder.cotangent(of: node.outputs[0]) else { return }
    let (x, statistics, scale, shift) = (node.inputs[0], node.inputs[1], node.inputs[2], node.inputs[3])
    let gradients = try builder.append(.batchNormParameterGradients(epsilon: epsilon), [dy, x, statistics])
    try builder.contribute(gradients[0], to: scale)
    try builder.contribute(gradients[1], to: shift)
    if builder.wantsCotangent(of: x) {
      let sums =
        builder.addsGradients
        ? try builder.append(.batchNormParameterGradients(epsilon: epsilon), [dy, x, statistics]) : gradients
      let operands: OperandList = [dy, x, statistics, scale, sums[0], sums[1]]
      try builder.contribute(builder.append(.batchNormInputGradient(epsilon: epsilon), operands)[0], to: x)
    }
  }
}
