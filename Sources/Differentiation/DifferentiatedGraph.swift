package import ComputationGraph

/// A training graph with its reverse pass: forward nodes first, then backward nodes in the order of reverse execution.
///
/// Each local derivative is one node, computed once and read by everyone who needs it: for u = x Wᵀ + b and
/// h = σ(u), one dL/du serves the weight's gradient, the bias's and the input's.
package struct DifferentiatedGraph: Hashable, Sendable {
  package let graph: Graph
  /// Nodes 0 ..< forwardNodeCount are the forward graph.
  package let forwardNodeCount: Int
  /// For each parameter the value that is its gradient, nil where the loss does not depend on it.
  package let gradients: [ValueID?]
  /// Whether parameters' gradients are added to what earlier runs have left, so that those of a batch's micro-batches
  /// add up. No node reads a gradient then.
  package let addsGradients: Bool
  /// Whether each parameter is updated as soon as its gradient is complete: a node for that follows the pullback of
  /// each node that reads parameters, and the gradient is a value like any other.
  package let fusesUpdates: Bool
  /// Nodes that round activations to bfloat16 and widen them again follow from here on.
  private let roundingNodes: Int
  /// By forward value: the node that rounds it, -1 where there is none. Empty where nothing is rounded.
  private var roundingOfValue: [Int32]

  package var forwardNodes: ArraySlice<Node> { graph.nodes[..<forwardNodeCount] }
  package var backwardNodes: ArraySlice<Node> { graph.nodes[forwardNodeCount..<roundingNodes] }

  /// Whether activations are rounded to bfloat16 while they are kept.
  package var roundsKept: Bool { !roundingOfValue.isEmpty }

  /// The same with activations kept as they are: the nodes that would round them are in no plan.
  package var withoutRounding: DifferentiatedGraph {
    var other = self
    other.roundingOfValue = []
    return other
  }

  /// The node that rounds a forward value to bfloat16 for keeping, and the one that widens that copy to float32 again;
  /// nil where the value is kept as it is: statistics, and everything in graphs that round nothing.
  package func rounding(of value: ValueID) -> (narrow: Int, widen: Int)? {
    guard value.index < roundingOfValue.count, roundingOfValue[value.index] >= 0 else { return nil }
    let node = Int(roundingOfValue[value.index])
    return (node, node + 1)
  }

  /// The form in which a value is kept: its rounded copy where it has one.
  package func keptForm(of value: ValueID) -> ValueID {
    rounding(of: value).map { graph.nodes[$0.narrow].outputs[0] } ?? value
  }

  /// Differentiates the loss of a training graph with respect to every parameter, by the chain rule in reverse.
  ///
  /// The cotangent of the network's input is never computed. Where a value has several consumers their contributions
  /// are added in the order in which the reverse pass meets them. Linear in the graph.
  ///
  /// - Parameter roundsKept: whether activations are rounded to bfloat16 while they are kept: each forward activation
  ///   has two nodes more, which nobody reads but the plan that keeps it.
  package init(
    of forward: Graph, addsGradients: Bool = false, fusesUpdates: Bool = false, roundsKept: Bool = false
  ) throws(GraphError) {
    precondition(!(addsGradients && fusesUpdates), "a gradient that is still added to is not complete")
    self.addsGradients = addsGradients
    self.fusesUpdates = fusesUpdates
    var builder = ReverseBuilder(forward, addsGradients: addsGradients)
    for index in forward.nodes.indices.reversed() {
      try builder.differentiate(nodeAt: index)
      if fusesUpdates { try builder.updateParameters(ofNodeAt: index) }
    }
    var graph = builder.graph
    roundingNodes = graph.nodes.count
    roundingOfValue = roundsKept ? try graph.appendRoundings(ofNodes: forward.nodes, values: forward.values.count) : []
    self.graph = graph
    forwardNodeCount = forward.nodes.count
    gradients = forward.parameters.map { builder.cotangents[$0.value.index] }
    try graph.verify(besides: forwardNodeCount)
  }

  /// A graph that is only evaluated: no backward nodes, no gradients.
  package init(withoutReversePass forward: Graph) {
    graph = forward
    forwardNodeCount = forward.nodes.count
    gradients = Array(repeating: nil, count: forward.parameters.count)
    addsGradients = false
    fusesUpdates = false
    roundingNodes = forward.nodes.count
    roundingOfValue = []
  }
}

extension Graph {
  /// Appends the roundings of all activations. Gives for each forward value the first node of its own, or -1.
  fileprivate mutating func appendRoundings(ofNodes forward: [Node], values: Int) throws(GraphError) -> [Int32] {
    var nodes = Array(repeating: Int32(-1), count: values)
    for node in forward where node.operation.givesActivation {
      for output in node.outputs { nodes[output.index] = Int32(try appendRounding(of: output, layer: node.layer)) }
    }
    return nodes
  }
}

/// The reverse pass under construction: what rules append nodes to.
struct ReverseBuilder {
  private(set) var graph: Graph
  /// By forward value; nil where there is none yet.
  private(set) var cotangents: [ValueID?]
  /// Whether gradients are added to earlier ones, so that no node may read them.
  let addsGradients: Bool
  private let needsCotangent: [Bool]
  private var current = 0

  init(_ forward: Graph, addsGradients: Bool) {
    graph = forward
    // A linear layer with its activation is differentiated by four nodes of one output each, others by fewer.
    let most = 4 * forward.nodes.count
    graph.reserveCapacity(nodes: forward.nodes.count + most, values: forward.values.count + most)
    self.addsGradients = addsGradients
    cotangents = Array(repeating: nil, count: forward.values.count)
    var needs = forward.values.map { value in
      if case .parameter = value.source { true } else { false }
    }
    for node in forward.nodes where node.inputs.contains(where: { needs[$0.index] }) {
      for output in node.outputs { needs[output.index] = true }
    }
    needsCotangent = needs
  }

  mutating func differentiate(nodeAt index: Int) throws(GraphError) {
    let node = graph.nodes[index]
    current = index
    if graph.loss == node.outputs.first || node.outputs.contains(where: { cotangents[$0.index] != nil }) {
      try pullBack(node)
    }
  }

  /// Appends the updates of the parameters that a node reads. Nobody reads them afterwards: a parameter belongs to one
  /// node, and all that its pullback reads has been read.
  mutating func updateParameters(ofNodeAt index: Int) throws(GraphError) {
    current = index
    for input in graph.nodes[index].inputs {
      guard case .parameter = graph[input].source, let gradient = cotangents[input.index] else { continue }
      _ = try append(.parameterUpdate, [gradient, input])
    }
  }

  /// Whether anyone wants the cotangent of a value.
  func wantsCotangent(of value: ValueID) -> Bool { needsCotangent[value.index] }

  /// The cotangent of a node's output as far as it is needed; the reverse order makes it complete.
  func cotangent(of value: ValueID) -> ValueID? { cotangents[value.index] }

  /// Appends a backward node of the forward node at hand.
  mutating func append(_ operation: Operator, _ inputs: OperandList<ValueID>) throws(GraphError) -> OperandList<ValueID>
  {
    try graph.append(operation, inputs, layer: graph.nodes[current].layer, differentiates: current)
  }

  /// Adds a contribution to the cotangent of a value.
  mutating func contribute(_ cotangent: ValueID, to value: ValueID) throws(GraphError) {
    guard let present = cotangents[value.index] else {
      cotangents[value.index] = cotangent
      return
    }
    cotangents[value.index] = try append(.add, [present, cotangent])[0]
  }
}
