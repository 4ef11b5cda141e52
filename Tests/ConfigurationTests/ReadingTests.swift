import Checkpointing
import ComputationGraph
import Configuration
import Testing

/// What right configurations mean.
@Suite struct ReadingTests {
  @Test func everyKeyReachesTheConfiguration() throws {
    let source = SyntheticSource(
      samples: 1000, features: 64, task: .classification, outputs: 10, seed: 7, noise: 0.5)
    var expected = TrainingConfiguration(
      name: "deep",
      data: DataConfiguration(source: .synthetic(source), validationFraction: 0.2, standardize: true),
      model: ModelConfiguration(
        layers: [
          .linear(units: 64, bias: true), .activation(.relu),
          .repeated(
            count: 30, layers: [.linear(units: 32, bias: true), .activation(.leakyRelu(slope: 0.01))]),
          .residual(layers: [
            .layerNorm(epsilon: 1e-6), .linear(units: 48, bias: false), .activation(.gelu(approximation: .tanh)),
            .dropout(rate: 0.1), .linear(units: 32, bias: true),
          ]),
          .batchNorm(momentum: 0.1, epsilon: 1e-5), .activation(.elu(alpha: 2)), .activation(.silu),
          .activation(.tanh), .activation(.sigmoid), .activation(.softplus), .linear(units: 10, bias: true),
        ], initialization: Initialization(scheme: .he, distribution: .uniform)),
      loss: .softmaxCrossEntropy)
    expected.seed = 42
    expected.precision = .float64
    expected.optimizer = .adamw(
      AdamParameters(learningRate: 0.002, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01))
    expected.learningRateSchedule = LearningRateSchedule(shape: .cosine(minimum: 1e-5), warmupIterations: 100)
    expected.training = TrainingParameters(epochs: 5, batchSize: 128, shuffle: false, gradientClip: .norm(1))
    expected.checkpoint = .segments(4)
    expected.costs = .flops
    expected.threads = 2
    #expect(try read(goodConfiguration).configuration == expected)
  }

  @Test func defaults() throws {
    let found = try read(configuration(), fileName: "a/digits.v2.json").configuration
    #expect(found.name == "digits.v2")
    #expect(found.seed == 0)
    #expect(found.precision == .float32)
    #expect(
      found.data == DataConfiguration(source: .csv(CSVSource(path: "d.csv", targets: ["y"], task: .regression))))
    #expect(found.loss == .meanSquaredError)
    #expect(found.model == ModelConfiguration(layers: [.linear(units: 3, bias: true)]))
    #expect(found.optimizer == .adam(AdamParameters()))
    #expect(found.learningRateSchedule == LearningRateSchedule(shape: .constant, warmupIterations: 0))
    #expect(found.training == TrainingParameters(epochs: 1, batchSize: 32, shuffle: true, gradientClip: nil))
    #expect(found.checkpoint == .none)
    #expect(found.costs == .measured)
    #expect(found.storage == .float32)
    #expect(found.threads == nil)
  }

  /// The numbers of `torch.optim.SGD`, `Adam` and `AdamW`.
  static let optimizers: [(String, OptimizerConfiguration)] = [
    (
      "sgd",
      OptimizerConfiguration.sgd(SGDParameters(learningRate: 0.001, momentum: 0, nesterov: false, weightDecay: 0))
    ),
    (
      "adam",
      .adam(AdamParameters(learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0))
    ),
    (
      "adamw",
      .adamw(AdamParameters(learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01))
    ),
  ]

  @Test(arguments: optimizers)
  func optimizerDefaults(name: String, expected: OptimizerConfiguration) throws {
    #expect(try read(configuration("\"optimizer\": { \"type\": \"\(name)\" }")).configuration.optimizer == expected)
  }

  /// The loss follows from the task, the task from the loss; with neither it is a regression.
  static let tasksAndLosses: [(String, String?, String?, LearningTask, LossFunction)] = [
    ("csv", nil, nil, LearningTask.regression, LossFunction.meanSquaredError),
    ("csv", "classification", nil, .classification, .softmaxCrossEntropy),
    ("npy", "multilabel", nil, .multilabel, .binaryCrossEntropy),
    ("npy", nil, "\"softmaxCrossEntropy\"", .classification, .softmaxCrossEntropy),
    ("npy", nil, "\"binaryCrossEntropy\"", .multilabel, .binaryCrossEntropy),
    ("npy", nil, "\"huber\"", .regression, .huber(delta: 1)),
    ("csv", "multilabel", "{ \"type\": \"huber\", \"delta\": 0.5 }", .multilabel, .huber(delta: 0.5)),
    ("csv", "regression", "{ \"type\": \"binaryCrossEntropy\" }", .regression, .binaryCrossEntropy),
    ("synthetic", nil, "\"softmaxCrossEntropy\"", .classification, .softmaxCrossEntropy),
    ("synthetic", nil, "\"binaryCrossEntropy\"", .regression, .binaryCrossEntropy),
    ("synthetic", nil, "\"halfSquaredError\"", .regression, .halfSquaredError),
  ]

  @Test(arguments: tasksAndLosses)
  func taskAndLoss(
    type: String, task: String?, loss: String?, expectedTask: LearningTask, expectedLoss: LossFunction
  ) throws {
    let own = [
      "csv": "\"path\": \"d.csv\", \"target\": \"y\"", "npy": "\"features\": \"x.npy\", \"targets\": \"y.npy\"",
      "synthetic": "\"samples\": 10, \"features\": 2",
    ]
    let data =
      "{ \"type\": \"\(type)\", \(try #require(own[type]))" + (task.map { ", \"task\": \"\($0)\"" } ?? "") + " }"
    let found = try read(configuration(data: data, loss.map { "\"loss\": \($0)" } ?? "")).configuration
    #expect(found.data.source.task == expectedTask)
    #expect(found.loss == expectedLoss)
  }

  @Test func syntheticOutputsFollowTheNetwork() throws {
    let data = #"{ "type": "synthetic", "samples": 10, "features": 2 }"#
    let found = try read(configuration(data: data)).configuration.data.source
    #expect(found == .synthetic(SyntheticSource(samples: 10, features: 2, task: .regression, outputs: 3)))
  }

  @Test(
    arguments: [
      ("{ \"norm\": 2 }", GradientClip.norm(2)), ("{ \"value\": 0.5 }", .value(0.5)), ("null", nil),
    ] as [(String, GradientClip?)])
  func gradientClip(text: String, expected: GradientClip?) throws {
    let found = try read(configuration("\"training\": { \"gradientClip\": \(text) }")).configuration
    #expect(found.training.gradientClip == expected)
  }

  @Test(arguments: [
    ("constant\"", LearningRateSchedule.Shape.constant), ("linear\"", .linear),
    ("cosine\"", .cosine(minimum: 0)), ("step\", \"every\": 3", .step(every: 3, factor: 0.1)),
  ])
  func schedules(text: String, expected: LearningRateSchedule.Shape) throws {
    let found = try read(configuration("\"schedule\": { \"type\": \"\(text), \"warmupIterations\": 9 }")).configuration
    #expect(found.learningRateSchedule == LearningRateSchedule(shape: expected, warmupIterations: 9))
  }

  @Test func bareInitializationIsNormal() throws {
    for scheme in Initialization.Scheme.allCases {
      for (suffix, distribution) in [
        ("", Initialization.Distribution.normal), ("Normal", .normal), ("Uniform", .uniform),
      ] {
        let override = try ConfigurationOverride(assignment: "model.initialization=\(scheme.rawValue)\(suffix)")
        let found = try read(configuration(), overrides: [override]).configuration.model.initialization
        #expect(found == Initialization(scheme: scheme, distribution: distribution))
      }
    }
  }

  @Test(arguments: ["sgd", "adam", "adamw"]) func fusedUpdates(type: String) throws {
    for (text, fused) in [("", false), (#", "fused": false"#, false), (#", "fused": true"#, true)] {
      let found = try read(
        configuration(
          #""optimizer": { "type": "\#(type)"\#(text) }, "training": { "gradientClip": { "value": 1 }, "microBatchSize": 32 }"#
        )
      ).configuration
      #expect(found.optimizer.fused == fused)
      #expect(try read(resolvedJSON(of: found).text(.compact)).configuration == found)
    }
  }

  /// What belongs to later versions but changes nothing is no mistake.
  @Test(arguments: [
    #""activationBudget": null, "memoryBudget": null"#, #""optimizer": { "type": "sgd", "fused": false }"#,
    #""training": { "microBatchSize": null }"#,
    #""training": { "earlyStopping": null, "saveEveryIterations": null }"#,
  ])
  func harmless(text: String) throws {
    let found = try read(configuration(text)).configuration
    #expect(found.activationBudget == nil && found.memoryBudget == nil)
  }

  @Test(arguments: [
    (#""2GiB""#, MemoryBudget.size(.bytes(2 << 30))), (#""40%""#, .size(.percent(40))), (#""min""#, .size(.minimum)),
    (#""auto""#, .automatic), ("4096", .size(.bytes(4096))), ("0", .size(.bytes(0))),
  ])
  func memoryBudgets(text: String, expected: MemoryBudget) throws {
    let found = try read(configuration("\"memoryBudget\": \(text)")).configuration
    #expect(found.memoryBudget == expected)
    #expect(found.checkpoint == .optimal)
    let resolved = try read(resolvedJSON(of: found).text(.compact)).configuration
    #expect(resolved == found)
  }

  @Test(arguments: [
    (#""96MiB""#, ByteSize.bytes(96 << 20)), (#""40%""#, .percent(40)), (#""min""#, .minimum), ("4096", .bytes(4096)),
    ("0", .bytes(0)), ("1e30", .bytes(.max)), (#""99999999TiB""#, .bytes(.max)),
  ])
  func budgets(text: String, expected: ByteSize) throws {
    let found = try read(configuration("\"activationBudget\": \(text)")).configuration
    #expect(found.activationBudget == expected)
    #expect(found.checkpoint == .optimal)
    let named = try read(configuration("\"activationBudget\": \(text), \"checkpoint\": \"sqrt\"")).configuration
    #expect(named.activationBudget == expected)
    #expect(named.checkpoint == .sqrt)
  }

  @Test func sizesAtTheirBounds() throws {
    let text = configuration(
      layers: #"[ { "type": "repeat", "count": 1000000, "layers": [ { "type": "linear", "units": 1000 } ] } ]"#,
      #""training": { "batchSize": 16777216, "epochs": 1e3 }"#)
    let found = try read(text).configuration
    #expect(found.training.batchSize == 1 << 24)
    #expect(found.training.epochs == 1000)
    #expect(unrolled(found.model.layers).count == 1_000_000)
    #expect(try read(configuration("\"seed\": 9223372036854775807")).configuration.seed == UInt64(Int.max))
  }

  @Test(arguments: [
    ("c.json", "d.csv", "d.csv"), ("a/c.json", "d.csv", "a/d.csv"), ("/a/c.json", "../d.csv", "/a/../d.csv"),
    ("a/c.json", "/d.csv", "/d.csv"),
  ])
  func pathsAreFromTheFilesFolder(file: String, path: String, expected: String) throws {
    #expect(try read(configuration(), fileName: file).resolvedPath(path) == expected)
  }

  @Test(arguments: [
    ("c.json", "c"), ("a/.json", ".json"), ("a/b", "b"), ("-", "network"), ("", "network"), ("a\n.json", "a"),
  ])
  func namesAfterFiles(file: String, expected: String) throws {
    #expect(try read(configuration(), fileName: file).configuration.name == expected)
  }
}
