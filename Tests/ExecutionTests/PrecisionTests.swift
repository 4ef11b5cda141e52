import ArenaMemory
import Checkpointing
import ComputationGraph
import Kernels
import RandomNumbers
import Testing
import TestSupport
import Training

/// Gradients of the float32 kernels that training uses against the float64 reference, over whole networks.
///
/// The relative error in norm is at most 1e-5 for each parameter, up to a depth of 100: rounding of float32 (6e-8)
/// grows about with the root of the number of layers that a cotangent passes. Activations are smooth, as one element
/// that float32 puts on the other side of a kink weighs far more than rounding does.
///
/// Gradients of a hundred layers with GELU may be so ill-conditioned that a change of every parameter in its last bit
/// changes them by 1e-6 and more; whatever the kernels, float32 then errs by ten times that.
@Suite struct PrecisionTests {
  struct Trial: CustomTestStringConvertible, Sendable {
    let name: String
    let layers: [LayerDescription]
    let loss: LossFunction
    var testDescription: String { name }
  }

  private static func plain(_ depth: Int, _ activation: Activation) -> [LayerDescription] {
    [
      .repeated(count: depth - 1, layers: [.linear(units: 32, bias: true), .activation(activation)]),
      .linear(units: 5, bias: true),
    ]
  }

  private static func blocks(_ count: Int, _ norm: LayerDescription) -> [LayerDescription] {
    [
      .linear(units: 32, bias: true),
      .repeated(
        count: count,
        layers: [
          .residual(layers: [
            norm, .linear(units: 32, bias: true), .activation(.gelu(approximation: .none)), .dropout(rate: 0.1),
            .linear(units: 32, bias: true),
          ])
        ]),
      .linear(units: 5, bias: true),
    ]
  }

  static let trials: [Trial] =
    [1, 2, 10, 30, 100].flatMap { depth in
      [
        Trial(name: "\(depth) layers, tanh", layers: plain(depth, .tanh), loss: .meanSquaredError),
        Trial(
          name: "\(depth) layers, GELU", layers: plain(depth, .gelu(approximation: .none)), loss: .softmaxCrossEntropy),
        Trial(
          name: "\(depth) layers, GELU by tanh", layers: plain(depth, .gelu(approximation: .tanh)),
          loss: .softmaxCrossEntropy),
        Trial(name: "\(depth) layers, SiLU", layers: plain(depth, .silu), loss: .binaryCrossEntropy),
      ]
    } + [
      Trial(
        name: "98 layers in residual blocks, layer norm", layers: blocks(48, .layerNorm(epsilon: 1e-5)),
        loss: .softmaxCrossEntropy),
      Trial(
        name: "34 layers in residual blocks, batch norm", layers: blocks(16, .batchNorm(momentum: 0.1, epsilon: 1e-5)),
        loss: .halfSquaredError),
    ]

  @Test(arguments: trials)
  func errorInNormIsSmallForEveryParameter(trial: Trial) throws {
    func network(_ elementType: ElementType) -> NetworkDescription {
      NetworkDescription(
        layers: trial.layers, loss: trial.loss, inputFeatures: 12,
        targetColumns: trial.loss == .softmaxCrossEntropy ? 1 : 5, elementType: elementType)
    }
    let rows = 64
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    let single = try NetworkRunner<Float>(network(.float32), rows: rows, seed: 3, library: library)
    let double = try NetworkRunner<Double>(network(.float64), rows: rows, seed: 3, library: ReferenceKernels())
    // The same numbers: those that float32 can hold.
    for index in single.storage.parameters.indices {
      try double.storage.setValues(single.storage.values(ofParameter: index).map { Double($0) }, ofParameter: index)
    }
    let targetCount = rows * (trial.loss == .softmaxCrossEntropy ? 1 : 5)
    try double.input.write(single.input.read(Float.self, count: rows * 12).map { Double($0) })
    try double.target.write(single.target.read(Float.self, count: targetCount).map { Double($0) })

    let found = try single.gradients(under: .sqrt)
    let reference = try double.gradients(under: .none)
    let largest = largestError(of: found.map { $0.map { Double($0) } }, against: reference)
    #expect(reference.allSatisfy { $0.contains { $0 != 0 } }, "every parameter has a gradient")
    if largest > 1e-5 {
      var signs = SplitMix64(seed: 3)
      for index in single.storage.parameters.indices {
        let moved = try single.storage.values(ofParameter: index).map { value in
          Double(value) * (1 + Double.random(in: -0x1p-24...0x1p-24, using: &signs))
        }
        try double.storage.setValues(moved, ofParameter: index)
      }
      let ofLastBits = largestError(of: try double.gradients(under: .none), against: reference)
      #expect(largest <= 32 * ofLastBits, "parameters changed in their last bits change gradients by \(ofLastBits)")
      #expect(largest <= 1e-4)
    }
    print("float32 against float64, \(trial.name): at most \(largest)")
  }
  /// Of all parameters, relative in norm.
  private func largestError(of found: [[Double]], against reference: [[Double]]) -> Double {
    zip(found, reference).reduce(0) { largest, pair in
      let error = zip(pair.0, pair.1).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let norm = pair.1.reduce(0) { $0 + $1 * $1 }
      return max(largest, (error / norm).squareRoot())
    }
  }
}
