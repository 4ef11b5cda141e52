extension Operator {
  /// Element types of the inputs in a graph of a type: activations, cotangents and the weights of products have the
  /// graph's, and they come first; all else has its accumulation type.
  package func inputTypes(count: Int, in elementType: ElementType) -> [ElementType] {
    if self == .widen { return [.bfloat16] }
    return (0..<count).map { $0 < leadingActivationCount ? elementType : elementType.accumulationType }
  }

  /// The element type of the outputs in a graph of a type.
  package func outputType(in elementType: ElementType) -> ElementType {
    if self == .narrow { return .bfloat16 }
    return givesActivation ? elementType : elementType.accumulationType
  }

  private var leadingActivationCount: Int {
    switch self {
    case .linear, .linearInputGradient, .linearWeightGradient, .add, .activationGradient, .layerNormInputGradient,
      .layerNormParameterGradients, .batchNormInputGradient, .batchNormParameterGradients:
      2
    case .activation, .dropout, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm, .loss,
      .correctCount,
      .lossGradient, .linearBiasGradient, .narrow, .widen:
      1
    case .updateRunningStatistics, .parameterUpdate: 0
    }
  }

  /// Whether its outputs grow with the batch's rows and its layer's units: activations and their cotangents.
  package var givesActivation: Bool {
    switch self {
    case .linear, .activation, .layerNorm, .batchNorm, .dropout, .add, .lossGradient, .activationGradient,
      .linearInputGradient, .layerNormInputGradient, .batchNormInputGradient, .narrow, .widen:
      true
    case .layerNormStatistics, .batchNormStatistics, .updateRunningStatistics, .loss, .correctCount,
      .linearWeightGradient, .linearBiasGradient, .layerNormParameterGradients, .batchNormParameterGradients,
      .parameterUpdate:
      false
    }
  }
}

extension Graph {
  /// The element type in which a value stands in memory.
  package func elementType(of value: ValueID) -> ElementType {
    switch self[value].source {
    case .input: elementType
    case .target, .parameter, .state: elementType.accumulationType
    case .node(let node): nodes[node].operation.outputType(in: elementType)
    }
  }

  /// Bytes of a value: the one place from which plans, accounts and reports have them.
  package func byteCount(of value: ValueID) -> Int { self[value].shape.byteCount(of: elementType(of: value)) }
}
