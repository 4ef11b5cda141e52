extension Graph {
  /// Makes room for so many nodes and values in all: deep graphs would be copied several times over while they grow.
  package mutating func reserveCapacity(nodes nodeCount: Int, values valueCount: Int) {
    nodes.reserveCapacity(nodeCount)
    values.reserveCapacity(valueCount)
  }

  /// Appends a node and its output values.
  ///
  /// - Throws: where the inputs do not fit the operator's signature.
  @discardableResult
  package mutating func append(
    _ operation: Operator, _ inputs: OperandList<ValueID>, layer: Int, differentiates: Int? = nil
  ) throws(GraphError) -> OperandList<ValueID> {
    let shapes = inputs.map { self[$0].shape }
    guard let outputShapes = operation.outputShapes(for: shapes) else {
      throw GraphError("\(operation.name) in layer \(layer) does not take inputs of shapes \(shapes)")
    }
    let node = nodes.count
    var outputs: OperandList<ValueID> = []
    for shape in outputShapes {
      try Graph.checkSize(of: shape, elementType.accumulationType)
      outputs.append(ValueID(index: values.count))
      values.append(Value(shape: shape, source: .node(node)))
    }
    nodes.append(
      Node(
        operation: operation, inputs: inputs, outputs: outputs, layer: layer, differentiates: differentiates))
    return outputs
  }

  mutating func appendSource(_ source: Value.Source, _ shape: Shape) throws(GraphError) -> ValueID {
    try Graph.checkSize(of: shape, elementType.accumulationType)
    values.append(Value(shape: shape, source: source))
    return ValueID(index: values.count - 1)
  }

  /// The largest single value, in bytes: far above any machine's memory, far below where sums could overflow.
  static let largestValueByteCount = 1 << 46

  private static func checkSize(of shape: Shape, _ elementType: ElementType) throws(GraphError) {
    let (count, overflow) = shape.rows.multipliedReportingOverflow(by: shape.columns)
    guard shape.rows > 0, shape.columns > 0, !overflow, count <= largestValueByteCount / elementType.byteCount else {
      throw GraphError("a value of shape \(shape) is empty or larger than 64 TiB")
    }
  }
}
