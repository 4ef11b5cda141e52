package import ComputationGraph
package import Differentiation

/// A link of the chain that checkpointing works on: one linear layer with the layers up to the next one, or a whole
/// skip block with those after it.
///
/// Exactly one value crosses from each stage to the next: the previous stage's `output` is the next one's `input`.
/// The loss is no stage.
package struct Stage: Hashable, Sendable {
  package let index: Int
  /// The layers it covers and what they do, for example `layers.4 linear+relu`.
  package let name: String
  /// Indices of its nodes in the graph; contiguous.
  package let forwardNodes: Range<Int>
  /// Indices of the backward nodes that differentiate them; contiguous.
  package let backwardNodes: Range<Int>
  package let input: ValueID
  package let output: ValueID
  /// Forward values that its backward nodes read, each once, in the order of the forward pass: its input, values
  /// inside, its output. Parameters and running statistics, which are always live, are not among them.
  package let residuals: [ValueID]
  /// The ways in which it can be kept, the first the smallest with which no matrix product is executed again.
  package internal(set) var forms: [KeptForm] = []

  package static func == (left: Stage, right: Stage) -> Bool {
    left.index == right.index && left.forwardNodes == right.forwardNodes && left.forms == right.forms
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(index)
    hasher.combine(forwardNodes)
  }
}

/// A set of values that, kept from a stage's forward execution to its reversal, spare its execution again. What the
/// reverse step reads beside them is evaluated again from them, element by element; in a form that says so by products
/// too.
package struct KeptForm: Hashable, Sendable {
  package let name: String
  /// Values inside the stage, and its output where the reverse step itself needs it.
  package let held: [ValueID]
  /// Whether the stage's output is among `held`.
  package let holdsOutput: Bool
  /// Whether the stage's output can be evaluated again from `held` alone, without the stage's input.
  package let derivesOutput: Bool
  /// Whether the stage's input is held with them, where the reverse step reads it and nothing else gives it.
  package let holdsInput: Bool
  /// Whether the stage's input is held even where the residuals of the stage before give it.
  package var holdsDerivedInput = false
  /// Whether the reverse step executes products of the stage again.
  package var executesProductsAgain = false
}

/// The partition of a differentiated graph into stages.
package struct StageChain: Sendable {
  package let stages: [Stage]
  /// By stage the first one that is like it in its nodes, operators, shapes and forms: what holds of that one's bytes and
  /// seconds holds of it.
  let firstAlike: [Int32]
  /// The loss's forward node, what follows it in the forward graph, and the node of its gradient.
  package let lossNode: Int
  package let followingNodes: Range<Int>
  package let lossGradientNode: Int?

  package init(of differentiated: DifferentiatedGraph) throws(PlanningError) {
    let graph = differentiated.graph
    guard let lossNode = differentiated.forwardNodes.firstIndex(where: { $0.outputs.first == graph.loss }) else {
      throw PlanningError("the graph has no loss")
    }
    self.lossNode = lossNode
    followingNodes = lossNode + 1..<differentiated.forwardNodeCount
    let forward = StageChain.forwardRanges(of: graph, upTo: lossNode)
    let backward = StageChain.backwardRanges(of: differentiated, matching: forward, lossNode: lossNode)
    lossGradientNode = backward.loss
    var stages: [Stage] = []
    stages.reserveCapacity(forward.count)
    var input = graph.input
    for (index, nodes) in forward.enumerated() {
      let output = graph.nodes[nodes.last!].outputs[0]
      let residuals = StageChain.residuals(of: graph, forward: nodes, backward: backward.stages[index], input: input)
      stages.append(
        Stage(
          index: index, name: StageChain.name(of: graph, nodes: nodes), forwardNodes: nodes,
          backwardNodes: backward.stages[index], input: input, output: output, residuals: residuals))
      input = output
    }
    for index in stages.indices {
      let inputIsDerived = index > 0 && stages[index - 1].forms.contains(where: \.derivesOutput)
      stages[index].forms = keptForms(of: stages[index], in: graph, inputIsDerived: inputIsDerived)
    }
    self.stages = stages
    var known: [StageSignature: Int32] = [:]
    firstAlike = stages.map { stage in
      let index = Int32(stage.index)
      let signature = StageSignature(of: stage, in: graph)
      if let first = known[signature] { return first }
      known[signature] = index
      return index
    }
  }

  /// The cotangent of a stage's output, which its backward nodes read; nil where the graph has no reverse pass.
  package func cotangent(enteringStage index: Int, in graph: Graph) -> ValueID? {
    let backward = stages[index].backwardNodes
    for node in graph.nodes[backward] {
      for input in node.inputs {
        if case .node(let producer) = graph[input].source, graph.nodes[producer].differentiates != nil,
          !backward.contains(producer)
        {
          return input
        }
      }
    }
    return nil
  }

  /// Cuts before each layer that holds a linear layer, except the first.
  private static func forwardRanges(of graph: Graph, upTo lossNode: Int) -> [Range<Int>] {
    var starts = [0]
    var layersWithProduct: Set<Int> = []
    for node in graph.nodes[..<lossNode] where node.operation.isProduct { layersWithProduct.insert(node.layer) }
    var seenProduct = false
    var lastLayer = -1
    for index in 0..<lossNode {
      let layer = graph.nodes[index].layer
      if layer != lastLayer, layersWithProduct.contains(layer) {
        if seenProduct { starts.append(index) }
        seenProduct = true
      }
      lastLayer = layer
    }
    return starts.indices.map { starts[$0]..<($0 + 1 < starts.count ? starts[$0 + 1] : lossNode) }
  }

  private static func backwardRanges(
    of differentiated: DifferentiatedGraph, matching forward: [Range<Int>], lossNode: Int
  ) -> (stages: [Range<Int>], loss: Int?) {
    let nodes = differentiated.graph.nodes
    var cursor = differentiated.forwardNodeCount
    var loss: Int?
    if cursor < nodes.count, nodes[cursor].differentiates == lossNode {
      loss = cursor
      cursor += 1
    }
    var ranges: [Range<Int>] = []
    for range in forward.reversed() {
      let start = cursor
      while cursor < nodes.count, let forward = nodes[cursor].differentiates, range.contains(forward) { cursor += 1 }
      ranges.append(start..<cursor)
    }
    return (ranges.reversed(), loss)
  }

  private static func residuals(
    of graph: Graph, forward: Range<Int>, backward: Range<Int>, input: ValueID
  ) -> [ValueID] {
    var read: Set<ValueID> = []
    for node in graph.nodes[backward] {
      for value in node.inputs {
        switch graph[value].source {
        case .input: read.insert(value)
        case .node(let producer) where forward.contains(producer) || value == input: read.insert(value)
        case .node, .parameter, .state, .target: break
        }
      }
    }
    return read.sorted()
  }

  private static func name(of graph: Graph, nodes: Range<Int>) -> String {
    let first = graph.nodes[nodes.lowerBound].layer
    let last = graph.nodes[nodes.upperBound - 1].layer
    let operations = graph.nodes[nodes].map(\.operation.name).filter { !$0.hasSuffix("Statistics") }
    let shown = operations.count <= 6 ? operations : operations.prefix(5) + ["…"]
    return "layers.\(first)\(last > first ? "-\(last)" : "") \(shown.joined(separator: " "))"
  }
}

/// A schedule or network that cannot be planned, as a sentence.
package struct PlanningError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
