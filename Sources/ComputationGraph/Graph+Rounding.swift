extension Graph {
  /// Appends what keeps a value in half its bytes: a node that rounds it to bfloat16, and one that widens the copy
  /// again.
  ///
  /// - Returns: the index of the first of the two nodes.
  package mutating func appendRounding(of value: ValueID, layer: Int) throws(GraphError) -> Int {
    let copy = try append(.narrow, [value], layer: layer)
    try append(.widen, copy, layer: layer)
    return nodes.count - 2
  }

  /// The value that a widened copy stands for; any other value itself. A node may read the one in place of the other.
  package func unrounded(_ value: ValueID) -> ValueID {
    guard case .node(let widening) = self[value].source, nodes[widening].operation == .widen,
      case .node(let rounding) = self[nodes[widening].inputs[0]].source
    else { return value }
    return nodes[rounding].inputs[0]
  }
}
