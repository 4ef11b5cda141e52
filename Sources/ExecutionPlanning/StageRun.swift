import ComputationGraph

/// Stages in a row of a chain, made from the nodes of each: what is alike is looked at once.
struct StageRun: Sendable {
  private(set) var stages: [Stage] = []
  /// By stage the number in the chain of the first one in the row that is like it in its nodes, operators, shapes and
  /// forms.
  private(set) var firstAlike: [Int32] = []
  /// Of each kind the first one.
  private var firstOfKind: [StageSignature: Int32] = [:]

  /// - Parameters:
  ///   - indices: which stages of the chain.
  ///   - forward: by stage of the whole chain its forward nodes, and so on.
  init(_ indices: Range<Int>, forward: [Range<Int>], backward: [Range<Int>], of graph: Graph) {
    stages.reserveCapacity(indices.count)
    firstAlike.reserveCapacity(indices.count)
    func input(ofStage index: Int) -> ValueID {
      index == 0 ? graph.input : graph.nodes[forward[index - 1].last!].outputs[0]
    }
    func stage(_ index: Int, inputIsDerived: Bool) -> Stage {
      Stage(
        index: index, forwardNodes: forward[index], backwardNodes: backward[index], input: input(ofStage: index),
        inputIsDerived: inputIsDerived, in: graph)
    }
    // Whether a stage's own input is derived does not matter to its output.
    var inputIsDerived =
      indices.lowerBound > 0 && stage(indices.lowerBound - 1, inputIsDerived: false).derivesOutput
    for index in indices {
      let signature = StageSignature(
        forward: forward[index], backward: backward[index], input: input(ofStage: index),
        inputIsDerived: inputIsDerived, in: graph)
      if let first = firstOfKind[signature] {
        firstAlike.append(first)
        stages.append(
          stages[Int(first) - indices.lowerBound].moved(
            toIndex: index, forwardNodes: forward[index], backwardNodes: backward[index], input: input(ofStage: index),
            in: graph))
      } else {
        firstOfKind[signature] = Int32(index)
        firstAlike.append(Int32(index))
        stages.append(stage(index, inputIsDerived: inputIsDerived))
      }
      inputIsDerived = stages[stages.count - 1].derivesOutput
    }
  }

  /// Appends the stages that follow.
  mutating func append(_ next: consuming StageRun) {
    var earlier: [Int32: Int32] = [:]
    for (signature, first) in next.firstOfKind {
      earlier[first] = firstOfKind[signature]
      if firstOfKind[signature] == nil { firstOfKind[signature] = first }
    }
    stages += next.stages
    firstAlike += next.firstAlike.map { earlier[$0] ?? $0 }
  }
}

extension Stage {
  /// - Parameters:
  ///   - input: the output of the stage before, or the network's input.
  ///   - inputIsDerived: whether a form of the stage before gives it.
  fileprivate init(
    index: Int, forwardNodes: Range<Int>, backwardNodes: Range<Int>, input: ValueID, inputIsDerived: Bool,
    in graph: Graph
  ) {
    self.init(
      index: index, layers: graph.layers(of: forwardNodes), operations: Stage.operations(of: graph, forwardNodes),
      forwardNodes: forwardNodes, backwardNodes: backwardNodes, input: input,
      output: graph.nodes[forwardNodes.last!].outputs[0],
      residuals: Stage.residuals(of: graph, forward: forwardNodes, backward: backwardNodes, input: input))
    forms = keptForms(of: self, in: graph, inputIsDerived: inputIsDerived)
  }

  /// Whether its output can be evaluated again from what one of its forms holds.
  fileprivate var derivesOutput: Bool { forms.contains(where: \.derivesOutput) }

  /// The stage of the same signature that stands elsewhere, with the same forms.
  ///
  /// - Parameter input: its input, the output of the stage before it.
  fileprivate func moved(
    toIndex index: Int, forwardNodes: Range<Int>, backwardNodes: Range<Int>, input: ValueID, in graph: Graph
  ) -> Stage {
    func counterpart(_ value: ValueID) -> ValueID {
      guard value != self.input else { return input }
      guard case .node(let producer) = graph[value].source, self.forwardNodes.contains(producer),
        let output = graph.nodes[producer].outputs.firstIndex(of: value)
      else { preconditionFailure("what a stage keeps is its input or computed inside it") }
      return graph.nodes[forwardNodes.lowerBound + producer - self.forwardNodes.lowerBound].outputs[output]
    }
    return Stage(
      index: index, layers: graph.layers(of: forwardNodes), operations: operations, forwardNodes: forwardNodes,
      backwardNodes: backwardNodes, input: input, output: counterpart(output), residuals: residuals.map(counterpart),
      forms: forms.map { $0.holding($0.held.map(counterpart)) })
  }

  /// Forward values that the backward nodes read, parameters and running statistics aside.
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

  private static func operations(of graph: Graph, _ nodes: Range<Int>) -> String {
    let names = graph.nodes[nodes].map(\.operation.name).filter { !$0.hasSuffix("Statistics") }
    return (names.count <= 6 ? names : names.prefix(5) + ["…"]).joined(separator: " ")
  }
}

extension Graph {
  /// The entries of the layer list that a range of forward nodes covers.
  fileprivate func layers(of nodes: Range<Int>) -> ClosedRange<Int> {
    self.nodes[nodes.lowerBound].layer...self.nodes[nodes.upperBound - 1].layer
  }
}
