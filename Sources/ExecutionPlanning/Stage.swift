package import ComputationGraph
package import Differentiation
import SystemCalls

/// A link of the chain that checkpointing works on: one linear layer with the layers up to the next one, or a whole
/// skip block with those after it.
///
/// Exactly one value crosses from each stage to the next: the previous stage's `output` is the next one's `input`.
/// The loss is no stage.
package struct Stage: Hashable, Sendable {
  package let index: Int
  /// The entries of the (unrolled) layer list that it covers.
  package let layers: ClosedRange<Int>
  /// What they do, for example `linear+relu`.
  package let operations: String
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

  /// What it is called in reports, for example `layers.4 linear+relu`.
  package var name: String {
    let last = layers.count > 1 ? "-\(layers.upperBound)" : ""
    return "layers.\(layers.lowerBound)\(last) \(operations)"
  }

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
  /// Values inside the stage, and its output where the reverse step itself needs it; ascending.
  package private(set) var held: [ValueID]
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
  /// Whether the reverse step lets go of what it evaluates after each node, and evaluates it anew for the next.
  package var evaluatesAnew = false

  /// Whether a value is among `held`.
  ///
  /// - Complexity: O(log n) in the values held: a stage may be a block of very many layers.
  func holds(_ value: ValueID) -> Bool {
    var (low, high) = (0, held.count)
    while low < high {
      let middle = (low + high) / 2
      if held[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < held.count && held[low] == value
  }

  /// The same form of a stage that is like this one's.
  func holding(_ held: [ValueID]) -> KeptForm {
    var form = self
    form.held = held
    return form
  }
}

/// The partition of a differentiated graph into stages.
package struct StageChain: Sendable {
  package let stages: [Stage]
  /// By stage the first one that is like it in its nodes, operators, shapes and forms: what holds of that one's bytes
  /// and seconds holds of it.
  let firstAlike: [Int32]
  /// The loss's forward node, what follows it in the forward graph, and the node of its gradient.
  package let lossNode: Int
  package let followingNodes: Range<Int>
  package let lossGradientNode: Int?

  /// - Parameter isConcurrent: whether two threads look at the stages.
  package init(of differentiated: DifferentiatedGraph, isConcurrent: Bool = false) throws {
    let graph = differentiated.graph
    guard let lossNode = differentiated.forwardNodes.firstIndex(where: { $0.outputs.first == graph.loss }) else {
      throw PlanningError("the graph has no loss")
    }
    self.lossNode = lossNode
    followingNodes = lossNode + 1..<differentiated.forwardNodeCount
    let forward = StageChain.forwardRanges(of: graph, upTo: lossNode)
    let backward = StageChain.backwardRanges(of: differentiated, matching: forward, lossNode: lossNode)
    lossGradientNode = backward.loss
    let half = isConcurrent ? forward.count / 2 : forward.count
    var (head, tail) = concurrently(when: half < forward.count) {
      StageRun(0..<half, forward: forward, backward: backward.stages, of: graph)
    } and: {
      StageRun(half..<forward.count, forward: forward, backward: backward.stages, of: graph)
    }
    head.append(tail)
    (stages, firstAlike) = (head.stages, head.firstAlike)
  }

  /// Of each node of the graph a number that its operator and shapes decide, asked for once where stages are alike.
  func numbers<Number: Numeric, Failure: Error>(
    ofNodes count: Int, _ number: (_ node: Int) throws(Failure) -> Number
  ) throws(Failure) -> [Number] {
    var numbers = Array(repeating: Number.zero, count: count)
    var isAsked = Array(repeating: true, count: count)
    forEachRepetition { nodes, _ in
      for node in nodes { isAsked[node] = false }
    }
    for node in 0..<count where isAsked[node] { numbers[node] = try number(node) }
    forEachRepetition { nodes, first in
      for (node, known) in zip(nodes, first) { numbers[node] = numbers[known] }
    }
    return numbers
  }

  /// Calls `body` with the forward nodes of each stage that is like an earlier one and of that one, and so on.
  private func forEachRepetition(_ body: (_ nodes: Range<Int>, _ first: Range<Int>) -> Void) {
    for (index, first) in firstAlike.enumerated() where index != first {
      body(stages[index].forwardNodes, stages[Int(first)].forwardNodes)
      body(stages[index].backwardNodes, stages[Int(first)].backwardNodes)
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
    var hasProduct = Array(repeating: false, count: (graph.nodes[..<lossNode].map(\.layer).max() ?? 0) + 1)
    for node in graph.nodes[..<lossNode] where node.operation.isProduct { hasProduct[node.layer] = true }
    var seenProduct = false
    var lastLayer = -1
    for index in 0..<lossNode {
      let layer = graph.nodes[index].layer
      if layer != lastLayer, hasProduct[layer] {
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
}

/// A schedule or network that cannot be planned, as a sentence.
package struct PlanningError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
