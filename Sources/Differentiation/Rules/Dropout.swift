import ComputationGraph

/// y = x mask / (1 - rate) is linear with a diagonal matrix: dx = dy mask / (1 - rate), the same operator. The mask is
/// a function of seed, iteration, layer and element, so nothing is kept.
enum DropoutRule {
  static let residuals = Residuals()

  static func pullBack(
    _ node: Node, rate: Double, layer: Int, into builder: inout ReverseBuilder
  ) throws(GraphError) {
    guard builder.wantsCotangent(of: node.inputs[0]), let dy = builder.cotangent(of: node.outputs[0]) else { return }
    try builder.contribute(builder.append(.dropout(rate: rate, layer: layer), [dy])[0], to: node.inputs[0])
  }
}
