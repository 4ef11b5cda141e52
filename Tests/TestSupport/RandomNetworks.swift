package import ComputationGraph
import RandomNumbers

extension NetworkDescription {
  /// A random network of every kind of layer, 1 to `depth` entries deep at the top level.
  ///
  /// - Parameters:
  ///   - smooth: whether only activations and losses with a continuous derivative occur.
  ///   - batchNorm: whether batch norms occur, which see the batch as a whole.
  package static func random(
    seed: UInt64, depth: Int, elementType: ElementType, smooth: Bool = false, batchNorm: Bool = true
  ) -> NetworkDescription {
    var random = SplitMix64(seed: seed)
    let inputs = Int.random(in: 1...9, using: &random)
    var layers: [LayerDescription] = []
    var width = inputs
    for _ in 0..<Int.random(in: 1...depth, using: &random) {
      layers += block(&random, width: &width, smooth: smooth, batchNorm: batchNorm, nesting: 2)
    }
    let outputs = Int.random(in: 2...5, using: &random)
    layers.append(.linear(units: outputs, bias: true))
    let losses: [LossFunction] =
      [.meanSquaredError, .halfSquaredError, .softmaxCrossEntropy, .binaryCrossEntropy]
      + (smooth ? [] : [.meanAbsoluteError, .huber(delta: 0.5)])
    let loss = losses.randomElement(using: &random)!
    return NetworkDescription(
      layers: layers, loss: loss, inputFeatures: inputs, targetColumns: loss == .softmaxCrossEntropy ? 1 : outputs,
      elementType: elementType)
  }

  /// Up to ten linear layers, each with up to four activations in a row.
  package static func activationChain(seed: UInt64) -> NetworkDescription {
    var random = SplitMix64(seed: seed)
    let activations: [Activation] = [.relu, .tanh, .gelu(approximation: .none), .silu, .softplus, .elu(alpha: 1)]
    let widths = [4, 16, 16, 24].shuffled(using: &random)
    var layers: [LayerDescription] = []
    for _ in 0..<Int.random(in: 1...10, using: &random) {
      layers.append(.linear(units: widths.randomElement(using: &random)!, bias: true))
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        layers.append(.activation(activations.randomElement(using: &random)!))
      }
    }
    return NetworkDescription(
      layers: layers + [.linear(units: 3, bias: true)], loss: .meanSquaredError, inputFeatures: 7, targetColumns: 3)
  }

  /// Two linear layers around one residual block of so many linear layers, each but the last with a GELU.
  package static func block(products: Int, width: Int = 16, elementType: ElementType = .float32) -> NetworkDescription {
    let inner: [LayerDescription] = [.linear(units: width, bias: true), .activation(.gelu(approximation: .none))]
    return NetworkDescription(
      layers: [
        .linear(units: width, bias: true), .activation(.relu),
        .residual(
          layers: [.repeated(count: products - 1, layers: inner), .linear(units: width, bias: true)]
            .filter { $0 != .repeated(count: 0, layers: inner) }),
        .linear(units: 3, bias: true),
      ], loss: .meanSquaredError, inputFeatures: 7, targetColumns: 3, elementType: elementType)
  }

  private static func block(
    _ random: inout SplitMix64, width: inout Int, smooth: Bool, batchNorm: Bool, nesting: Int
  ) -> [LayerDescription] {
    let smoothActivations: [Activation] = [
      .gelu(approximation: .none), .gelu(approximation: .tanh), .silu, .tanh, .sigmoid, .softplus,
    ]
    let activations = smoothActivations + (smooth ? [] : [.relu, .leakyRelu(slope: 0.1), .elu(alpha: 0.7)])
    switch Int.random(in: 0..<9, using: &random) {
    case 0: return [.activation(activations.randomElement(using: &random)!)]
    case 1: return [.layerNorm(epsilon: 1e-3)]
    case 2 where batchNorm: return [.batchNorm(momentum: 0.1, epsilon: 1e-3)]
    case 3: return [.dropout(rate: 0.25)]
    case 4 where nesting > 0:
      var inner: [LayerDescription] = []
      var innerWidth = width
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        inner += block(&random, width: &innerWidth, smooth: smooth, batchNorm: batchNorm, nesting: nesting - 1)
      }
      inner.append(.linear(units: width, bias: Bool.random(using: &random)))
      if Bool.random(using: &random) { inner.append(.activation(activations.randomElement(using: &random)!)) }
      return [.residual(layers: inner)]
    case 5:
      let units = width
      return [
        .repeated(
          count: Int.random(in: 1...4, using: &random),
          layers: [.linear(units: units, bias: true), .activation(activations.randomElement(using: &random)!)])
      ]
    default:
      width = Int.random(in: 1...12, using: &random)
      return [
        .linear(units: width, bias: Bool.random(using: &random)),
        .activation(activations.randomElement(using: &random)!),
      ]
    }
  }
}
