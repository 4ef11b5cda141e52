import ArenaMemory
import ComputationGraph
import Differentiation
import Kernels
import SystemCalls
import Training

/// Puts names, formulas and numbers to the values of an evaluated graph.
struct ValueDescriber {
  let differentiated: DifferentiatedGraph
  let evaluator: GraphEvaluator<Double>
  let names: ValueNames
  let library: ReferenceKernels
  let context: RunContext

  private var graph: Graph { differentiated.graph }
  private var formulas: Formulas { Formulas(graph: graph, names: names) }

  /// Input, target and parameters.
  func sources() throws -> [GraphExplanation.ExplainedValue] {
    var result: [GraphExplanation.ExplainedValue] = []
    for (index, value) in graph.values.enumerated() {
      let role: String
      switch value.source {
      case .input: role = "input"
      case .target: role = "target"
      case .parameter(let parameter): role = graph.parameters[parameter].name
      case .state, .node: continue
      }
      let id = ValueID(index: index)
      result.append(
        GraphExplanation.ExplainedValue(
          value: id, name: names[id], formula: role, operation: nil, shape: value.shape,
          elements: try evaluator.elements(of: id), inputs: []))
    }
    return result
  }

  /// The outputs of nodes, in order.
  func values(of nodes: ArraySlice<Node>) throws -> [GraphExplanation.ExplainedValue] {
    var result: [GraphExplanation.ExplainedValue] = []
    for node in nodes {
      for (position, output) in node.outputs.enumerated() {
        var formula = formulas.formula(of: node)
        // The second output of a normalization's gradients is the shift's.
        if position == 1 { formula = "sum over rows of \(names[node.inputs[0]])" }
        result.append(
          GraphExplanation.ExplainedValue(
            value: output, name: names[output], formula: formula, operation: node.operation.name,
            shape: graph[output].shape, elements: try evaluator.elements(of: output),
            localDerivative: formulas.localDerivative(of: node), localElements: try localElements(of: node),
            inputs: Array(node.inputs)))
      }
    }
    return result
  }

  /// The factor of an element-wise pullback: what it makes of a cotangent of ones.
  private func localElements(of node: Node) throws -> [Double]? {
    switch node.operation {
    case .activationGradient: break
    case .dropout: if node.differentiates == nil { return nil }
    case .linearInputGradient, .linearWeightGradient:
      // The other factor; shown where it is a number.
      return graph[node.inputs[1]].shape.elementCount == 1 ? try evaluator.elements(of: node.inputs[1]) : nil
    case .linear, .activation, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm,
      .updateRunningStatistics, .add, .loss, .correctCount, .lossGradient, .linearBiasGradient, .layerNormInputGradient,
      .layerNormParameterGradients, .batchNormInputGradient,
      .batchNormParameterGradients, .narrow, .widen, .parameterUpdate:
      return nil
    }
    let signature = KernelSignature(of: node, in: graph)
    let arena = try JemallocArena()
    var blocks = [try block(Array(repeating: 1, count: signature.inputs[0].elementCount), arena)]
    for input in node.inputs.dropFirst() { blocks.append(try block(evaluator.elements(of: input), arena)) }
    let output = try block(Array(repeating: 0, count: signature.outputs[0].elementCount), arena)
    // The kernel knows addresses only.
    try withExtendedLifetime(blocks) {
      try library.bind(signature, inputs: blocks.map(\.address), outputs: [output.address], scratchpad: nil).run(
        context)
    }
    return try output.read(Double.self, count: signature.outputs[0].elementCount)
  }

  private func block(_ elements: [Double], _ arena: JemallocArena) throws(ArenaMemoryError) -> MemoryBlock {
    let block = try MemoryBlock(byteCount: elements.count * MemoryLayout<Double>.stride, in: arena)
    try block.write(elements)
    return block
  }

  /// Cotangents that more than one node reads, in the order of the reverse pass.
  func sharedValues() -> [GraphExplanation.SharedValue] {
    var readers: [ValueID: [Node]] = [:]
    for node in differentiated.backwardNodes {
      for input in Set(node.inputs) { readers[input, default: []].append(node) }
    }
    let parameters = parametersBehind()
    return differentiated.backwardNodes.flatMap(\.outputs).compactMap { value in
      guard let nodes = readers[value], nodes.count > 1 else { return nil }
      return GraphExplanation.SharedValue(
        name: names[value], readers: nodes.flatMap(\.outputs).map { names[$0] },
        parameters: (parameters[value] ?? []).sorted().map { names[graph.parameters[$0].value] })
    }
  }

  /// By cotangent: the parameters whose gradients are computed from it.
  private func parametersBehind() -> [ValueID: Set<Int>] {
    var result: [ValueID: Set<Int>] = [:]
    for (parameter, gradient) in differentiated.gradients.enumerated() {
      if let gradient { result[gradient, default: []].insert(parameter) }
    }
    for node in differentiated.backwardNodes.reversed() {
      let behind = node.outputs.reduce(into: Set<Int>()) { $0.formUnion(result[$1] ?? []) }
      for input in node.inputs { result[input, default: []].formUnion(behind) }
    }
    return result
  }
}
