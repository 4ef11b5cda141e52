package import ComputationGraph

extension KernelSignature {
  /// What a node's kernel is made for.
  package init(of node: Node, in graph: Graph, addsToOutputs: Bool = false) {
    self.init(
      operation: node.operation, inputs: graph.inputShapes(of: node), outputs: graph.outputShapes(of: node),
      elementType: graph.elementType, addsToOutputs: addsToOutputs)
  }
}
