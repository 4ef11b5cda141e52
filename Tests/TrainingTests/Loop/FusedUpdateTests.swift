import ArenaMemory
import Checkpointing
import ComputationGraph
import ExecutionPlanning
import Testing
import Training

/// Updates inside the reverse pass: the parameters of the ordinary update bit for bit, in less memory.
@Suite struct FusedUpdateTests {
  /// Every kind of parameter, three full batches and a shorter one.
  private func text(
    _ optimizer: String, fused: Bool, strategy: String, more: String = "", precision: String = "float32"
  ) -> String {
    """
    {
      "seed": 3, "precision": "\(precision)",
      "data": { "type": "synthetic", "samples": 54, "features": 5, "outputs": 3, "task": "classification" },
      "model": { "layers": [
        { "type": "linear", "units": 16 }, { "type": "batchNorm" }, { "type": "relu" },
        { "type": "repeat", "count": 5, "layers": [ { "type": "linear", "units": 16 }, { "type": "gelu" } ] },
        { "type": "residual", "layers": [
          { "type": "layerNorm" }, { "type": "linear", "units": 24 }, { "type": "silu" },
          { "type": "dropout", "rate": 0.2 }, { "type": "linear", "units": 16, "bias": false } ] },
        { "type": "layerNorm" }, { "type": "linear", "units": 3 } ] },
      "optimizer": { \(optimizer), "fused": \(fused) },
      "training": { "epochs": 3, "batchSize": 16 \(more) },
      "checkpoint": "\(strategy)"
    }
    """
  }

  static let optimizers = [
    #""type": "sgd", "learningRate": 0.05"#, #""type": "sgd", "learningRate": 0.05, "weightDecay": 0.01"#,
    #""type": "sgd", "learningRate": 0.05, "momentum": 0.9, "nesterov": true"#, #""type": "adam""#, #""type": "adamw""#,
  ]

  private func check<Element: TrainingElement>(
    _ type: Element.Type, _ optimizer: String, more: String = "", precision: String
  ) throws {
    let ordinary = try TrainingRun<Element>(
      text(optimizer, fused: false, strategy: "none", more: more, precision: precision))
    let expected = try ordinary.train()
    for strategy in ["none", "sqrt", "every:1", "revolve:2"] {
      let run = try TrainingRun<Element>(
        text(optimizer, fused: true, strategy: strategy, more: more, precision: precision),
        options: TrainingOptions(verify: true))
      let outcome = try run.train()
      #expect(outcome.parametersDigest == expected.parametersDigest, "\(optimizer), \(strategy)")
      #expect(outcome.epochs.map(\.trainLoss) == expected.epochs.map(\.trainLoss))
      for (mine, other) in zip(outcome.epochs, expected.epochs) {
        #expect(abs(mine.gradientNorm - other.gradientNorm) <= 1e-6 * other.gradientNorm)
      }
      #expect(run.trainer.comparisonCount > 0)
      #expect((run.session.plans.schedule.recomputedExecutions > 0) == (strategy != "none"), "\(strategy)")
      #expect(run.session.arena.measuredPeakBytes == run.session.plans.peakByteCount, "\(strategy)")
      #expect(run.session.storage.gradientBlock.byteCount == 0)
      #expect(run.session.plans.training.instructions.count { $0.phase == .update } == 23)
    }
  }

  @Test(arguments: optimizers) func parametersAreThoseOfTheOrdinaryUpdate(optimizer: String) throws {
    try check(Float.self, optimizer, precision: "float32")
    try check(Float.self, optimizer, precision: "bfloat16")
    try check(Double.self, optimizer, precision: "float64")
  }

  @Test func gradientsAreClippedEntryByEntry() throws {
    try check(Float.self, Self.optimizers[2], more: #", "gradientClip": { "value": 0.001 }"#, precision: "float32")
  }

  /// A gradient's bytes are free once its parameter is updated: the arena grows by the largest one, not by all.
  @Test func gradientsLiveForOneStage() throws {
    func plans(fused: Bool) throws -> TrainingPlans {
      try TrainingRun<Float>(text(Self.optimizers[3], fused: fused, strategy: "none")).session.plans
    }
    let (ordinary, fused) = (try plans(fused: false), try plans(fused: true))
    let largest = fused.training.graph.parameters.map { $0.shape.byteCount(of: .float32) }.max() ?? 0
    #expect(fused.peakByteCount <= ordinary.peakByteCount + 2 * largest)
    let whole = fused.training.graph.parameterElementCount * 4
    #expect(2 * largest < whole / 2)
  }

  private func overflowing(
    _ features: [[Float]], _ first: Float, _ second: Float
  ) throws -> (TrainingRun<Float>, [Float]) {
    let run = try TrainingRun<Float>(
      """
      {
        "data": { "type": "synthetic", "samples": 2, "features": 1 },
        "model": { "layers": [
          { "type": "linear", "units": 1, "bias": false }, { "type": "tanh" },
          { "type": "linear", "units": 1, "bias": false } ] },
        "optimizer": { "type": "sgd", "learningRate": 0.1, "fused": true }, "training": { "batchSize": 2 }
      }
      """, samples: samples(features, features.map { _ in [1] })
    ) { storage in
      try storage.setValues([first], ofParameter: 0)
      try storage.setValues([second], ofParameter: 1)
    }
    return (run, try run.parameters())
  }

  @Test func aLossThatIsNotFiniteTouchesNoParameter() throws {
    let (run, before) = try overflowing([[1], [2]], 1, 1e30)
    let divergence = try #require(try run.divergence())
    #expect(divergence.quantity == "loss")
    #expect(try run.parameters() == before)
  }

  /// The gradient of the first layer overflows; that of the last layer is finite and has been applied.
  @Test func aGradientThatIsNotFiniteIsNotApplied() throws {
    let (run, before) = try overflowing([[1e25], [1e25]], 0, 1e20)
    let divergence = try #require(try run.divergence())
    #expect(divergence.quantity == "gradient")
    #expect(try run.parameters()[0] == before[0])
    #expect(divergence.origin?.operation == "linearWeightGradient")
  }
}
