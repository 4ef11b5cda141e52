import ComputationGraph

/// What a node computes, written as one would on paper with the names of its values.
struct Formulas {
  let graph: Graph
  let names: ValueNames

  /// The right-hand side of a node's first output.
  func formula(of node: Node) -> String {
    let inputs = node.inputs.map { names[$0] }
    switch node.operation {
    case .linear(let bias, _):
      let product = isNumber(node.inputs[1]) ? "\(inputs[1]) \(inputs[0])" : "\(inputs[0]) \(inputs[1])ᵀ"
      return product + (bias ? " + \(inputs[2])" : "")
    case .activation(let activation): return "\(activation.name)(\(inputs[0]))"
    case .layerNormStatistics: return "mean and 1/deviation of each row of \(inputs[0])"
    case .batchNormStatistics: return "mean and variance of each column of \(inputs[0])"
    case .layerNorm, .batchNorm: return "(\(inputs[0]) - mean) / deviation · \(inputs[2]) + \(inputs[3])"
    case .updateRunningStatistics: return "moving average of \(inputs[0])"
    case .dropout(let rate, _):
      return node.differentiates == nil ? "\(inputs[0]) · mask / \(1 - rate)" : "\(inputs[0]) · mask / \(1 - rate)"
    case .add: return "\(inputs[0]) + \(inputs[1])"
    case .loss(let loss): return formula(of: loss, inputs[0], inputs[1], graph[node.inputs[0]].shape)
    case .correctCount: return "how many rows of \(inputs[0]) are right"
    case .lossGradient(let loss): return gradient(of: loss, inputs[0], inputs[1], graph[node.inputs[0]].shape)
    case .activationGradient(let activation): return "\(inputs[0]) · \(derivative(of: activation, inputs[1]))"
    case .linearInputGradient: return "\(inputs[0])\(isNumber(node.inputs[1]) ? " · " : " ")\(inputs[1])"
    case .linearWeightGradient:
      return isNumber(node.inputs[0]) && isNumber(node.inputs[1])
        ? "\(inputs[0]) · \(inputs[1])" : "(\(inputs[0]))ᵀ \(inputs[1])"
    case .linearBiasGradient:
      return graph[node.inputs[0]].shape.rows == 1 ? inputs[0] : "sum over rows of \(inputs[0])"
    case .layerNormInputGradient, .batchNormInputGradient:
      return "\(inputs[0]) through mean, deviation and \(inputs[3])"
    case .layerNormParameterGradients, .batchNormParameterGradients:
      return "sum over rows of \(inputs[0]) · normalized \(inputs[1])"
    case .narrow: return "\(inputs[0]) rounded to bfloat16"
    case .widen: return "\(inputs[0]) in float32"
    case .parameterUpdate: return "\(inputs[1]) updated by \(inputs[0])"
    }
  }

  /// The local derivative that a backward node multiplies by: its name and, where it is a value or formula, that.
  func localDerivative(of node: Node) -> String? {
    guard let index = node.differentiates else { return nil }
    let forward = graph.nodes[index]
    let output = forward.outputs.first.map { names[$0] } ?? ""
    switch node.operation {
    case .activationGradient(let activation):
      return "d\(output)/d\(names[forward.inputs[0]]) = \(derivative(of: activation, names[node.inputs[1]]))"
    case .linearInputGradient: return "d\(output)/d\(names[forward.inputs[0]]) = \(names[forward.inputs[1]])"
    case .linearWeightGradient: return "d\(output)/d\(names[forward.inputs[1]]) = \(names[forward.inputs[0]])"
    case .linearBiasGradient: return "d\(output)/d\(names[forward.inputs[2]]) = 1"
    case .dropout(let rate, _): return "d\(output)/d\(names[forward.inputs[0]]) = mask / \(1 - rate)"
    case .linear, .activation, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm,
      .updateRunningStatistics, .add, .loss, .correctCount, .lossGradient, .layerNormInputGradient,
      .layerNormParameterGradients, .batchNormInputGradient, .batchNormParameterGradients, .narrow, .widen,
      .parameterUpdate:
      return nil
    }
  }

  private func isNumber(_ value: ValueID) -> Bool { graph[value].shape.elementCount == 1 }

  /// σ' in the terms it is computed from: the activation's output, or its input.
  private func derivative(of activation: Activation, _ saved: String) -> String {
    switch activation {
    case .relu: "[\(saved) > 0]"
    case .leakyRelu(let slope): "(\(saved) > 0 ? 1 : \(slope))"
    case .elu(let alpha): "(\(saved) > 0 ? 1 : \(saved) + \(alpha))"
    case .tanh: "(1 - \(saved)²)"
    case .sigmoid: "\(saved) (1 - \(saved))"
    case .softplus: "(1 - exp(-\(saved)))"
    case .gelu, .silu: "\(activation.name)'(\(saved))"
    }
  }

  private func formula(of loss: LossFunction, _ p: String, _ t: String, _ shape: Shape) -> String {
    let mean = shape.elementCount == 1 ? "" : "mean of "
    let meanOverRows = shape.rows == 1 ? "" : "mean over rows of "
    switch loss {
    case .meanSquaredError: return "\(mean)(\(p) - \(t))²"
    case .meanAbsoluteError: return "\(mean)|\(p) - \(t)|"
    case .huber(let delta): return "\(mean)huber(\(p) - \(t), \(delta))"
    case .binaryCrossEntropy: return "\(mean)softplus(\(p)) - \(t) \(p)"
    case .softmaxCrossEntropy: return "\(meanOverRows)-log softmax(\(p))[\(t)]"
    case .halfSquaredError:
      return shape.elementCount == 1 ? "(\(p) - \(t))² / 2" : "sum of (\(p) - \(t))² / \(2 * shape.rows)"
    }
  }

  private func gradient(of loss: LossFunction, _ p: String, _ t: String, _ shape: Shape) -> String {
    func over(_ count: Int, _ text: String) -> String { count == 1 ? text : "(\(text)) / \(count)" }
    switch loss {
    case .meanSquaredError: return over(shape.elementCount, "2 (\(p) - \(t))")
    case .meanAbsoluteError: return over(shape.elementCount, "sign(\(p) - \(t))")
    case .huber(let delta): return over(shape.elementCount, "clamp(\(p) - \(t), ±\(delta))")
    case .binaryCrossEntropy: return over(shape.elementCount, "sigmoid(\(p)) - \(t)")
    case .softmaxCrossEntropy: return over(shape.rows, "softmax(\(p)) - onehot(\(t))")
    case .halfSquaredError: return over(shape.rows, "\(p) - \(t)")
    }
  }
}
