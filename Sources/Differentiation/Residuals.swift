package import ComputationGraph

/// Which of a node's own inputs and outputs its pullback reads: the *residuals* that must be live, kept or recomputed,
/// when the reverse pass comes to it. Parameters are always live and are listed all the same.
package struct Residuals: Hashable, Sendable {
  package var inputs: Set<Int>
  package var outputs: Set<Int>

  init(inputs: Set<Int> = [], outputs: Set<Int> = []) {
    self.inputs = inputs
    self.outputs = outputs
  }
}

extension Operator {
  /// What the VJP rule of a forward operator reads, nil for an operator that has no pullback.
  package var residuals: Residuals? {
    switch self {
    case .linear(_, let activation): LinearRule.residuals(activation: activation)
    case .activation(let activation): ActivationRule.residuals(activation)
    case .layerNorm: LayerNormRule.residuals
    case .batchNorm: BatchNormRule.residuals
    case .dropout: DropoutRule.residuals
    case .add: AddRule.residuals
    case .loss: LossRule.residuals
    case .layerNormStatistics, .batchNormStatistics, .updateRunningStatistics, .correctCount, .lossGradient,
      .activationGradient, .linearInputGradient, .linearWeightGradient, .linearBiasGradient, .layerNormInputGradient,
      .layerNormParameterGradients, .batchNormInputGradient, .batchNormParameterGradients, .narrow,
      .widen, .parameterUpdate:
      nil
    }
  }
}

extension ReverseBuilder {
  /// Appends the pullback of a forward node.
  ///
  /// The statistics of the normalizations have no rule of their own: the rules of `layerNorm` and `batchNorm`
  /// differentiate through them.
  mutating func pullBack(_ node: Node) throws(GraphError) {
    switch node.operation {
    case .linear(_, let activation): try LinearRule.pullBack(node, activation: activation, into: &self)
    case .activation(let activation): try ActivationRule.pullBack(node, activation: activation, into: &self)
    case .layerNorm: try LayerNormRule.pullBack(node, into: &self)
    case .batchNorm(let epsilon): try BatchNormRule.pullBack(node, epsilon: epsilon, into: &self)
    case .dropout(let rate, let layer): try DropoutRule.pullBack(node, rate: rate, layer: layer, into: &self)
    case .add: try AddRule.pullBack(node, into: &self)
    case .loss(let loss): try LossRule.pullBack(node, loss: loss, into: &self)
    case .layerNormStatistics, .batchNormStatistics, .updateRunningStatistics, .correctCount, .lossGradient,
      .activationGradient, .linearInputGradient, .linearWeightGradient, .linearBiasGradient, .layerNormInputGradient,
      .layerNormParameterGradients, .batchNormInputGradient, .batchNormParameterGradients, .narrow,
      .widen, .parameterUpdate:
      throw GraphError("\(node.operation.name) has no pullback")
    }
  }
}
