extension Graph: CustomStringConvertible {
  /// The graph as text, a line for each source and node: what it computes, from what, its shape and its layer.
  package var description: String {
    var lines: [String] = []
    for (index, value) in values.enumerated() {
      switch value.source {
      case .input: lines.append("%\(index) = input \(value.shape)")
      case .target: lines.append("%\(index) = target \(value.shape)")
      case .parameter(let p): lines.append("%\(index) = parameter \(parameters[p].name) \(value.shape)")
      case .state(let s): lines.append("%\(index) = state \(states[s].name) \(value.shape)")
      case .node(let n) where nodes[n].outputs.first?.index == index: lines.append(text(of: nodes[n]))
      case .node: break
      }
    }
    return lines.joined(separator: "\n")
  }

  private func text(of node: Node) -> String {
    let outputs = node.outputs.map { "%\($0.index)" }.joined(separator: ", ")
    let inputs = node.inputs.map { "%\($0.index)" }.joined(separator: " ")
    let shapes = outputShapes(of: node).map(\.description).joined(separator: ", ")
    return "\(outputs) = \(node.operation.name) \(inputs) \(shapes)"
  }
}

extension Operator {
  /// The operator's name in text, traces and tables.
  package var name: String {
    switch self {
    case .linear(_, let activation): activation.map { "linear+\($0.name)" } ?? "linear"
    case .activation(let activation): activation.name
    case .layerNormStatistics: "layerNormStatistics"
    case .layerNorm: "layerNorm"
    case .batchNormStatistics: "batchNormStatistics"
    case .batchNorm: "batchNorm"
    case .updateRunningStatistics: "updateRunningStatistics"
    case .dropout: "dropout"
    case .add: "add"
    case .loss(let loss): loss.name
    case .correctCount: "correctCount"
    case .lossGradient(let loss): "\(loss.name)Gradient"
    case .activationGradient(let activation): "\(activation.name)Gradient"
    case .linearInputGradient: "linearInputGradient"
    case .linearWeightGradient: "linearWeightGradient"
    case .linearBiasGradient: "linearBiasGradient"
    case .layerNormInputGradient: "layerNormInputGradient"
    case .layerNormParameterGradients: "layerNormParameterGradients"
    case .batchNormInputGradient: "batchNormInputGradient"
    case .batchNormParameterGradients: "batchNormParameterGradients"
    case .narrow: "narrow"
    case .widen: "widen"
    case .parameterUpdate: "parameterUpdate"
    }
  }
}
