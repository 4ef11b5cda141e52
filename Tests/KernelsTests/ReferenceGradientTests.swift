import ComputationGraph
import Testing

import Kernels

/// Gradient operators against central differences of the forward operators, in float64.
///
/// With s = Σ y dy for a random dy, the operator's output must be ds/dx. The step is cbrt(epsilon) max(1, |x|); the
/// tolerance per entry is 1e-7 of the largest gradient plus the rounding of the difference itself.
@Suite struct ReferenceGradientTests {
  typealias Matrices = [TestMatrix<Double>]

  private func expectGradients(
    _ gradients: [(input: Int, values: TestMatrix<Double>)], of inputs: Matrices, _ name: String,
    _ forward: (Matrices) throws -> Double
  ) throws {
    for (input, gradient) in gradients {
      #expect(gradient.shape == inputs[input].shape, "\(name)")
      let largest = gradient.values.reduce(0) { max($0, abs($1)) }
      #expect(largest > 0, "\(name)")
      for index in gradient.values.indices {
        let x = inputs[input].values[index]
        let step = 6.055454452393343e-06 * max(1, abs(x))
        var shifted = inputs
        shifted[input].values[index] = x + step
        let above = try forward(shifted)
        shifted[input].values[index] = x - step
        let below = try forward(shifted)
        let numeric = (above - below) / (2 * step)
        let rounding = 16 * Double.ulpOfOne * (abs(above) + 1) / step
        #expect(
          abs(numeric - gradient.values[index]) <= 1e-7 * largest + rounding,
          "\(name), input \(input), element \(index): \(gradient.values[index]), numerically \(numeric)")
      }
    }
  }

  private func dot(_ a: TestMatrix<Double>, _ b: TestMatrix<Double>) -> Double {
    zip(a.values, b.values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test func linear() throws {
    var random = TestRandom(1)
    let inputs: Matrices = [random.matrix(3, 11), random.matrix(5, 11), random.matrix(1, 5)]
    let dy: TestMatrix<Double> = random.matrix(3, 5)
    let library = ReferenceKernels()
    let dx = try run(library, .linearInputGradient, [dy, inputs[1]])[0]
    let dw = try run(library, .linearWeightGradient, [dy, inputs[0]])[0]
    let db = try run(library, .linearBiasGradient, [dy])[0]
    try expectGradients([(0, dx), (1, dw), (2, db)], of: inputs, "linear") {
      dot(try run(library, .linear(bias: true, activation: nil), $0)[0], dy)
    }
  }

  @Test func activations() throws {
    var random = TestRandom(2)
    let library = ReferenceKernels()
    for activation in allActivations {
      let u: TestMatrix<Double> = random.matrix(4, 9, scale: 4)
      let dh: TestMatrix<Double> = random.matrix(4, 9)
      let h = try run(library, .activation(activation), [u])[0]
      let saved = activation.savedSide == .input ? u : h
      let du = try run(library, .activationGradient(activation), [dh, saved])[0]
      try expectGradients([(0, du)], of: [u], "\(activation)") {
        dot(try run(library, .activation(activation), $0)[0], dh)
      }
    }
  }

  @Test func layerNorm() throws {
    var random = TestRandom(3)
    let library = ReferenceKernels()
    let inputs: Matrices = [random.matrix(3, 10), random.matrix(1, 10), random.matrix(1, 10)]
    let dy: TestMatrix<Double> = random.matrix(3, 10)
    func statistics(_ x: TestMatrix<Double>) throws -> TestMatrix<Double> {
      try run(library, .layerNormStatistics(epsilon: 1e-3), [x])[0]
    }
    let s = try statistics(inputs[0])
    let dx = try run(library, .layerNormInputGradient, [dy, inputs[0], s, inputs[1]])[0]
    let parameters = try run(library, .layerNormParameterGradients, [dy, inputs[0], s])
    try expectGradients([(0, dx), (1, parameters[0]), (2, parameters[1])], of: inputs, "layer norm") {
      dot(try run(library, .layerNorm, [$0[0], try statistics($0[0]), $0[1], $0[2]])[0], dy)
    }
  }

  @Test func batchNorm() throws {
    var random = TestRandom(4)
    let library = ReferenceKernels()
    let inputs: Matrices = [random.matrix(7, 11), random.matrix(1, 11), random.matrix(1, 11)]
    let dy: TestMatrix<Double> = random.matrix(7, 11)
    let epsilon = 1e-3
    let s = try run(library, .batchNormStatistics, [inputs[0]])[0]
    let parameters = try run(library, .batchNormParameterGradients(epsilon: epsilon), [dy, inputs[0], s])
    let dx = try run(
      library, .batchNormInputGradient(epsilon: epsilon), [dy, inputs[0], s, inputs[1], parameters[0], parameters[1]])[
        0]
    try expectGradients([(0, dx), (1, parameters[0]), (2, parameters[1])], of: inputs, "batch norm") {
      let statistics = try run(library, .batchNormStatistics, [$0[0]])[0]
      return dot(try run(library, .batchNorm(epsilon: epsilon), [$0[0], statistics, $0[1], $0[2]])[0], dy)
    }
  }

  @Test func dropoutIsItsOwnPullback() throws {
    var random = TestRandom(5)
    let library = ReferenceKernels()
    let x: TestMatrix<Double> = random.matrix(5, 9)
    let dy: TestMatrix<Double> = random.matrix(5, 9)
    let dx = try run(library, .dropout(rate: 0.4, layer: 1), [dy])[0]
    try expectGradients([(0, dx)], of: [x], "dropout") {
      dot(try run(library, .dropout(rate: 0.4, layer: 1), $0)[0], dy)
    }
  }

  @Test func losses() throws {
    var random = TestRandom(6)
    let library = ReferenceKernels()
    let p: TestMatrix<Double> = random.matrix(5, 3, scale: 2)
    let bits = TestMatrix<Double>(5, 3, (0..<15).map { Double($0 % 2) })
    let classes = TestMatrix<Double>(5, 1, [0, 2, 1, 2, 0])
    let other: TestMatrix<Double> = random.matrix(5, 3, scale: 2)
    for (loss, t) in [
      (LossFunction.meanSquaredError, other), (.meanAbsoluteError, other), (.huber(delta: 0.8), other),
      (.halfSquaredError, other), (.binaryCrossEntropy, bits), (.softmaxCrossEntropy, classes),
    ] {
      let gradient = try run(library, .lossGradient(loss), [p, t])[0]
      try expectGradients([(0, gradient)], of: [p], "\(loss)") {
        try run(library, .loss(loss), [$0[0], t])[0].values[0]
      }
    }
  }
}
