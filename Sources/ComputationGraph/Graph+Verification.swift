extension Graph {
  /// Checks every invariant of a graph; each pass that makes or changes one ends with this.
  ///
  /// - Parameter verified: how many of the nodes, the first ones, have been verified and are unchanged.
  /// - Throws: the first invariant that does not hold. Linear in the graph.
  package func verify(besides verified: Int = 0) throws(GraphError) {
    var known = values.map { value in
      if case .node(let producer) = value.source { producer < verified } else { true }
    }
    for (index, node) in nodes.enumerated().dropFirst(verified) {
      for input in node.inputs where !known[input.index] {
        throw GraphError("node \(index) (\(node.operation.name)) reads %\(input.index) before it is computed")
      }
      guard node.operation.outputShapes(for: inputShapes(of: node)) == outputShapes(of: node) else {
        throw GraphError("node \(index) (\(node.operation.name)) has outputs of other shapes than its rule gives")
      }
      for output in node.outputs {
        guard self[output].source == .node(index), !known[output.index] else {
          throw GraphError("%\(output.index) is not the output of node \(index) alone")
        }
        known[output.index] = true
      }
      if let forward = node.differentiates, forward >= index || nodes[forward].differentiates != nil {
        throw GraphError("node \(index) differentiates node \(forward), which is no forward node before it")
      }
    }
    for (index, parameter) in parameters.enumerated()
    where self[parameter.value] != Value(shape: parameter.shape, source: .parameter(index)) {
      throw GraphError("parameter \(parameter.name) and its value do not agree")
    }
    for (index, state) in states.enumerated()
    where self[state.value] != Value(shape: state.shape, source: .state(index)) {
      throw GraphError("state \(state.name) and its value do not agree")
    }
    guard self[loss].shape == .scalar else { throw GraphError("the loss has shape \(self[loss].shape)") }
  }
}
