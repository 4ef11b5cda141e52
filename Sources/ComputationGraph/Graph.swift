/// A network as a computation graph: values, and nodes that compute values from values.
///
/// ```
/// %0 = input [16, 64]
/// %2 = parameter layers.0.weight [32, 64]
/// %4 = linear+relu %0 %2 %3 [16, 32]      layers.0
/// ```
///
/// Nodes stand in an order in which each can be computed. Backward nodes are nodes like any other, appended by
/// differentiation, so that what a reverse step reads follows from the edges. `verify()` checks all of this.
package struct Graph: Hashable, Sendable {
  /// What it computes in; a single value's type is that of ``elementType(of:)``.
  package let elementType: ElementType
  package internal(set) var values: [Value] = []
  package internal(set) var nodes: [Node] = []
  package internal(set) var parameters: [Parameter] = []
  package internal(set) var states: [RunningState] = []

  /// The batch's features [B, inputs] and targets.
  package internal(set) var input: ValueID
  package internal(set) var target: ValueID
  /// What the last layer gives, and the loss of it.
  package internal(set) var prediction: ValueID
  package internal(set) var loss: ValueID

  package subscript(id: ValueID) -> Value { values[id.index] }

  /// Rows of the batch that this graph is made for.
  package var batchRows: Int { self[input].shape.rows }

  package var parameterElementCount: Int { parameters.reduce(0) { $0 + $1.shape.elementCount } }

  /// Shapes of a node's inputs.
  package func inputShapes(of node: Node) -> [Shape] { node.inputs.map { self[$0].shape } }

  /// Shapes of a node's outputs.
  package func outputShapes(of node: Node) -> [Shape] { node.outputs.map { self[$0].shape } }

  /// Floating-point operations of one execution of a node.
  package func flops(of node: Node) -> Int { node.operation.flops(for: inputShapes(of: node)) }
}

/// The name of a value within its graph.
@frozen @usableFromInline package struct ValueID: Hashable, Sendable, Comparable {
  @usableFromInline package let index: Int

  @inlinable package init(index: Int) {
    self.index = index
  }

  @inlinable package static func < (left: ValueID, right: ValueID) -> Bool { left.index < right.index }
}

extension ValueID: PackedOperand {
  @inlinable package init(packed: UInt32) { self.init(index: Int(packed)) }

  @inlinable package var packed: UInt32 { UInt32(index) }
}

/// A matrix that flows along the graph's edges.
package struct Value: Hashable, Sendable {
  package let shape: Shape
  package let source: Source

  /// Where a value comes from.
  package enum Source: Hashable, Sendable {
    case input
    case target
    case parameter(Int)
    case state(Int)
    case node(Int)
  }
}

/// One application of an operator.
package struct Node: Hashable, Sendable {
  package let operation: Operator
  package let inputs: OperandList<ValueID>
  package let outputs: OperandList<ValueID>
  /// Index of the entry of the (unrolled) layer list; the loss has the index one past the last layer.
  package let layer: Int
  /// The forward node that this backward node differentiates, nil for a forward node.
  package let differentiates: Int?
}

/// What the optimizer changes.
package struct Parameter: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// A weight matrix [units, inputs]; the activation that its layer feeds decides its default initialization.
    case weight(feeds: Activation?)
    case bias
    /// γ of a normalization, one at the start.
    case scale
    /// β of a normalization, zero at the start.
    case shift
  }

  /// As in files, for example `layers.0.weight`.
  package let name: String
  package let shape: Shape
  package let kind: Kind
  package let value: ValueID
}

/// A batch norm's running statistics [2, width]: row 0 the mean, row 1 the variance.
package struct RunningState: Hashable, Sendable {
  /// The layer's name in files, for example `layers.3`; `.running_mean` and `.running_var` follow it.
  package let name: String
  package let shape: Shape
  package let value: ValueID
}

/// A network that cannot be made into a graph, as a sentence.
package struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
