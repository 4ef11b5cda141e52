package import ComputationGraph

/// What one execution of a node is taken to cost, in seconds.
package enum CostModel: Hashable, Sendable {
  /// Operation and byte counts over the rates of a nominal machine: the same plan everywhere.
  case operationCounts

  /// 10^11 operations and 2 x 10^10 bytes a second, whichever takes longer: two cores of a present server.
  package func seconds(of node: Node, in graph: Graph) -> Double {
    switch self {
    case .operationCounts:
      let inputs = graph.inputShapes(of: node)
      let bytes = node.operation.bytesMoved(for: inputs, elementType: graph.elementType)
      return max(Double(node.operation.flops(for: inputs)) / 1e11, Double(bytes) / 2e10)
    }
  }
}
