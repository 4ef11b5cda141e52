package import ComputationGraph

extension DifferentiatedGraph {
  /// For each value of a training graph that has one, the value of its differentiated graph that is its cotangent.
  /// Values that an addition only hands on share one with the sum.
  ///
  /// Differentiates the graph anew instead of being kept with it: for explaining small networks.
  package static func cotangents(of forward: Graph) throws(GraphError) -> [ValueID: ValueID] {
    var builder = ReverseBuilder(forward, addsGradients: false)
    for index in forward.nodes.indices.reversed() { try builder.differentiate(nodeAt: index) }
    var result: [ValueID: ValueID] = [:]
    for (index, cotangent) in builder.cotangents.enumerated() { result[ValueID(index: index)] = cotangent }
    return result
  }
}
