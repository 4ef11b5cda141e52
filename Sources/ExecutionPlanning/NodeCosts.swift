package import ComputationGraph

/// What one execution of a node is taken to cost, in seconds: all that planning knows of time.
package struct NodeCosts: Sendable {
  private let secondsOfNode: @Sendable (Node, Graph) -> Double

  /// - Parameter seconds: of a node of a graph. It depends on nothing but the node's operator and the shapes of its
  ///   inputs.
  package init(seconds: @escaping @Sendable (Node, Graph) -> Double) {
    secondsOfNode = seconds
  }

  /// Operation and byte counts over the rates of a nominal machine: a pure function of the network.
  package static func operationCounts(_ rates: OperationRates) -> NodeCosts {
    NodeCosts { rates.seconds(of: $0, in: $1) }
  }

  /// Operation counts at the rates of generated kernels.
  package static let operationCounts = NodeCosts.operationCounts(.generated)

  package func seconds(of node: Node, in graph: Graph) -> Double { secondsOfNode(node, graph) }
}
