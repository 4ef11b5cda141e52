extension Operator {
  /// For operators that may be computed for some rows of the batch at a time: the inputs with one row for each row of
  /// the batch; the others are read whole. Their outputs have such rows too, or are sums over them
  /// (``isSumOverRows``). Nil for all others.
  package var rowwiseInputs: [Int]? {
    switch self {
    case .linear, .activation, .layerNormStatistics, .dropout, .linearInputGradient, .linearBiasGradient, .narrow,
      .widen:
      [0]
    case .add, .layerNorm, .activationGradient, .linearWeightGradient: [0, 1]
    case .layerNormInputGradient, .layerNormParameterGradients: [0, 1, 2]
    case .batchNormStatistics, .batchNorm, .updateRunningStatistics, .loss, .correctCount, .lossGradient,
      .batchNormInputGradient, .batchNormParameterGradients, .parameterUpdate:
      nil
    }
  }
}
