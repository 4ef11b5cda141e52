import ArenaMemory
import Checkpointing
import ComputationGraph
import ExecutionPlanning
import Glibc
import Kernels
import Testing
import TestSupport
import Training
import _Differentiation

/// Gradients against those of the Swift compiler's own differentiation, which shares no line with ours: it transforms
/// the functions below, where ours runs VJP rules over a graph.
@Suite struct IndependentDerivativeTests {
  /// u = w x + b, h = sigmoid(u), L = (h - y)² / 2.
  @Test(arguments: [(0.3, -0.2, 1.5, 1.0), (-1.25, 0.5, 0.75, 0.0), (4, 3, 2, -1)])
  func theNeuron(w: Double, b: Double, x: Double, y: Double) throws {
    let network = NetworkDescription(
      layers: [.linear(units: 1, bias: true), .activation(.sigmoid)], loss: .halfSquaredError, inputFeatures: 1,
      targetColumns: 1, elementType: .float64)
    let runner = try NetworkRunner<Double>(network, rows: 1, seed: 1, library: ReferenceKernels())
    try runner.input.write([x])
    try runner.target.write([y])
    try runner.storage.setValues([w], ofParameter: 0)
    try runner.storage.setValues([b], ofParameter: 1)
    let found = try runner.gradients(under: .none)

    let expected = gradient(at: w, b) { w, b in neuronLoss(w, b, x, y) }
    // 1 - h loses digits where the neuron saturates.
    #expect(abs(found[0][0] - expected.0) <= 1e-14 * abs(expected.0) + 1e-15)
    #expect(abs(found[1][0] - expected.1) <= 1e-14 * abs(expected.1) + 1e-15)
    // And the chain rule by hand: dL/du serves both.
    let h = 1 / (1 + exp(-(w * x + b)))
    let du = (h - y) * h * (1 - h)
    #expect(abs(found[1][0] - du) <= 1e-14 * abs(du))
    #expect(abs(found[0][0] - du * x) <= 1e-14 * abs(du * x))
    #expect(try abs(runner.loss() - neuronLoss(w, b, x, y)) <= 1e-15)
  }

  /// A network of three layers over a batch, its parameters one vector; also with everything recomputed.
  @Test(arguments: [UInt64(1), 2, 3], [Strategy.none, .every(1), .recursive])
  func aVectorNetwork(seed: UInt64, strategy: Strategy) throws {
    let sizes = VectorNetwork.sizes
    let network = NetworkDescription(
      layers: [
        .linear(units: sizes[1], bias: true), .activation(.tanh), .linear(units: sizes[2], bias: true),
        .activation(.sigmoid), .linear(units: sizes[3], bias: true),
      ], loss: .meanSquaredError, inputFeatures: sizes[0], targetColumns: sizes[3], elementType: .float64)
    let runner = try NetworkRunner<Double>(
      network, rows: VectorNetwork.rows, seed: seed, library: ReferenceKernels())
    let parameters = try runner.storage.parameters.indices.flatMap { try runner.storage.values(ofParameter: $0) }
    let input = try runner.input.read(Double.self, count: VectorNetwork.rows * sizes[0])
    let target = try runner.target.read(Double.self, count: VectorNetwork.rows * sizes[3])

    let expected = gradient(at: parameters) { VectorNetwork.loss($0, input, target) }
    let found = try runner.gradients(under: strategy).flatMap(\.self)
    #expect(found.count == expected.base.count && found.count == 4 * 3 + 4 + 5 * 4 + 5 + 2 * 5 + 2)
    for (index, (found, expected)) in zip(found, expected.base).enumerated() {
      #expect(abs(found - expected) <= 1e-13 * (1 + abs(expected)), "parameter \(index)")
    }
    let plan = try runner.plan(strategy)
    #expect((plan.executions.prescribed > 3) == (strategy != .none))
  }
}

@differentiable(reverse)
private func sigmoid(_ u: Double) -> Double { 1 / (1 + exponential(-u)) }

@differentiable(reverse)
private func hyperbolicTangent(_ u: Double) -> Double { 2 * sigmoid(2 * u) - 1 }

/// The C library's function, with the one derivative that the compiler cannot know.
private func exponential(_ x: Double) -> Double { exp(x) }

@derivative(of: exponential)
private func exponentialPullback(_ x: Double) -> (value: Double, pullback: (Double) -> Double) {
  let value = exp(x)
  return (value, { $0 * value })
}

@differentiable(reverse)
private func neuronLoss(_ w: Double, _ b: Double, _ x: Double, _ y: Double) -> Double {
  let h = sigmoid(w * x + b)
  return (h - y) * (h - y) / 2
}

/// linear, tanh, linear, sigmoid, linear, mean squared error, written as loops over numbers.
private enum VectorNetwork {
  static let sizes = [3, 4, 5, 2]
  static let rows = 6

  @differentiable(reverse,wrt: p)
  static func loss(_ p: [Double], _ input: [Double], _ target: [Double]) -> Double {
    var total = 0.0
    for row in 0..<rows {
      var first: [Double] = []
      for unit in 0..<4 {
        var sum = p[12 + unit]
        for j in 0..<3 { sum = sum + p[unit * 3 + j] * input[row * 3 + j] }
        first = first + [hyperbolicTangent(sum)]
      }
      var second: [Double] = []
      for unit in 0..<5 {
        var sum = p[36 + unit]
        for j in 0..<4 { sum = sum + p[16 + unit * 4 + j] * first[j] }
        second = second + [sigmoid(sum)]
      }
      for unit in 0..<2 {
        var sum = p[51 + unit]
        for j in 0..<5 { sum = sum + p[41 + unit * 5 + j] * second[j] }
        total = total + (sum - target[row * 2 + unit]) * (sum - target[row * 2 + unit])
      }
    }
    return total / Double(rows * 2)
  }
}
