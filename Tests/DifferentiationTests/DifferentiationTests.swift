import ComputationGraph
import Differentiation
import Testing

private func differentiated(
  _ layers: [LayerDescription], inputs: Int = 4, targets: Int = 4, loss: LossFunction = .meanSquaredError,
  fusion: ActivationFusion = .fused
) throws -> DifferentiatedGraph {
  let network = NetworkDescription(layers: layers, loss: loss, inputFeatures: inputs, targetColumns: targets)
  return try DifferentiatedGraph(of: Graph(network, batchRows: 3, mode: .training, fusion: fusion))
}

private let everyLayer: [LayerDescription] = [
  .linear(units: 4, bias: true), .activation(.leakyRelu(slope: 0.1)),
  .residual(layers: [
    .layerNorm(epsilon: 1e-5), .linear(units: 6, bias: false), .activation(.gelu(approximation: .tanh)),
    .dropout(rate: 0.2), .residual(layers: [.linear(units: 6, bias: true), .activation(.elu(alpha: 1))]),
    .linear(units: 4, bias: true),
  ]),
  .activation(.silu), .batchNorm(momentum: 0.1, epsilon: 1e-5), .linear(units: 4, bias: true), .activation(.softplus),
  .linear(units: 4, bias: true), .activation(.sigmoid), .activation(.tanh), .activation(.relu),
]

@Suite struct DifferentiationTests {
  /// u = w x + b, h = sigmoid(u), L = (h - y)²/2: dL/du is computed once and read by the gradients of w and b.
  @Test func oneCotangentServesBothParametersOfTheNeuron() throws {
    let neuron = try differentiated(
      [.linear(units: 1, bias: true), .activation(.sigmoid)], inputs: 1, targets: 1, loss: .halfSquaredError,
      fusion: .separate)
    let graph = neuron.graph
    #expect(
      neuron.backwardNodes.map(\.operation.name) == [
        "halfSquaredErrorGradient", "sigmoidGradient", "linearWeightGradient", "linearBiasGradient",
      ])
    let activation = try #require(neuron.backwardNodes.first { $0.operation == .activationGradient(.sigmoid) })
    let du = activation.outputs[0]
    #expect(
      graph.nodes.filter { $0.inputs.contains(du) }.map(\.operation) == [.linearWeightGradient, .linearBiasGradient])
    #expect(neuron.gradients == [ValueID(index: du.index + 1), ValueID(index: du.index + 2)])
  }

  @Test(arguments: [ActivationFusion.fused, .separate])
  func everyParameterHasAGradientOfItsShape(fusion: ActivationFusion) throws {
    let network = try differentiated(everyLayer, fusion: fusion)
    for (parameter, gradient) in zip(network.graph.parameters, network.gradients) {
      let value = try #require(gradient, "\(parameter.name)")
      #expect(network.graph[value].shape == parameter.shape, "\(parameter.name)")
    }
  }

  @Test func gradientsThatAreAddedAreReadByNobody() throws {
    let network = NetworkDescription(
      layers: everyLayer, loss: .meanSquaredError, inputFeatures: 4, targetColumns: 4)
    let graph = try Graph(network, batchRows: 3, mode: .training)
    let adding = try DifferentiatedGraph(of: graph, addsGradients: true)
    let gradients = Set(adding.gradients.compactMap(\.self))
    #expect(gradients.count == graph.parameters.count)
    #expect(adding.graph.nodes.allSatisfy { gradients.isDisjoint(with: $0.inputs) })
    for node in adding.backwardNodes where !gradients.isDisjoint(with: node.outputs) {
      #expect(node.operation.isSumOverRows && gradients.isSuperset(of: node.outputs), "\(node.operation)")
    }
  }

  /// A rule that read more than it declares would make schedules discard what the reverse step needs.
  @Test(arguments: [ActivationFusion.fused, .separate])
  func pullbacksReadWhatTheirRulesDeclareAndNothingElse(fusion: ActivationFusion) throws {
    let network = try differentiated(everyLayer, fusion: fusion)
    var read: [Int: Set<ValueID>] = [:]
    for node in network.backwardNodes {
      let forward = try #require(node.differentiates)
      for input in node.inputs {
        if case .node(let producer) = network.graph[input].source, producer >= network.forwardNodeCount { continue }
        read[forward, default: []].insert(input)
      }
    }
    #expect(read.count > 10)
    for (forward, values) in read where !network.graph.nodes[forward].inputs.contains(network.graph.input) {
      let node = network.graph.nodes[forward]
      let declared = try #require(node.operation.residuals)
      let allowed = Set(declared.inputs.map { node.inputs[$0] } + declared.outputs.map { node.outputs[$0] })
      #expect(values == allowed, "\(node.operation.name)")
    }
  }

  @Test func theCotangentOfTheInputIsNeverComputed() throws {
    let network = try differentiated([.linear(units: 4, bias: true), .activation(.tanh), .linear(units: 4, bias: true)])
    #expect(network.backwardNodes.count { $0.operation == .linearInputGradient } == 1)
    #expect(network.backwardNodes.count { $0.operation == .linearWeightGradient } == 2)
  }

  @Test func aSkipBlockAddsTheTwoContributionsOfItsInput() throws {
    let network = try differentiated([
      .linear(units: 4, bias: true), .residual(layers: [.linear(units: 4, bias: true)]), .linear(units: 4, bias: true),
    ])
    #expect(network.backwardNodes.count { $0.operation == .add } == 1)
  }

  @Test func aHundredThousandLayersAreDifferentiatedWithoutRecursion() throws {
    let network = try differentiated([
      .repeated(count: 100_000, layers: [.linear(units: 4, bias: false), .activation(.relu)])
    ])
    #expect(network.backwardNodes.count == 1 + 3 * 100_000 - 1)
  }
}
