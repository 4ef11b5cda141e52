import ComputationGraph

/// The loss starts the reverse pass: its own cotangent is one, and dp is written out in closed form.
enum LossRule {
  static let residuals = Residuals(inputs: [0, 1])

  static func pullBack(_ node: Node, loss: LossFunction, into builder: inout ReverseBuilder) throws(GraphError) {
    guard builder.wantsCotangent(of: node.inputs[0]) else { return }
    try builder.contribute(builder.append(.lossGradient(loss), node.inputs)[0], to: node.inputs[0])
  }
}
