import ComputationGraph
import Differentiation

/// What all plans of one differentiated graph have in common, looked up once.
struct PlanFacts: Sendable {
  /// By value of the graph where it stands outside the arena; nil of one that plans give a buffer.
  let fixedOperands: [Operand?]
  /// Gradients in the arena, which parameters are updated by inside the reverse pass.
  let gradientsInArena: Set<ValueID>
  /// By stage whether one of its forward nodes is a matrix product.
  let stageHasProduct: [Bool]

  init(_ differentiated: DifferentiatedGraph, chain: StageChain) {
    let graph = differentiated.graph
    var operands = graph.values.map { value -> Operand? in
      switch value.source {
      case .input: .input
      case .target: .target
      case .parameter(let index): .parameter(index)
      case .state(let index): .state(index)
      case .node: nil
      }
    }
    for (index, gradient) in differentiated.gradients.enumerated() {
      if let gradient, !differentiated.fusesUpdates { operands[gradient.index] = .gradient(index) }
    }
    operands[graph.loss.index] = .loss
    if let correctCount = graph.correctCount { operands[correctCount.index] = .correctCount }
    fixedOperands = operands
    gradientsInArena = differentiated.fusesUpdates ? Set(differentiated.gradients.compactMap(\.self)) : []
    stageHasProduct = chain.stages.map { stage in
      stage.forwardNodes.contains { graph.nodes[$0].operation.isProduct }
    }
  }
}
