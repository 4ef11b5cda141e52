package import ComputationGraph

/// What the cost of a node's execution depends on: the operator without the parameters that change no instruction of
/// its kernel (a dropout's layer, an epsilon, a slope), the shapes of its inputs, and their element type.
package struct CostSignature: Hashable, Sendable {
  /// In ``ComputationGraph/Operator/costForm``.
  package let operation: Operator
  package let inputs: [Shape]
  package let elementType: ElementType
  package let addsToOutputs: Bool

  package init(_ operation: Operator, inputs: [Shape], elementType: ElementType, addsToOutputs: Bool = false) {
    self.operation = operation.costForm
    self.inputs = inputs
    self.elementType = elementType
    self.addsToOutputs = addsToOutputs
  }

  package init(of node: Node, in graph: Graph, addsToOutputs: Bool = false) {
    self.init(
      node.operation, inputs: graph.inputShapes(of: node), elementType: graph.elementType, addsToOutputs: addsToOutputs)
  }

  /// One line that no other signature has, for example `linear+relu float32 512x256 64x256 1x64`.
  package var text: String {
    let shapes = inputs.map { "\($0.rows)x\($0.columns)" }.joined(separator: " ")
    return "\(operation.costName)\(addsToOutputs ? "+add" : "") \(elementType.rawValue) \(shapes)"
  }
}

extension Operator {
  /// The operator with fixed values for those of its parameters that change nothing of the work done.
  package var costForm: Operator {
    switch self {
    case .linear(let bias, let activation): .linear(bias: bias, activation: activation?.costForm)
    case .activation(let activation): .activation(activation.costForm)
    case .activationGradient(let activation): .activationGradient(activation.costForm)
    case .layerNormStatistics: .layerNormStatistics(epsilon: 0)
    case .batchNorm: .batchNorm(epsilon: 0)
    case .batchNormInputGradient: .batchNormInputGradient(epsilon: 0)
    case .batchNormParameterGradients: .batchNormParameterGradients(epsilon: 0)
    case .updateRunningStatistics: .updateRunningStatistics(momentum: 0, batchRows: 0)
    case .dropout: .dropout(rate: 0.5, layer: 0)
    case .loss(.huber): .loss(.huber(delta: 1))
    case .lossGradient(.huber): .lossGradient(.huber(delta: 1))
    case .layerNorm, .batchNormStatistics, .add, .loss, .correctCount, .lossGradient, .linearInputGradient,
      .linearWeightGradient, .linearBiasGradient, .layerNormInputGradient, .layerNormParameterGradients,
      .narrow, .widen, .parameterUpdate:
      self
    }
  }

  /// The name, with those parameters that change the work done and that it lacks.
  fileprivate var costName: String {
    switch self {
    case .activation(.gelu(.tanh)): "geluTanh"
    case .activationGradient(.gelu(.tanh)): "geluTanhGradient"
    case .linear(_, .gelu(.tanh)): "linear+geluTanh"
    case .correctCount(.bits), .correctCount(.bitValues): "correctBits"
    case .linear, .activation, .activationGradient, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm,
      .updateRunningStatistics, .dropout, .add, .loss, .correctCount, .lossGradient, .linearInputGradient,
      .linearWeightGradient, .linearBiasGradient, .layerNormInputGradient, .layerNormParameterGradients,
      .batchNormInputGradient, .batchNormParameterGradients, .narrow, .widen, .parameterUpdate:
      name
    }
  }
}

extension Activation {
  fileprivate var costForm: Activation {
    switch self {
    case .leakyRelu: .leakyRelu(slope: 0.01)
    case .elu: .elu(alpha: 1)
    case .relu, .gelu, .silu, .tanh, .sigmoid, .softplus: self
    }
  }
}

/// Which operands of one execution are meant: bits of the inputs in order, then of the outputs.
package struct OperandSet: OptionSet, Hashable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// No operator has more operands.
  package static let capacity = 16

  package func contains(operand index: Int) -> Bool { rawValue >> UInt16(index) & 1 == 1 }

  package mutating func insert(operand index: Int) {
    precondition(index < Self.capacity, "an operator has at most \(Self.capacity) operands")
    self = OperandSet(rawValue: rawValue | 1 << UInt16(index))
  }
}

/// A node's execution as it is priced: the work, and which of its operands come from memory instead of from a cache.
package struct CostKey: Hashable, Sendable {
  package let signature: CostSignature
  package let coldOperands: OperandSet

  package init(_ signature: CostSignature, coldOperands: OperandSet) {
    self.signature = signature
    self.coldOperands = coldOperands
  }

  /// One line that no other key has: the signature's text, and in base 16 the cold operands.
  package var text: String { "\(signature.text) \(String(coldOperands.rawValue, radix: 16))" }
}
