import Configuration
import RandomNumbers
import Testing

/// A configuration that is right, with three keys left to the defaults' care.
let goodConfiguration = """
  {
    // Everything that has a value of its own.
    "$schema": "bptrain.schema.json",
    "name": "deep",
    "seed": 42,
    "precision": "float64",
    "data": {
      "type": "synthetic", "samples": 1000, "features": 64, "task": "classification", "outputs": 10,
      "seed": 7, "noise": 0.5, "validationFraction": 0.2, "standardize": true,
    },
    "model": {
      "layers": [
        { "type": "linear", "units": 64 }, { "type": "relu" },
        { "type": "repeat", "count": 30, "layers": [ { "type": "linear", "units": 32 }, { "type": "leakyRelu" } ] },
        { "type": "residual", "layers": [
          { "type": "layerNorm", "epsilon": 1e-6 }, { "type": "linear", "units": 48, "bias": false },
          { "type": "gelu", "approximate": "tanh" }, { "type": "dropout", "rate": 0.1 },
          { "type": "linear", "units": 32 } ] },
        { "type": "batchNorm" }, { "type": "elu", "alpha": 2 }, { "type": "silu" }, { "type": "tanh" },
        { "type": "sigmoid" }, { "type": "softplus" },
        { "type": "linear", "units": 10 } /* one for each class */
      ],
      "initialization": "heUniform"
    },
    "loss": "softmaxCrossEntropy",
    "optimizer": { "type": "adamw", "learningRate": 0.002, "beta2": 0.99 },
    "schedule": { "type": "cosine", "minimum": 1e-5, "warmupIterations": 100 },
    "training": { "epochs": 5, "batchSize": 128, "shuffle": false, "gradientClip": { "norm": 1.0 } },
    "checkpoint": "segments:4",
    "costs": "flops",
    "storage": "float32",
    "hugePages": true,
    "threads": 2
  }
  """

/// The text of every mistake, or "" where there is none.
func mistakes(_ text: String, overrides: [ConfigurationOverride] = []) -> String {
  mistakes(Array(text.utf8), overrides: overrides)
}

func mistakes(_ bytes: [UInt8], overrides: [ConfigurationOverride] = []) -> String {
  do throws(ConfigurationErrors) {
    _ = try readConfiguration(bytes: bytes, fileName: "c.json", overrides: overrides)
    return ""
  } catch {
    return error.description
  }
}

/// Reads a configuration that has to be right.
func read(
  _ text: String, fileName: String = "c.json", overrides: [ConfigurationOverride] = []
) throws -> ParsedConfiguration {
  try readConfiguration(bytes: Array(text.utf8), fileName: fileName, overrides: overrides)
}

/// A configuration with a part of its own and the rest right: csv data, a small network.
func configuration(
  data: String = #"{ "type": "csv", "path": "d.csv", "target": "y" }"#,
  layers: String = #"[ { "type": "linear", "units": 3 } ]"#, _ more: String = ""
) -> String {
  "{ \"data\": \(data),\n\"model\": { \"layers\": \(layers) }\(more.isEmpty ? "" : ",\n" + more) }"
}

/// A text with mistakes, and all that is told of it.
struct Mistake: CustomTestStringConvertible, Sendable {
  let name: String
  let text: String
  let message: String

  init(_ name: String, _ text: String, _ message: String) {
    self.name = name
    self.text = text
    self.message = message
  }

  var testDescription: String { name }
}

/// Random numbers that are the same in every run (Steele, Lea, Flood: SplitMix, OOPSLA 2014).
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
