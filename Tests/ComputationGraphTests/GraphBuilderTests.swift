import ComputationGraph
import Testing

private func network(
  _ layers: [LayerDescription], inputs: Int = 4, targets: Int = 2, loss: LossFunction = .meanSquaredError,
  kind: TargetKind? = nil
) -> NetworkDescription {
  NetworkDescription(layers: layers, loss: loss, inputFeatures: inputs, targetColumns: targets, targetKind: kind)
}

@Suite struct GraphBuilderTests {
  @Test func anActivationOfItsOutputIsFusedAndOneOfItsInputIsNot() throws {
    let layers: [LayerDescription] = [
      .linear(units: 3, bias: true), .activation(.relu), .linear(units: 3, bias: false),
      .activation(.gelu(approximation: .none)), .linear(units: 2, bias: true),
    ]
    let graph = try Graph(network(layers), batchRows: 5, mode: .training)
    #expect(
      graph.description == """
        %0 = input [5, 4]
        %1 = target [5, 2]
        %2 = parameter layers.0.weight [3, 4]
        %3 = parameter layers.0.bias [1, 3]
        %4 = linear+relu %0 %2 %3 [5, 3]
        %5 = parameter layers.2.weight [3, 3]
        %6 = linear %4 %5 [5, 3]
        %7 = gelu %6 [5, 3]
        %8 = parameter layers.4.weight [2, 3]
        %9 = parameter layers.4.bias [1, 2]
        %10 = linear %7 %8 %9 [5, 2]
        %11 = meanSquaredError %10 %1 [1, 1]
        """)
    let separate = try Graph(network(layers), batchRows: 5, mode: .training, fusion: .separate)
    #expect(separate.nodes.map(\.operation.name) == ["linear", "relu", "linear", "gelu", "linear", "meanSquaredError"])
  }

  @Test func layersAreNumberedAfterRepeatsAreUnrolled() throws {
    let layers: [LayerDescription] = [
      .linear(units: 3, bias: false),
      .repeated(
        count: 2,
        layers: [
          .residual(layers: [.layerNorm(epsilon: 1e-5), .repeated(count: 2, layers: [.linear(units: 3, bias: false)])]),
          .activation(.silu),
        ]),
      .linear(units: 2, bias: false),
    ]
    let graph = try Graph(network(layers), batchRows: 1, mode: .training)
    #expect(
      graph.parameters.map(\.name) == [
        "layers.0.weight", "layers.1.layers.0.weight", "layers.1.layers.0.bias", "layers.1.layers.1.weight",
        "layers.1.layers.2.weight", "layers.3.layers.0.weight", "layers.3.layers.0.bias", "layers.3.layers.1.weight",
        "layers.3.layers.2.weight", "layers.5.weight",
      ])
  }

  @Test func evaluationLeavesDropoutOutAndReadsRunningStatistics() throws {
    let layers: [LayerDescription] = [
      .linear(units: 3, bias: true), .batchNorm(momentum: 0.1, epsilon: 1e-5), .dropout(rate: 0.5),
      .linear(units: 4, bias: true),
    ]
    let description = network(layers, targets: 1, loss: .softmaxCrossEntropy, kind: .classes)
    let training = try Graph(description, batchRows: 8, mode: .training)
    #expect(
      training.nodes.map(\.operation.name) == [
        "linear", "batchNormStatistics", "updateRunningStatistics", "batchNorm", "dropout", "linear",
        "softmaxCrossEntropy",
      ])
    let evaluation = try Graph(description, batchRows: 8, mode: .evaluation)
    #expect(
      evaluation.nodes.map(\.operation.name) == [
        "linear", "batchNorm", "linear", "softmaxCrossEntropy", "correctCount",
      ])
    #expect(evaluation.nodes[1].inputs[1] == evaluation.states[0].value)
    #expect(evaluation.correctCount != nil && training.correctCount == nil)
  }

  @Test func aBlockThatChangesTheWidthIsRefused() {
    #expect {
      try Graph(network([.residual(layers: [.linear(units: 7, bias: true)])]), batchRows: 2, mode: .training)
    } throws: { error in
      "\(error)" == "layers.0: the inner layers turn width 4 into 7; a residual block must keep it"
    }
  }

  @Test(arguments: [(1 << 40, 1 << 40), (1 << 46, 1)])
  func sizesThatOverflowOrPassTheCapAreRefused(rows: Int, units: Int) {
    #expect(throws: GraphError.self) {
      try Graph(
        network([.linear(units: units, bias: true)], inputs: 1, targets: units), batchRows: rows, mode: .training)
    }
  }

  @Test func aHundredThousandLayersDoNotOverflowTheStack() throws {
    let layers: [LayerDescription] = [
      .repeated(count: 100_000, layers: [.linear(units: 2, bias: false), .activation(.tanh)])
    ]
    let graph = try Graph(network(layers, inputs: 2), batchRows: 1, mode: .training)
    #expect(graph.nodes.count == 100_001)
  }
}

@Suite struct OperatorRuleTests {
  @Test func flopsOfProductsAreTwoPerMultiplyAdd() {
    let inputs = [Shape(rows: 8, columns: 3), Shape(rows: 5, columns: 3), Shape(rows: 1, columns: 5)]
    #expect(Operator.linear(bias: false, activation: nil).flops(for: Array(inputs[..<2])) == 2 * 8 * 3 * 5)
    #expect(Operator.linear(bias: true, activation: .relu).flops(for: inputs) == 2 * 8 * 3 * 5 + 8 * 5 + 8 * 5)
    let cotangent = Shape(rows: 8, columns: 5)
    #expect(Operator.linearInputGradient.flops(for: [cotangent, inputs[1]]) == 2 * 8 * 3 * 5)
    #expect(Operator.linearWeightGradient.flops(for: [cotangent, inputs[0]]) == 2 * 8 * 3 * 5)
  }

  @Test func bytesMovedCountEachOperandOnce() {
    let inputs = [Shape(rows: 8, columns: 3), Shape(rows: 5, columns: 3)]
    let bytes = Operator.linear(bias: false, activation: nil).bytesMoved(for: inputs, elementType: .float32)
    #expect(bytes == 4 * (8 * 3 + 5 * 3 + 8 * 5))
  }

  @Test(arguments: [
    (Operator.add, [Shape(rows: 2, columns: 3), Shape(rows: 3, columns: 2)]),
    (.linear(bias: false, activation: nil), [Shape(rows: 2, columns: 3), Shape(rows: 3, columns: 2)]),
    (.layerNorm, [Shape(rows: 2, columns: 3), Shape(rows: 2, columns: 3)]),
    (.loss(.softmaxCrossEntropy), [Shape(rows: 2, columns: 3), Shape(rows: 2, columns: 3)]),
    (.linearWeightGradient, [Shape(rows: 2, columns: 3), Shape(rows: 3, columns: 3)]),
  ])
  func inputsThatDoNotFitHaveNoOutputs(operation: Operator, inputs: [Shape]) {
    #expect(operation.outputShapes(for: inputs) == nil)
  }
}
