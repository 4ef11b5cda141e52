import ComputationGraph
import Configuration
import Execution
import Kernels
import Testing
import Training

/// What the loop does with batches, epochs, validation, numbers that are not finite, and requests to stop.
@Suite struct TrainerTests {
  /// A small network; `more` goes into the configuration.
  private func text(
    samples: Int = 22, batchSize: Int = 8, epochs: Int = 3, rate: Double = 0.05, data: String = "",
    layers: String = #"{ "type": "linear", "units": 6 }, { "type": "tanh" }, { "type": "linear", "units": 3 }"#,
    _ more: String = ""
  ) -> String {
    """
    {
      "seed": 5,
      "data": { "type": "synthetic", "samples": \(samples), "features": 4, "outputs": 3, "task": "classification"
                \(data) },
      "model": { "layers": [ \(layers) ] },
      "loss": "softmaxCrossEntropy",
      "optimizer": { "type": "sgd", "learningRate": \(rate) },
      "training": { "epochs": \(epochs), "batchSize": \(batchSize) }
      \(more)
    }
    """
  }

  @Test func everyEpochGoesThroughTheShorterLastBatch() throws {
    let run = try TrainingRun<Double>(text())
    var told: [TrainingProgress] = []
    let outcome = try run.trainer.train(progress: { told.append($0) }, shouldStop: { false })
    // 22 samples: 8, 8 and 6.
    #expect(outcome.iterations == 9 && outcome.epochs.count == 3)
    #expect(told.map(\.iteration) == Array(1...9))
    #expect(told.map(\.epoch) == [1, 1, 1, 2, 2, 2, 3, 3, 3])
    #expect(told.allSatisfy { $0.totalIterations == 9 && $0.totalEpochs == 3 })
    #expect(outcome.epochs.map(\.epoch) == [1, 2, 3])
    #expect(outcome.finalLoss == outcome.epochs[2].trainLoss)
    #expect(outcome.initialLoss == told[0].loss)
    #expect(outcome.epochs.allSatisfy { $0.validationLoss == nil && $0.validationAccuracy == nil })
    #expect(outcome.epochs[2].trainLoss < outcome.epochs[0].trainLoss)
  }

  /// At a rate of 0 an epoch's loss is that of all samples, however they are cut into batches.
  @Test func anEpochsLossIsTheMeanOverItsSamples() throws {
    let whole = try TrainingRun<Double>(text(batchSize: 22, epochs: 1, rate: 0)).train()
    for batchSize in [1, 7, 8, 21] {
      let cut = try TrainingRun<Double>(text(batchSize: batchSize, epochs: 2, rate: 0)).train()
      for epoch in cut.epochs { #expect(abs(epoch.trainLoss - whole.initialLoss) < 1e-12, "\(batchSize)") }
      #expect(cut.parametersDigest == whole.parametersDigest)
    }
  }

  @Test func aNumberOfIterationsReplacesTheEpochs() throws {
    for (iterations, epochs) in [(1, 1), (3, 1), (4, 2), (100, 34)] {
      let run = try TrainingRun<Double>(text(), options: TrainingOptions(iterations: iterations))
      let outcome = try run.train()
      #expect(outcome.iterations == iterations && outcome.epochs.count == epochs)
    }
    let three = try TrainingRun<Double>(text(), options: TrainingOptions(iterations: 9)).train()
    #expect(three.parametersDigest == (try TrainingRun<Double>(text()).train()).parametersDigest)
  }

  /// From zeros every logit is 0: the loss is ln 3, and the first class is always the answer.
  @Test(arguments: [3, 4, 100])
  func validationIsOverTheHeldBackRows(batchSize: Int) throws {
    let labels: [[Double]] = (0..<22).map { [Double($0 % 3)] }
    let features: [[Double]] = (0..<22).map { [Double($0), 1, -1, 0.5] }
    let run = try TrainingRun<Double>(
      text(
        batchSize: batchSize, epochs: 1, rate: 0, data: #", "validationFraction": 0.3"#),
      samples: samples(
        features, labels, .classification),
      initialize: { _ in })
    #expect(run.split.validationRows.count == 7)
    let epoch = try run.train().epochs[0]
    let zeros = run.split.validationRows.count { $0 % 3 == 0 }
    #expect(epoch.validationAccuracy == Double(zeros) / 7)
    #expect(abs(try #require(epoch.validationLoss) - 1.0986122886681098) < 1e-14)
    #expect(abs(epoch.trainLoss - 1.0986122886681098) < 1e-14)
  }

  /// Of several labels a row the accuracy is the share of those that are right.
  @Test func accuracyOfLabelsIsTheirShare() throws {
    let labels: [[Double]] = (0..<22).map { [Double($0 % 2), 0, Double($0 % 3 == 0 ? 1 : 0)] }
    let features: [[Double]] = (0..<22).map { [Double($0), 1, -1, 0.5] }
    let configuration = text(epochs: 1, rate: 0, data: #", "validationFraction": 0.3"#)
      .replacing("softmaxCrossEntropy", with: "binaryCrossEntropy").replacing("classification", with: "regression")
    let run = try TrainingRun<Double>(
      configuration, samples: samples(features, labels, .multilabel), initialize: { _ in })
    // Every logit is 0, which says that no label holds.
    let rows = run.split.validationRows
    let absent = rows.reduce(0) { $0 + labels[$1].count { $0 == 0 } }
    #expect(try run.train().epochs[0].validationAccuracy == Double(absent) / 3 / Double(rows.count))
  }

  /// Validation is in evaluation mode: no element is dropped, and running statistics are used.
  @Test func validationDropsNothing() throws {
    let layers = #"{ "type": "dropout", "rate": 0.5 }, { "type": "linear", "units": 3 }"#
    let run = try TrainingRun<Double>(
      text(epochs: 2, rate: 0, data: #", "validationFraction": 0.3"#, layers: layers))
    let outcome = try run.train()
    #expect(outcome.epochs[0].validationLoss == outcome.epochs[1].validationLoss)
    #expect(outcome.epochs[0].trainLoss != outcome.epochs[1].trainLoss)
  }

  @Test func learningRatesFollowTheScheduleOverTheWholeRun() throws {
    let outcome = try TrainingRun<Double>(
      text(rate: 0.5, #", "schedule": { "type": "linear", "warmupIterations": 3 }"#)
    ).train()
    // Nine iterations, three of them warm-up: the last of each epoch.
    let expected = [0.5, 0.5 * (1 - 2.0 / 6), 0.5 * (1 - 5.0 / 6)]
    for (epoch, rate) in zip(outcome.epochs, expected) { #expect(abs(epoch.learningRate - rate) < 1e-15) }
  }

  @Test func theSeedShufflesAndNothingElseDoes() throws {
    let shuffled = try TrainingRun<Double>(text()).train()
    let again = try TrainingRun<Double>(text()).train()
    #expect(again.parametersDigest == shuffled.parametersDigest)
    #expect(again.epochs.map(\.trainLoss) == shuffled.epochs.map(\.trainLoss))
    let other = text().replacing("\"seed\": 5", with: "\"seed\": 6")
    #expect(try TrainingRun<Double>(other).train().parametersDigest != shuffled.parametersDigest)
  }

  /// The iteration after which training was interrupted; nil where it was not.
  private func interruption(_ body: () throws -> Void) throws -> Int? {
    do {
      try body()
      return nil
    } catch TrainingError.interrupted(let iteration) {
      return iteration
    }
  }

  @Test func aRequestToStopIsHeardBetweenTwoIterations() throws {
    let run = try TrainingRun<Double>(text())
    var count = 0
    let interruption = try interruption {
      _ = try run.trainer.train(progress: { _ in count += 1 }, shouldStop: { count == 4 })
    }
    #expect(interruption == 4)
    let outcome = run.trainer.outcome(iterations: 4)
    #expect(outcome.epochs.count == 1)
    let four = try TrainingRun<Double>(text(), options: TrainingOptions(iterations: 4)).train()
    #expect(outcome.parametersDigest == four.parametersDigest)
  }

  @Test func aRequestToStopIsHeardInAValidationPass() throws {
    let run = try TrainingRun<Double>(text(batchSize: 2, data: #", "validationFraction": 0.5"#))
    var updates = 0
    var asked = 0
    // The sixth update ends the first epoch; the request comes in the validation pass after it.
    let interruption = try interruption {
      _ = try run.trainer.train(
        progress: {
          updates = $0.iteration
          asked = 0
        },
        shouldStop: {
          asked += 1
          return updates == 6 && asked == 2
        })
    }
    #expect(interruption == 6)
    let outcome = run.trainer.outcome(iterations: 6)
    #expect(outcome.epochs.count == 1)
    #expect(outcome.epochs[0].validationLoss == nil)
  }

  // MARK: Numbers that are not finite

  @Test func aRateThatIsTooLargeEndsTheRunAndNamesThePlace() throws {
    let layers = #"{ "type": "linear", "units": 5 }, { "type": "relu" }, { "type": "linear", "units": 3 }"#
    let found = try #require(try TrainingRun<Float>(text(epochs: 100, rate: 1e30, layers: layers)).divergence())
    #expect(found.iteration > 1 && found.epoch == (found.iteration - 1) / 3 + 1)
    let origin = try #require(found.origin)
    #expect(
      found.description.hasPrefix(
        "training diverged in iteration \(found.iteration) (epoch \(found.epoch)): the \(found.quantity) is not finite; "
          + "it first appeared in the \(origin.phase) pass, in \(origin.operation) of \(origin.stage), element "))
  }

  /// The product of the second layer overflows, in the second row alone.
  @Test func theFirstNumberThatIsNotFiniteIsFound() throws {
    let run = try TrainingRun<Float>(
      text(
        batchSize: 22, layers: #"{ "type": "linear", "units": 2 }, { "type": "linear", "units": 3 }"#),
      samples: samples(
        (0..<22).map { [Float]([0, 0, 0, $0 == 1 ? 1e20 : 0]) }, (0..<22).map { _ in [Float(0)] }, .classification),
      initialize: { storage in
        try storage.setValues([Float](repeating: 1, count: 8), ofParameter: 0)
        try storage.setValues([Float](repeating: 1e20, count: 6), ofParameter: 2)
      })
    let found = try #require(try run.divergence())
    #expect(found.iteration == 1 && found.epoch == 1 && found.quantity == "loss")
    let origin = try #require(found.origin)
    #expect(origin.phase == "forward" && origin.operation == "linear" && origin.stage.hasPrefix("layers.1"))
    // Rows are in the order of the shuffled epoch.
    #expect(origin.element % 3 == 0)
  }

  /// In tiles of rows the third layer has computed row 3 before the second one computes row 700: the second layer is
  /// the first that overflows none the less.
  @Test(.enabled(if: RowTiles.areUsed(in: .float32))) func theFirstIsFoundWhereInstructionsTakeTurns() throws {
    let run = try TrainingRun<Float>(
      """
      {
        "data": { "type": "synthetic", "samples": 1100, "features": 4, "outputs": 2 },
        "model": { "layers": [ { "type": "repeat", "count": 3, "layers": [ { "type": "linear", "units": 2 } ] } ] },
        "loss": "meanSquaredError",
        "training": { "batchSize": 1100, "shuffle": false }
      }
      """,
      samples: samples(
        (0..<1100).map { [$0 == 700 ? 1e20 : 0, $0 == 3 ? 1e2 : 0, 0, 0] }, (0..<1100).map { _ in [Float(0), 0] }),
      initialize: { storage in
        try storage.setValues([1, 0, 0, 0, 0, 1, 0, 0], ofParameter: 0)
        try storage.setValues([1e20, 0, 0, 1], ofParameter: 2)
        try storage.setValues([0, 1e38, 0, 0], ofParameter: 4)
      })
    #expect(run.session.trainingRuns[0].executor.mingledInstructionCount >= 3)
    let found = try #require(try run.divergence())
    let origin = try #require(found.origin)
    #expect(origin.phase == "forward" && origin.stage.hasPrefix("layers.1"), "\(origin)")
    #expect(origin.element == 1400)
  }

  /// The prediction is 1e10, and the gradient of the first weight 1e30 times 1e10.
  @Test func aGradientThatIsNotFiniteIsTold() throws {
    let run = try TrainingRun<Float>(
      """
      {
        "data": { "type": "synthetic", "samples": 1, "features": 1 },
        "model": { "layers": [ { "type": "linear", "units": 1 }, { "type": "linear", "units": 1 } ] },
        "loss": "meanAbsoluteError"
      }
      """, samples: samples([[1e10]], [[0]]),
      initialize: { storage in
        try storage.setValues([1e-30], ofParameter: 0)
        try storage.setValues([1e30], ofParameter: 2)
      })
    let found = try #require(try run.divergence())
    #expect(found.quantity == "gradient" && found.iteration == 1)
    // Every activation and cotangent is finite: only a parameter's gradient is not.
    #expect(
      found.description
        == "training diverged in iteration 1 (epoch 1): the gradient is not finite; it first appeared in the backward "
        + "pass, in linearWeightGradient of layers.0 linear, element 0 of the gradient of layers.0.weight; a smaller "
        + "learning rate, gradient clipping or warm-up may help")
  }

  @Test func aParameterThatAnUpdateSpoilsIsFoundAtTheEndOfTheEpoch() throws {
    let run = try TrainingRun<Float>(
      """
      {
        "data": { "type": "synthetic", "samples": 1, "features": 1 },
        "model": { "layers": [ { "type": "linear", "units": 1 } ] },
        "loss": "meanSquaredError",
        "optimizer": { "type": "sgd", "learningRate": 1e38 }
      }
      """, samples: samples([[1]], [[10]]), options: TrainingOptions(iterations: 1),
      initialize: { storage in
        try storage.setValues([0], ofParameter: 0)
        try storage.setValues([0], ofParameter: 1)
      })
    let found = try #require(try run.divergence())
    #expect(
      found.description
        == "training diverged in iteration 1 (epoch 1): a parameter is not finite; it first appeared in the update, in "
        + "the optimizer of layers.0.weight, element 0; a smaller learning rate, gradient clipping or warm-up may help")
  }
}
