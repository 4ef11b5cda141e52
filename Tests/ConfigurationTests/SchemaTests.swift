import Configuration
import RandomNumbers
import Testing

/// The schema and the decoder know the same.
@Suite struct SchemaTests {
  private let validator = SchemaValidator(configurationSchema())

  /// An object of a configuration, with a key that nothing has, and the schema's object for it.
  struct Place: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    /// Keys and indices into the schema.
    let schema: [String]
    var testDescription: String { name }
  }

  private static func variants(_ key: String, _ names: [String]) -> [Place] {
    names.enumerated().map { index, name in
      Place(
        name: "\(key) \(name)", text: "{ \"\(key)\": { \"type\": \"\(name)\", \"zzzzzzzzzzzz\": 1 } }",
        schema: ["properties", key, "oneOf", "\(index)"])
    }
  }

  static let layers = [
    "linear", "relu", "leakyRelu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus", "layerNorm", "batchNorm",
    "dropout", "residual", "repeat",
  ]

  static let places: [Place] =
    [
      Place(name: "the file", text: #"{ "zzzzzzzzzzzz": 1 }"#, schema: []),
      Place(name: "model", text: #"{ "model": { "zzzzzzzzzzzz": 1 } }"#, schema: ["properties", "model"]),
      Place(name: "training", text: #"{ "training": { "zzzzzzzzzzzz": 1 } }"#, schema: ["properties", "training"]),
      Place(
        name: "gradientClip", text: #"{ "training": { "gradientClip": { "zzzzzzzzzzzz": 1 } } }"#,
        schema: ["properties", "training", "properties", "gradientClip", "anyOf", "0"]),
      Place(
        name: "huber", text: #"{ "loss": { "type": "huber", "zzzzzzzzzzzz": 1 } }"#,
        schema: ["properties", "loss", "anyOf", "1", "oneOf", "2"]),
    ] + variants("data", ["csv", "npy", "synthetic"]) + variants("optimizer", ["sgd", "adam", "adamw"])
    + variants("schedule", ["constant", "step", "cosine", "linear"])
    + layers.enumerated().map { index, name in
      Place(
        name: "layer \(name)",
        text: "{ \"model\": { \"layers\": [ { \"type\": \"\(name)\", \"zzzzzzzzzzzz\": 1 } ] } }",
        schema: ["$defs", "layer", "oneOf", "\(index)"])
    }

  private func part(_ steps: [String]) -> JSONValue? {
    steps.reduce(Optional(configurationSchema())) { value, step in
      value?[step] ?? Int(step).flatMap { value?[$0] }
    }
  }

  /// The decoder lists its keys when it meets one that it does not know.
  @Test(arguments: places)
  func keysAreTheDecoders(place: Place) throws {
    let error = try #require(throws: ConfigurationErrors.self) { try read(place.text) }
    let unknown = try #require(error.diagnostics.first { $0.keyPath.hasSuffix("zzzzzzzzzzzz") })
    let start = "unknown key, allowed: "
    #expect(unknown.message.hasPrefix(start))
    let keys = unknown.message.dropFirst(start.count).split(separator: ", ").map { String($0.dropFirst().dropLast()) }
    let schema = try #require(part(place.schema))
    #expect(schema["properties"]?.members?.map(\.name) == keys)
    #expect(schema["additionalProperties"] == false)
  }

  /// The places are all that there are: as many objects of fixed keys as the schema has.
  @Test func placesAreComplete() {
    func objects(_ value: JSONValue) -> Int {
      switch value {
      case .object(let members):
        (value["properties"] == nil || value["additionalProperties"] == nil ? 0 : 1)
          + members.reduce(0) { $0 + objects($1.value) }
      case .array(let elements): elements.reduce(0) { $0 + objects($1) }
      case .null, .bool, .integer, .number, .string: 0
      }
    }
    // Five losses without a number of their own have no key but their type.
    #expect(objects(configurationSchema()) == Self.places.count + 5)
  }

  @Test func refusedKeysAreNotInIt() {
    let text = configurationSchema().text(.compact)
    for key in [
      "earlyStopping", "saveEveryIterations",
      "idx",
    ] {
      #expect(!text.contains("\"\(key)\""))
    }
  }

  @Test(arguments: [
    #"{ "data": 1 }"#, configuration(#""colour": 1"#), configuration(#""precision": "float16""#),
    configuration(layers: "[]"), configuration(layers: #"[ { "type": "linear" } ]"#),
    configuration(layers: #"[ { "type": "linear", "units": 0 } ]"#),
    configuration(layers: #"[ { "type": "dropout", "rate": 1 } ]"#),
    configuration(layers: #"[ { "type": "residual", "layers": [ { "type": "liner" } ] } ]"#),
    configuration(#""training": { "gradientClip": {} }"#), configuration(#""training": { "batchSize": 1.5 }"#),
    configuration(#""loss": "mse""#), configuration(#""name": """#), configuration(#""name": "a\u0007""#),
    configuration(data: #"{ "type": "csv", "path": "d", "target": ["a", "a"] }"#),
    configuration(#""optimizer": { "type": "sgd", "beta1": 0.9 }"#), configuration(#""threads": 0"#),
    configuration(#""checkpoint": "sqr""#), configuration(#""checkpoint": "segments:x""#),
    configuration(#""checkpoint": "greedy:1kib""#), configuration(#""activationBudget": "1 MiB""#),
    configuration(#""activationBudget": -1"#), configuration(#""activationBudget": 0.5"#),
  ])
  func wrongInBoth(text: String) throws {
    #expect(validator.mistakes(in: try JSONValue(parsing: Array(text.utf8), fileName: "")) != [])
    #expect(mistakes(text) != "")
  }

  @Test(arguments: [
    goodConfiguration, configuration(), configuration(#""training": { "gradientClip": null }, "threads": null"#),
    configuration(#""loss": { "type": "huber" }"#), configuration(#""loss": "huber""#),
    configuration(#""activationBudget": 4096"#), configuration(#""activationBudget": "1.5GB""#),
    configuration(#""activationBudget": "12.5%", "checkpoint": "sqrt""#), configuration(#""activationBudget": "min""#),
    configuration(#""checkpoint": "file:a b""#), configuration(#""checkpoint": "greedy:12kB""#),
    configuration(#""checkpoint": "mixed:12""#),
  ])
  func rightInBoth(text: String) throws {
    #expect(validator.mistakes(in: try JSONValue(parsing: Array(text.utf8), fileName: "")) == [])
    #expect(mistakes(text) == "")
  }

  /// What the decoder takes, the schema takes.
  @Test(arguments: UInt64(0)..<8)
  func changedValues(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let good = try JSONValue(parsing: Array(goodConfiguration.utf8), fileName: "")
    var taken = 0
    for round in 0..<300 {
      let changed = change(good, &random)
      guard mistakes(changed.text(.compact)) == "" else { continue }
      taken += 1
      #expect(validator.mistakes(in: changed) == [], "seed \(seed), round \(round): \(changed.text(.compact))")
    }
    #expect(taken > 20, "seed \(seed)")
  }

  /// The document with one value changed at random.
  private func change(_ value: JSONValue, _ random: inout SplitMix64) -> JSONValue {
    switch value {
    case .object(var members) where !members.isEmpty:
      let index = Int.random(in: 0..<members.count, using: &random)
      if Int.random(in: 0..<12, using: &random) == 0 {
        members.remove(at: index)
      } else {
        members[index].value = change(members[index].value, &random)
      }
      return .object(members)
    case .array(var elements) where !elements.isEmpty:
      let index = Int.random(in: 0..<elements.count, using: &random)
      elements[index] = change(elements[index], &random)
      return .array(elements)
    default:
      let others: [JSONValue] = [
        nil, true, false, 0, 1, -1, 2, 0.5, -0.5, 1.0, 1e300, .integer(.max), "", "sqrt", "1MiB", "3%", "relu", "adam",
        "float32", [],
        [:], ["a", "b"],
      ]
      return others.randomElement(using: &random) ?? nil
    }
  }
}
