import ComputationGraph

/// What decides a stage's forms and numbers: its nodes' operators and shapes, how they are wired, and what stands
/// before.
struct StageSignature: Hashable {
  private struct Step: Hashable {
    let operation: Operator
    let inputCount: Int
  }

  private struct Input: Hashable {
    let operand: Operand
    let shape: Shape
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
  /// Of all steps, one after the other.
  private let inputs: [Input]
  /// How many of them are forward nodes.
  private let forwardCount: Int
  /// Whether the stage's input stands in the arena.
  private let inputIsInArena: Bool
  /// Whether a form of the stage before gives the input.
  private let inputIsDerived: Bool

  /// Of what tells most stages apart alone: chains have very many.
  func hash(into hasher: inout Hasher) {
    hasher.combine(inputIsDerived)
    hasher.combine(steps.first?.operation)
    for input in inputs { hasher.combine(input.shape.columns) }
  }

  /// - Parameters:
  ///   - forward: indices of the stage's forward nodes, and so on.
  ///   - input: its input.
  init(forward: Range<Int>, backward: Range<Int>, input: ValueID, inputIsDerived: Bool, in graph: Graph) {
    func operand(_ value: ValueID) -> Operand {
      if value == input { return .input }
      guard case .node(let producer) = graph[value].source else { return .external }
      let number: Int
      if forward.contains(producer) {
        number = producer - forward.lowerBound
      } else if backward.contains(producer) {
        number = forward.count + producer - backward.lowerBound
      } else {
        return .cotangent
      }
      return .inside(node: number, output: graph.nodes[producer].outputs.firstIndex(of: value) ?? 0)
    }
    var steps: [Step] = []
    steps.reserveCapacity(forward.count + backward.count)
    var inputs: [Input] = []
    inputs.reserveCapacity(3 * (forward.count + backward.count))
    for range in [forward, backward] {
      for node in graph.nodes[range] {
        var operation = node.operation
        if case .dropout(let rate, _) = operation { operation = .dropout(rate: rate, layer: 0) }
        steps.append(Step(operation: operation, inputCount: node.inputs.count))
        for value in node.inputs { inputs.append(Input(operand: operand(value), shape: graph[value].shape)) }
      }
    }
    self.steps = steps
    self.inputs = inputs
    forwardCount = forward.count
    inputIsInArena = graph[input].source != .input
    self.inputIsDerived = inputIsDerived
  }
}
