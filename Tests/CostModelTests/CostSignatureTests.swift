import ComputationGraph
import CostModel
import Testing

@Suite struct CostSignatureTests {
  static let shapes = [Shape(rows: 8, columns: 4), Shape(rows: 8, columns: 4)]

  /// Every operator, each with parameters that change what its kernel does.
  static let operations: [Operator] = {
    var all: [Operator] = [
      .layerNormStatistics(epsilon: 1), .layerNorm, .batchNormStatistics, .batchNorm(epsilon: 1),
      .updateRunningStatistics(momentum: 0.1, batchRows: 8), .dropout(rate: 0.1, layer: 3), .add,
      .correctCount(labels: .classes), .correctCount(labels: .bits), .linearInputGradient, .linearWeightGradient,
      .linearBiasGradient, .layerNormInputGradient, .layerNormParameterGradients, .batchNormInputGradient(epsilon: 1),
      .batchNormParameterGradients(epsilon: 1), .linear(bias: false, activation: nil),
      .linear(bias: true, activation: nil),
    ]
    let activations: [Activation] = [
      .relu, .leakyRelu(slope: 0.1), .elu(alpha: 2), .gelu(approximation: .none), .gelu(approximation: .tanh), .silu,
      .tanh, .sigmoid, .softplus,
    ]
    for activation in activations {
      all += [.activation(activation), .activationGradient(activation)]
      if activation.savedSide == .output {
        all += [.linear(bias: true, activation: activation), .linear(bias: false, activation: activation)]
      }
    }
    let losses: [LossFunction] = [
      .meanSquaredError, .meanAbsoluteError, .huber(delta: 2), .binaryCrossEntropy, .softmaxCrossEntropy,
      .halfSquaredError,
    ]
    for loss in losses { all += [.loss(loss), .lossGradient(loss)] }
    return all
  }()

  @Test func everyKindOfWorkHasALineOfItsOwn() {
    var lines: Set<String> = []
    for operation in Self.operations {
      for adds in [false, true] {
        // A bias is told by its shape.
        let bias = if case .linear(true, _) = operation { [Shape(rows: 1, columns: 4)] } else { [Shape]() }
        let signature = CostSignature(
          operation, inputs: Self.shapes + bias, elementType: .float32, addsToOutputs: adds)
        #expect(lines.insert(signature.text).inserted, "\(signature.text)")
        #expect(!signature.text.contains("\n"))
      }
    }
    #expect(lines.count == 2 * Self.operations.count)
  }

  @Test func whatChangesNoInstructionOfAKernelChangesNoSignature() {
    let alike: [(Operator, Operator)] = [
      (.dropout(rate: 0.1, layer: 1), .dropout(rate: 0.7, layer: 9)),
      (.layerNormStatistics(epsilon: 1e-5), .layerNormStatistics(epsilon: 1e-3)),
      (.batchNorm(epsilon: 1e-5), .batchNorm(epsilon: 1)),
      (.activation(.leakyRelu(slope: 0.1)), .activation(.leakyRelu(slope: 0.2))),
      (.linear(bias: true, activation: .elu(alpha: 1)), .linear(bias: true, activation: .elu(alpha: 3))),
      (.loss(.huber(delta: 1)), .loss(.huber(delta: 2))),
    ]
    func signature(_ operation: Operator) -> CostSignature {
      CostSignature(operation, inputs: Self.shapes, elementType: .float32)
    }
    for (one, other) in alike {
      #expect(signature(one) == signature(other))
      #expect(signature(one).text == signature(other).text)
    }
  }

  @Test func shapesAndWhereOperandsComeFromAreTold() {
    let signature = CostSignature(
      .add, inputs: [Shape(rows: 3, columns: 5), Shape(rows: 3, columns: 5)], elementType: .float32)
    var cold: OperandSet = []
    cold.insert(operand: 0)
    cold.insert(operand: 2)
    #expect(CostKey(signature, coldOperands: cold).text == "add float32 3x5 3x5 5")
    #expect(cold.contains(operand: 2) && !cold.contains(operand: 1))
  }
}
