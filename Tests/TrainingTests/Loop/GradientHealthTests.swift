import Checkpointing
import ComputationGraph
import ExecutionPlanning
import Configuration
import Testing
import Training

/// The gradients' health, held to a network that is differentiated by hand.
@Suite struct GradientHealthTests {
  private func text(strategy: String = "none", layers: String = Self.layers, microBatchSize: Int = 4) -> String {
    """
    {
      "seed": 3,
      "data": { "type": "synthetic", "samples": 4, "features": 3, "outputs": 2, "task": "regression" },
      "model": { "layers": [ \(layers) ] },
      "loss": "halfSquaredError",
      "optimizer": { "type": "sgd", "learningRate": 0.25 },
      "training": { "epochs": 1, "batchSize": 4, "microBatchSize": \(microBatchSize), "shuffle": false },
      "checkpoint": "\(strategy)"
    }
    """
  }

  private static let layers = """
    { "type": "linear", "units": 4 }, { "type": "relu" }, { "type": "linear", "units": 5 }, { "type": "tanh" },
    { "type": "linear", "units": 2 }
    """

  private static let features: [[Double]] = [[1, -0.5, 0.25], [0.5, 2, -1], [-1, 0.75, 0.5], [0.25, 0.125, -2]]
  private static let targets: [[Double]] = [[1, 0], [-1, 0.5], [0.25, 2], [0, -1]]

  /// A bias of the first layer is so low that its unit is dead.
  private func run(_ text: String, options: TrainingOptions = TrainingOptions(health: true)) throws
    -> TrainingRun<Double>
  {
    try TrainingRun<Double>(
      text, samples: samples(Self.features, Self.targets), options: options,
      initialize: { storage in
        for index in storage.parameters.indices {
          let count = storage.parameters[index].shape.elementCount
          let values = (0..<count).map { Double(($0 * 7 + index * 3) % 11 - 5) / 8 }
          try storage.setValues(values, ofParameter: index)
        }
        try storage.setValues([0.5, -100, 0.25, 0.125], ofParameter: 1)
      })
  }

  @Test func figuresAreThoseOfANetworkDifferentiatedByHand() throws {
    let run = try run(text())
    let parameters = try run.session.storage.parameters.indices.map { try run.session.storage.values(ofParameter: $0) }
    _ = try run.train()
    let health = try #require(run.trainer.health)
    let expected = ByHand(parameters, features: Self.features, targets: Self.targets)
    #expect(health.iteration == 1 && health.stages.count == 3)
    for index in 0..<3 {
      let stage = health.stages[index]
      #expect(abs(try #require(stage.activation) - rms(expected.outputs[index])) < 1e-12)
      #expect(abs(try #require(stage.cotangent) - rms(expected.cotangents[index])) < 1e-12)
      let norm = (expected.weightGradients[index] + expected.biasGradients[index]).reduce(0) { $0 + $1 * $1 }
        .squareRoot()
      #expect(abs(try #require(stage.gradientNorm) - norm) < 1e-12)
      let weights = parameters[2 * index].reduce(0) { $0 + $1 * $1 }.squareRoot()
      let change = 0.25 * expected.weightGradients[index].reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(try #require(stage.updateRatio) - change / weights) < 1e-12)
      #expect(health.flag(ofStage: index) == nil)
    }
    #expect(health.stages[0].reluUnitCount == 4)
    let dead = (0..<4).count { unit in (0..<4).allSatisfy { expected.outputs[0][$0 * 4 + unit] == 0 } }
    #expect(dead >= 1 && health.stages[0].deadUnitCount == dead)
    #expect(health.stages[1].deadShare == nil && health.stages[2].reluUnitCount == 0)
  }

  /// Whoever looks changes no bit, and sees the same under every schedule.
  @Test(arguments: ["none", "sqrt", "recursive", "revolve:2", "mixed:1"])
  func lookingChangesNothing(strategy: String) throws {
    let plain = try run(text(strategy: strategy), options: TrainingOptions()).train()
    let looked = try run(text(strategy: strategy))
    #expect(try looked.train().parametersDigest == plain.parametersDigest)
    let reference = try run(text())
    _ = try reference.train()
    #expect(looked.trainer.health == reference.trainer.health)
    let executions = looked.session.plans.training.executions
    #expect((executions.prescribed > looked.session.plans.schedule.stageCount) == (strategy != "none"))
  }

  @Test func microBatchesAddUp() throws {
    let whole = try run(text())
    let parts = try run(text(microBatchSize: 3))
    _ = try whole.train()
    _ = try parts.train()
    let (one, other) = (try #require(whole.trainer.health), try #require(parts.trainer.health))
    for (left, right) in zip(one.stages, other.stages) {
      for path in [\GradientHealth.Stage.activation, \.cotangent, \.gradientNorm, \.updateRatio] {
        #expect(abs(try #require(left[keyPath: path]) - (try #require(right[keyPath: path]))) < 1e-12)
      }
      #expect(left.deadUnitCount == right.deadUnitCount)
    }
  }

  @Test func layersWhoseGradientsVanishAreFlagged() throws {
    let deep = """
      { "type": "repeat", "count": 12, "layers": [ { "type": "linear", "units": 4 }, { "type": "sigmoid" } ] },
      { "type": "linear", "units": 2 }
      """
    let run = try TrainingRun<Double>(
      text(layers: deep), samples: samples(Self.features, Self.targets), options: TrainingOptions(health: true))
    _ = try run.train()
    let health = try #require(run.trainer.health)
    let flagged = (0..<13).filter { health.flag(ofStage: $0) == .vanishing }
    #expect(flagged.contains(0) && !flagged.contains(12))
    for index in flagged {
      #expect(try #require(health.stages[index].gradient) < #require(health.reference) / GradientHealth.factor)
    }
  }

  @Test func withoutTheOptionNobodyLooks() throws {
    let run = try run(text(), options: TrainingOptions())
    _ = try run.train()
    #expect(run.trainer.health == nil)
  }
}

private func rms(_ values: [Double]) -> Double {
  (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
}

/// relu, tanh and nothing behind three linear layers, with plain loops; every matrix row-major.
private struct ByHand {
  var outputs: [[Double]] = []
  var cotangents: [[Double]] = [[], [], []]
  var weightGradients: [[Double]] = [[], [], []]
  var biasGradients: [[Double]] = [[], [], []]

  init(_ parameters: [[Double]], features: [[Double]], targets: [[Double]]) {
    let rows = features.count
    let widths = [3, 4, 5, 2]
    var inputs = [Array(features.joined())]
    for layer in 0..<3 {
      let (narrow, wide) = (widths[layer], widths[layer + 1])
      var output = [Double](repeating: 0, count: rows * wide)
      for row in 0..<rows {
        for unit in 0..<wide {
          var sum = parameters[2 * layer + 1][unit]
          for column in 0..<narrow {
            sum += inputs[layer][row * narrow + column] * parameters[2 * layer][unit * narrow + column]
          }
          output[row * wide + unit] = layer == 0 ? max(0, sum) : layer == 1 ? hyperbolicTangent(sum) : sum
        }
      }
      outputs.append(output)
      inputs.append(output)
    }
    var cotangent = zip(outputs[2], targets.joined()).map { ($0 - $1) / Double(rows) }
    for layer in (0..<3).reversed() {
      cotangents[layer] = cotangent
      let (narrow, wide) = (widths[layer], widths[layer + 1])
      let du = zip(cotangent, outputs[layer]).map { dh, h in
        layer == 0 ? (h > 0 ? dh : 0) : layer == 1 ? dh * (1 - h * h) : dh
      }
      var weights = [Double](repeating: 0, count: wide * narrow)
      var biases = [Double](repeating: 0, count: wide)
      var below = [Double](repeating: 0, count: rows * narrow)
      for row in 0..<rows {
        for unit in 0..<wide {
          biases[unit] += du[row * wide + unit]
          for column in 0..<narrow {
            weights[unit * narrow + column] += du[row * wide + unit] * inputs[layer][row * narrow + column]
            below[row * narrow + column] += du[row * wide + unit] * parameters[2 * layer][unit * narrow + column]
          }
        }
      }
      weightGradients[layer] = weights
      biasGradients[layer] = biases
      cotangent = below
    }
  }

  /// By the exponential's series: the test shares nothing with the kernels.
  private func hyperbolicTangent(_ x: Double) -> Double {
    let positive = exponential(x)
    let negative = exponential(-x)
    return (positive - negative) / (positive + negative)
  }

  private func exponential(_ x: Double) -> Double {
    // e^x = (e^(x/64))^64.
    let small = x / 64
    var (sum, term) = (1.0, 1.0)
    for k in 1...20 {
      term *= small / Double(k)
      sum += term
    }
    for _ in 0..<6 { sum *= sum }
    return sum
  }
}
