import Checkpointing
import ComputationGraph
import Configuration
import Testing

@Suite struct OverrideTests {
  @Test func valuesReplaceTheFiles() throws {
    let assignments = [
      "seed=7", "name=other", "training.epochs=9", "training.gradientClip={\"value\": 2}", "model.layers.2.count=4",
      "optimizer.learningRate=1e-2", "data.noise=0.25", "checkpoint=sqrt", "model.initialization=null",
    ]
    var overrides: [ConfigurationOverride] = []
    for assignment in assignments { overrides.append(try ConfigurationOverride(assignment: assignment)) }
    let found = try read(goodConfiguration, overrides: overrides).configuration
    var expected = try read(goodConfiguration).configuration
    expected.seed = 7
    expected.name = "other"
    expected.training.epochs = 9
    expected.training.gradientClip = .value(2)
    expected.optimizer = .adamw(AdamParameters(learningRate: 0.01, beta2: 0.99, weightDecay: 0.01))
    expected.checkpoint = .sqrt
    expected.model.initialization = nil
    guard case .repeated(count: _, let layers) = expected.model.layers[2],
      case .synthetic(var source) = expected.data.source
    else {
      Issue.record("the good configuration has changed")
      return
    }
    expected.model.layers[2] = .repeated(count: 4, layers: layers)
    source.noise = 0.25
    expected.data.source = .synthetic(source)
    #expect(found == expected)
  }

  @Test func missingObjectsAreMade() throws {
    let override = try ConfigurationOverride(assignment: "training.epochs=9")
    #expect(try read(configuration(), overrides: [override]).configuration.training.epochs == 9)
  }

  @Test func laterOverridesWin() throws {
    let overrides = try [
      ConfigurationOverride(assignment: "seed=1"), ConfigurationOverride("seed", "2"),
      ConfigurationOverride("threads", "3"),
      ConfigurationOverride("checkpoint", "every:5", isString: true),
    ]
    let found = try read(configuration(), overrides: overrides).configuration
    #expect(found.seed == 2)
    #expect(found.threads == 3)
    #expect(found.checkpoint == .every(5))
  }

  static let wrongAssignments: [(String, String)] = [
    (
      "trainin.epochs=3",
      """
      --set trainin.epochs=3: trainin: unknown key, allowed: "$schema", "name", "seed", "precision", "data", "model", \
      "loss", "optimizer", "schedule", "training", "checkpoint", "activationBudget", "memoryBudget", "costs", "storage", "hugePages", "threads"; did you mean "training"?
      """
    ),
    (
      "training.epochs=x",
      """
      --set training.epochs=x: training.epochs: found the string "x", allowed: an integer from 1 to 1000000000
      """
    ),
    (
      "model.layers.7.units=1",
      """
      --set model.layers.7.units=1: model.layers.7: found "7" for an index, allowed: an index from 0 to 0
      """
    ),
    (
      "model.layers.x=1",
      """
      --set model.layers.x=1: model.layers.x: found "x" for an index, allowed: an index from 0 to 0
      """
    ),
    (
      "data.path.x=1",
      """
      --set data.path.x=1: data.path.x: found the string "d.csv" where the key would have to be, allowed: keys of \
      objects
      """
    ),
    (
      "model.layers.0.units=[1,",
      """
      --set model.layers.0.units=[1,: model.layers.0.units: found the string "[1,", allowed: an integer from 1 to \
      16777216
      """
    ),
    (
      "training={ \"epochs\": 0, \"batchSize\": 0 }",
      """
      --set training={ "epochs": 0, "batchSize": 0 }: training.epochs: found 0, allowed: an integer from 1 to 1000000000
      --set training={ "epochs": 0, "batchSize": 0 }: training.batchSize: found 0, allowed: an integer from 1 to 16777216
      """
    ),
    (
      "storage=float16",
      """
      --set storage=float16: storage: found the string "float16", allowed: one of "float32", "bfloat16"; did you \
      mean "bfloat16"?
      """
    ),
  ]

  @Test(arguments: wrongAssignments)
  func mistakesNameTheOption(assignment: String, expected: String) throws {
    #expect(mistakes(configuration(), overrides: [try ConfigurationOverride(assignment: assignment)]) == expected)
  }

  @Test func mistakesOfOptionsNameThemAfterTheFiles() throws {
    #expect(
      try mistakes(
        configuration("\"name\": 1"),
        overrides: [
          ConfigurationOverride("seed", "x"), ConfigurationOverride("threads", "0"),
          ConfigurationOverride("checkpoint", "", isString: true),
        ]) == """
          c.json:3:9: name: found 1, allowed: a name of 1 to 200 characters, none of them a control character
          "name": 1 }
                  ^
          --seed x: seed: found the string "x", allowed: an integer from 0 to 9223372036854775807
          --threads 0: threads: found 0, allowed: an integer from 1 to 4096
          --checkpoint : checkpoint: found the string "", allowed: a strategy such as "none", "sqrt" or "segments:4" of 1 \
          to 4096 characters, none of them a control character
          """)
  }

  @Test(arguments: [
    ("=1", "has an empty key"), ("a..b=1", "has an empty key"), ("a.=1", "has an empty key"),
    (String(repeating: "a.", count: 64) + "a=1", "has more than 64 keys"),
  ])
  func noOverride(assignment: String, reason: String) {
    let error = #expect(throws: InvalidOverride.self) { try ConfigurationOverride(assignment: assignment) }
    #expect(error?.reason == reason)
    let option = "--set \(assignment)"
    let shown = option.count > 40 ? option.prefix(40) + "…" : option[...]
    #expect(
      error?.description
        == "\(shown): the override \(reason), allowed: path.to.key=value, such as training.epochs=5")
  }
}
