import Checkpointing
import ComputationGraph
import Configuration
import RandomNumbers
import Testing

/// The resolved configuration read again is the same configuration.
@Suite struct ResolvedTests {
  private func expectReadsBack(_ configuration: TrainingConfiguration, _ comment: String) throws {
    let resolved = resolvedJSON(of: configuration)
    for style in [JSONStyle.compact, .pretty] {
      let parsed = try read(resolved.text(style), fileName: "another.json")
      #expect(parsed.configuration == configuration, "\(comment)")
      #expect(parsed.resolved == resolved, "\(comment)")
    }
    #expect(SchemaValidator(configurationSchema()).mistakes(in: resolved) == [], "\(comment)")
  }

  @Test(arguments: [
    goodConfiguration, configuration(), configuration(#""loss": { "type": "huber", "delta": 0.25 }"#),
    configuration(data: #"{ "type": "npy", "features": "x.npy", "targets": "y.npy", "task": "multilabel" }"#),
    configuration(data: #"{ "type": "csv", "path": "d.csv", "target": ["a", "b"], "header": false }"#),
    configuration(data: #"{ "type": "synthetic", "samples": 9, "features": 2 }"#),
    configuration(#""schedule": { "type": "step", "every": 2, "factor": 0.5 }, "optimizer": { "type": "sgd" }"#),
    configuration(#""training": { "gradientClip": { "value": 0.1 } }, "schedule": { "type": "linear" }"#),
  ])
  func readsBack(text: String) throws {
    try expectReadsBack(try read(text).configuration, text)
  }

  @Test func everyDefaultIsWrittenOut() throws {
    #expect(
      try read(configuration()).resolved.text(.pretty) == """
        {
          "name": "c",
          "seed": 0,
          "precision": "float32",
          "data": {
            "type": "csv",
            "path": "d.csv",
            "target": "y",
            "task": "regression",
            "header": true,
            "validationFraction": 0.0,
            "standardize": false
          },
          "model": {
            "layers": [
              {"type": "linear", "units": 3, "bias": true}
            ],
            "initialization": null
          },
          "loss": "meanSquaredError",
          "optimizer": {
            "type": "adam",
            "learningRate": 0.001,
            "beta1": 0.9,
            "beta2": 0.999,
            "epsilon": 1e-08,
            "weightDecay": 0.0,
            "fused": false
          },
          "schedule": {"type": "constant", "warmupIterations": 0},
          "training": {
            "epochs": 1,
            "batchSize": 32,
            "microBatchSize": null,
            "shuffle": true,
            "gradientClip": null
          },
          "checkpoint": "none",
          "activationBudget": null,
          "memoryBudget": null,
          "costs": "measured",
          "storage": "float32",
          "hugePages": true,
          "threads": null
        }
        """)
  }

  @Test(arguments: UInt64(0)..<100)
  func randomConfigurationsReadBack(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    try expectReadsBack(randomConfiguration(&random), "seed \(seed)")
  }

  private func randomConfiguration(_ random: inout SplitMix64) -> TrainingConfiguration {
    func number(_ range: Range<Double>) -> Double { .random(in: range, using: &random) }
    func flag() -> Bool { .random(using: &random) }
    func integer(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &random) }
    let task = LearningTask.allCases.randomElement(using: &random) ?? .regression
    let csv = DataSource.csv(
      CSVSource(path: "d \(integer(0...9))", targets: flag() ? ["a"] : ["b", "ü\""], task: task, header: flag()))
    let npy = DataSource.npy(NPYSource(features: "x", targets: "y", task: task))
    let losses: [LossFunction] = [
      .meanSquaredError, .meanAbsoluteError, .huber(delta: number(0.1..<9)), .binaryCrossEntropy, .halfSquaredError,
    ]
    var layers: [LayerDescription] = []
    for _ in 0..<integer(0...6) { layers.append(randomLayer(depth: 2, &random)) }
    layers.append(.linear(units: 8, bias: flag()))
    var result = TrainingConfiguration(
      name: "run \(seedText(integer(0...9)))",
      data: DataConfiguration(source: flag() ? csv : npy, validationFraction: number(0..<1), standardize: flag()),
      model: ModelConfiguration(layers: layers),
      loss: task == .classification ? .softmaxCrossEntropy : losses.randomElement(using: &random) ?? losses[0])
    result.seed = random.next() >> 1
    result.precision = ElementType.allCases.randomElement(using: &random) ?? .float32
    if let scheme = Initialization.Scheme.allCases.randomElement(using: &random), flag() {
      result.model.initialization = Initialization(scheme: scheme, distribution: flag() ? .normal : .uniform)
    }
    // Whole gradients, or their sums, leave nothing to fuse.
    let fused = flag()
    let adam = AdamParameters(
      learningRate: number(0.5..<1), beta1: number(0..<1), beta2: number(0..<1), epsilon: number(0..<1),
      weightDecay: number(0..<1), fused: fused)
    let sgd = SGDParameters(
      learningRate: number(0.5..<1), momentum: number(0.1..<1), nesterov: flag(), weightDecay: number(0..<1),
      fused: fused)
    result.optimizer = [.sgd(sgd), .adam(adam), .adamw(adam)][integer(0...2)]
    let shapes: [LearningRateSchedule.Shape] = [
      .constant, .linear, .cosine(minimum: number(0..<0.5)), .step(every: integer(1...9), factor: number(0.1..<1)),
    ]
    result.learningRateSchedule = LearningRateSchedule(shape: shapes[integer(0...3)], warmupIterations: integer(0...9))
    result.training = TrainingParameters(
      epochs: integer(1...9), batchSize: integer(64...512),
      microBatchSize: [nil, .automatic, fused ? nil : .rows(integer(2...64))][integer(0...2)], shuffle: flag(),
      gradientClip: [nil, .value(number(0.1..<9)), .norm(number(0.1..<9))][integer(0...(fused ? 1 : 2))])
    result.checkpoint = [.none, .sqrt, .revolve(3), .greedy(.percent(0.5)), .file("a:é.json")][integer(0...4)]
    result.activationBudget = [nil, .bytes(4096), .percent(12.5), .minimum][integer(0...3)]
    result.memoryBudget = [nil, .automatic, .size(.bytes(4096)), .size(.minimum)][integer(0...3)]
    result.costs = flag() ? .flops : .measured
    result.hugePages = flag()
    result.threads = flag() ? integer(1...64) : nil
    return result
  }

  private func seedText(_ digit: Int) -> String { "\(digit) é" }

  /// A layer that keeps the width of 8, so that skip blocks of such layers are right.
  private func randomLayer(depth: Int, _ random: inout SplitMix64) -> LayerDescription {
    func number() -> Double { .random(in: 0..<1, using: &random) }
    let inner =
      depth > 0 ? [LayerDescription.linear(units: 8, bias: true), randomLayer(depth: depth - 1, &random)] : []
    let all: [LayerDescription] =
      [
        .linear(units: 8, bias: .random(using: &random)), .activation(.relu), .activation(.leakyRelu(slope: number())),
        .activation(.elu(alpha: number())), .activation(.gelu(approximation: .none)),
        .activation(.gelu(approximation: .tanh)), .activation(.silu), .activation(.tanh), .activation(.sigmoid),
        .activation(.softplus), .layerNorm(epsilon: number()), .batchNorm(momentum: number(), epsilon: number()),
        .dropout(rate: number()),
      ]
      + (depth > 0
        ? [.residual(layers: [.linear(units: 8, bias: true)] + inner), .repeated(count: 3, layers: inner)] : [])
    return all.randomElement(using: &random) ?? .activation(.relu)
  }
}
