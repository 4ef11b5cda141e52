package import ComputationGraph
package import Differentiation

/// Short names for the values of a differentiated graph, as one would write them on paper.
///
/// ```
/// x, y          the batch's features and targets     W1, b1   weights and biases (w, b where they are one number)
/// u1, h1        outputs of linear layers, of activations        γ1, β1   scales and shifts
/// s1, z1        statistics and outputs of normalizations        d1, r1   outputs of dropouts and of skip blocks
/// L             the loss                             dL/du1   the cotangent of u1, or the gradient of a parameter
/// ```
///
/// The number is left out where there is one of a kind. Where several consumers contribute to a cotangent, the
/// contributions are numbered and their sum has the plain name.
package struct ValueNames: Sendable {
  private var names: [String]

  package subscript(value: ValueID) -> String { names[value.index] }

  /// - Parameter cotangents: of the forward graph that was differentiated, by `DifferentiatedGraph.cotangents(of:)`.
  package init(of differentiated: DifferentiatedGraph, cotangents: [ValueID: ValueID]) {
    let graph = differentiated.graph
    names = Array(repeating: "", count: graph.values.count)
    names[graph.input.index] = "x"
    names[graph.target.index] = "y"
    nameForwardValues(of: differentiated)
    names[graph.loss.index] = "L"
    nameCotangents(of: differentiated, cotangents)
  }

  private mutating func nameForwardValues(of differentiated: DifferentiatedGraph) {
    let graph = differentiated.graph
    var groups: [String: [ValueID]] = [:]
    func isNumber(_ value: ValueID) -> Bool { graph[value].shape.elementCount == 1 }
    for node in differentiated.forwardNodes {
      switch node.operation {
      case .linear:
        groups[isNumber(node.inputs[1]) ? "w" : "W", default: []].append(node.inputs[1])
        if node.inputs.count == 3 { groups["b", default: []].append(node.inputs[2]) }
        groups["u", default: []].append(node.outputs[0])
      case .activation: groups["h", default: []].append(node.outputs[0])
      case .layerNormStatistics, .batchNormStatistics: groups["s", default: []].append(node.outputs[0])
      case .layerNorm, .batchNorm:
        groups["γ", default: []].append(node.inputs[2])
        groups["β", default: []].append(node.inputs[3])
        groups["z", default: []].append(node.outputs[0])
      case .dropout: groups["d", default: []].append(node.outputs[0])
      case .add: groups["r", default: []].append(node.outputs[0])
      case .updateRunningStatistics: groups["running", default: []].append(node.inputs[1])
      case .loss, .correctCount, .lossGradient, .activationGradient, .linearInputGradient, .linearWeightGradient,
        .linearBiasGradient, .layerNormInputGradient, .layerNormParameterGradients, .batchNormInputGradient,
        .batchNormParameterGradients, .narrow, .widen, .parameterUpdate:
        break
      }
    }
    // Weights of one network may be of both kinds; they are numbered together.
    if let numbers = groups["w"], let matrices = groups["W"] {
      groups["w"] = nil
      groups["W"] = (numbers + matrices).sorted()
    }
    for (letter, values) in groups {
      for (index, value) in values.enumerated() {
        names[value.index] = values.count == 1 ? letter : "\(letter)\(index + 1)"
      }
    }
  }

  private mutating func nameCotangents(of differentiated: DifferentiatedGraph, _ cotangents: [ValueID: ValueID]) {
    let graph = differentiated.graph
    // Where values share a cotangent, the sum that was computed last gives it its name.
    for (value, cotangent) in cotangents.sorted(by: { $0.key < $1.key }) where cotangent != value {
      names[cotangent.index] = "dL/d" + names[value.index]
    }
    var parts: [ValueID: Int] = [:]
    for node in differentiated.backwardNodes {
      for (primal, output) in zip(graph.primals(of: node), node.outputs) where names[output.index].isEmpty {
        parts[primal, default: 0] += 1
        names[output.index] = "dL/d\(names[primal.index]) (\(parts[primal]!))"
      }
      for output in node.outputs where names[output.index].isEmpty {
        names[output.index] = node.inputs.map { names[$0.index] }.joined(separator: " + ")
      }
    }
  }
}

extension Graph {
  /// The forward values whose cotangents, or parts of them, a backward node's outputs are; none of a sum.
  func primals(of node: Node) -> [ValueID] {
    guard let index = node.differentiates else { return [] }
    let forward = nodes[index]
    switch node.operation {
    case .lossGradient, .activationGradient, .linearInputGradient, .layerNormInputGradient, .batchNormInputGradient,
      .dropout:
      return [forward.inputs[0]]
    case .linearWeightGradient: return [forward.inputs[1]]
    case .linearBiasGradient: return [forward.inputs[2]]
    case .layerNormParameterGradients, .batchNormParameterGradients: return [forward.inputs[2], forward.inputs[3]]
    case .linear, .activation, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm,
      .updateRunningStatistics, .add, .loss, .correctCount, .narrow, .widen,
      .parameterUpdate:
      return []
    }
  }
}
