import ComputationGraph

/// What decides a stage's numbers: its nodes' operators and shapes, how they are wired, and the forms.
struct StageSignature: Hashable {
  private struct Step: Hashable {
    let operation: Operator
    let inputs: [Operand]
    let inputShapes: [Shape]
  }

  /// A value by where it stands relative to the stage.
  private enum Operand: Hashable {
    case external
    case input
    /// Output of the stage's node of that number, forward nodes first.
    case inside(node: Int, output: Int)
    case cotangent
  }

  private let steps: [Step]
  private let forms: [[Operand]]
  private let holdDerivedInputs: [Bool]
  /// Whether the stage's input stands in the arena.
  private let inputIsInArena: Bool

  init(of stage: Stage, in graph: Graph) {
    let nodes = Array(stage.forwardNodes) + Array(stage.backwardNodes)
    func operand(_ value: ValueID) -> Operand {
      if value == stage.input { return .input }
      guard case .node(let producer) = graph[value].source else { return .external }
      let number =
        stage.forwardNodes.contains(producer)
        ? producer - stage.forwardNodes.lowerBound
        : stage.backwardNodes.contains(producer)
          ? stage.forwardNodes.count + producer - stage.backwardNodes.lowerBound : -1
      guard number >= 0 else { return .cotangent }
      return .inside(node: number, output: graph.nodes[producer].outputs.firstIndex(of: value) ?? 0)
    }
    steps = nodes.map { index in
      let node = graph.nodes[index]
      var operation = node.operation
      if case .dropout(let rate, _) = operation { operation = .dropout(rate: rate, layer: 0) }
      return Step(operation: operation, inputs: node.inputs.map(operand), inputShapes: graph.inputShapes(of: node))
    }
    forms = stage.forms.map { $0.held.map(operand) }
    holdDerivedInputs = stage.forms.map(\.holdsDerivedInput)
    inputIsInArena = stage.index > 0
  }
}
