import ComputationGraph

/// y = a + b: the cotangent of y is that of both.
enum AddRule {
  static let residuals = Residuals()

  static func pullBack(_ node: Node, into builder: inout ReverseBuilder) throws(GraphError) {
    guard let dy = builder.cotangent(of: node.outputs[0]) else { return }
    for input in node.inputs where builder.wantsCotangent(of: input) {
      try builder.contribute(dy, to: input)
    }
  }
}
