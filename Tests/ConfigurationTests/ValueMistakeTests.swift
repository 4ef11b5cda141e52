import Configuration
import Testing

/// What no key allows: the whole text that a user sees.
@Suite struct ValueMistakeTests {
  static let cases: [Mistake] = [
    Mistake(
      "wrong types of scalars", configuration(#""training": { "batchSize": "32", "shuffle": 1, "epochs": null }"#),
      #"""
      c.json:3:28: training.batchSize: found the string "32", allowed: an integer from 1 to 16777216
      "training": { "batchSize": "32", "shuffle": 1, "epochs": null } }
                                 ^
      c.json:3:45: training.shuffle: found 1, allowed: true or false
      "training": { "batchSize": "32", "shuffle": 1, "epochs": null } }
                                                  ^
      c.json:3:58: training.epochs: found null, allowed: an integer from 1 to 1000000000
      "training": { "batchSize": "32", "shuffle": 1, "epochs": null } }
                                                               ^
      """#),
    Mistake(
      "wrong types of parts", #"{ "data": [], "model": 3, "loss": false, "optimizer": "adam", "training": 1 }"#,
      #"""
      c.json:1:11: data: found a list, allowed: an object whose "type" is one of "csv", "npy", "synthetic"
      { "data": [], "model": 3, "loss": false, "optimizer": "adam", "training": 1 }
                ^
      c.json:1:24: model: found 3, allowed: an object
      { "data": [], "model": 3, "loss": false, "optimizer": "adam", "training": 1 }
                             ^
      c.json:1:35: loss: found false, allowed: one of "meanSquaredError", "meanAbsoluteError", "huber", "binaryCrossEntropy", "softmaxCrossEntropy", "halfSquaredError", or { "type": "huber", "delta": 1 }
      { "data": [], "model": 3, "loss": false, "optimizer": "adam", "training": 1 }
                                        ^
      c.json:1:55: optimizer: found the string "adam", allowed: an object whose "type" is one of "sgd", "adam", "adamw"
      { "data": [], "model": 3, "loss": false, "optimizer": "adam", "training": 1 }
                                                            ^
      c.json:1:75: training: found 1, allowed: an object
      { "data": [], "model": 3, "loss": false, "optimizer": "adam", "training": 1 }
                                                                                ^
      """#),
    Mistake(
      "missing keys", "{ }",
      #"""
      c.json:1:1: data: missing, required: an object whose "type" is one of "csv", "npy", "synthetic"
      { }
      ^
      c.json:1:1: model: missing, required: an object with "layers"
      { }
      ^
      """#),
    Mistake(
      "missing type", configuration(data: #"{ "path": "d.csv" }"#),
      #"""
      c.json:1:11: data.type: missing, required: one of "csv", "npy", "synthetic"
      { "data": { "path": "d.csv" },
                ^
      """#),
    Mistake(
      "type of another type", configuration(data: #"{ "type": 1 }"#),
      #"""
      c.json:1:21: data.type: found 1, allowed: one of "csv", "npy", "synthetic"
      { "data": { "type": 1 },
                          ^
      """#),
    Mistake(
      "unknown key", configuration(#""colour": 1"#),
      #"""
      c.json:3:1: colour: unknown key, allowed: "$schema", "name", "seed", "precision", "data", "model", "loss", "optimizer", "schedule", "training", "checkpoint", "activationBudget", "memoryBudget", "costs", "storage", "hugePages", "threads"
      "colour": 1 }
      ^
      """#),
    Mistake(
      "misspelt key", configuration("\"training\": {\n  \"batch_size\": 1 }"),
      #"""
      c.json:4:3: training.batch_size: unknown key, allowed: "epochs", "batchSize", "microBatchSize", "shuffle", "gradientClip"; did you mean "batchSize"?
        "batch_size": 1 } }
        ^
      """#),
    Mistake(
      "misspelt type", configuration(layers: #"[ { "type": "liner", "units": 3 } ]"#),
      #"""
      c.json:2:34: model.layers.0.type: found the string "liner", allowed: one of "linear", "relu", "leakyRelu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus", "layerNorm", "batchNorm", "dropout", "residual", "repeat"; did you mean "linear"?
      "model": { "layers": [ { "type": "liner", "units": 3 } ] } }
                                       ^
      """#),
    Mistake(
      "misspelt value", configuration(#""precision": "flaot32""#),
      #"""
      c.json:3:14: precision: found the string "flaot32", allowed: one of "float32", "bfloat16", "float64"; did you mean "float32"?
      "precision": "flaot32" }
                   ^
      """#),
    Mistake(
      "unknown value", configuration(#""loss": "mse""#),
      #"""
      c.json:3:9: loss: found the string "mse", allowed: one of "meanSquaredError", "meanAbsoluteError", "huber", "binaryCrossEntropy", "softmaxCrossEntropy", "halfSquaredError"
      "loss": "mse" }
              ^
      """#),
    Mistake(
      "misspelt initialization",
      "{ \"data\": 1, \"model\": { \"layers\": [ { \"type\": \"linear\", \"units\": 1 } ], \"initialization\": \"heUnifrom\" } }",
      #"""
      c.json:1:11: data: found 1, allowed: an object whose "type" is one of "csv", "npy", "synthetic"
      { "data": 1, "model": { "layers": [ { "type": "lin…
                ^
      c.json:1:91: model.initialization: found the string "heUnifrom", allowed: one of "he", "heNormal", "heUniform", "xavier", "xavierNormal", "xavierUniform", "lecun", "lecunNormal", "lecunUniform", "orthogonal", "orthogonalNormal", "orthogonalUniform", "zeros", "zerosNormal", "zerosUniform"; did you mean "heUniform"?
      …s": [ { "type": "linear", "units": 1 } ], "initialization": "heUnifrom" } }
                                                                   ^
      """#),
    Mistake(
      "negative size", configuration(layers: #"[ { "type": "linear", "units": -3 } ]"#),
      #"""
      c.json:2:53: model.layers.0.units: found -3, allowed: an integer from 1 to 16777216
      "model": { "layers": [ { "type": "linear", "units": -3 } ] } }
                                                          ^
      """#),
    Mistake(
      "no size", configuration(layers: #"[ { "type": "linear", "units": 0 } ]"#),
      #"""
      c.json:2:53: model.layers.0.units: found 0, allowed: an integer from 1 to 16777216
      "model": { "layers": [ { "type": "linear", "units": 0 } ] } }
                                                          ^
      """#),
    Mistake(
      "integers with fractions", configuration(#""training": { "batchSize": 12.5, "epochs": 3.0 }"#),
      #"""
      c.json:3:28: training.batchSize: found 12.5, allowed: an integer from 1 to 16777216
      "training": { "batchSize": 12.5, "epochs": 3.0 } }
                                 ^
      c.json:3:44: training.epochs: found 3.0, allowed: an integer from 1 to 1000000000
      "training": { "batchSize": 12.5, "epochs": 3.0 } }
                                                 ^
      """#),
    Mistake(
      "integer out of range", configuration(#""training": { "batchSize": 99999999999999999999 }"#),
      #"""
      c.json:3:28: training.batchSize: found 99999999999999999999, allowed: an integer from 1 to 16777216
      "training": { "batchSize": 99999999999999999999 } }
                                 ^
      """#),
    Mistake(
      "number beyond float32", configuration(#""optimizer": { "type": "sgd", "learningRate": 1e300 }"#),
      #"""
      c.json:3:47: optimizer.learningRate: found 1e300, allowed: a number at least 0 and at most 3.4028234663852886e+38
      "optimizer": { "type": "sgd", "learningRate": 1e300 } }
                                                    ^
      """#),
    Mistake(
      "rate of 1", configuration(layers: #"[ { "type": "linear", "units": 3 }, { "type": "dropout", "rate": 1 } ]"#),
      #"""
      c.json:2:87: model.layers.1.rate: found 1, allowed: a number at least 0 and below 1
      "model": { "layers": [ { "type": "linear", "units": 3 }, { "type": "dropout", "rate": 1 } ] } }
                                                                                            ^
      """#),
    Mistake(
      "rate below 0",
      configuration(layers: #"[ { "type": "linear", "units": 3 }, { "type": "dropout", "rate": -0.1 } ]"#),
      #"""
      c.json:2:87: model.layers.1.rate: found -0.1, allowed: a number at least 0 and below 1
      "model": { "layers": [ { "type": "linear", "units": 3 }, { "type": "dropout", "rate": -0.1 } ] } }
                                                                                            ^
      """#),
    Mistake(
      "no rate", configuration(layers: #"[ { "type": "linear", "units": 3 }, { "type": "dropout" } ]"#),
      #"""
      c.json:2:58: model.layers.1.rate: missing, required: a number at least 0 and below 1
      "model": { "layers": [ { "type": "linear", "units": 3 }, { "type": "dropout" } ] } }
                                                               ^
      """#),
    Mistake(
      "validation fraction of 1",
      configuration(data: #"{ "type": "csv", "path": "d.csv", "target": "y", "validationFraction": 1 }"#),
      #"""
      c.json:1:82: data.validationFraction: found 1, allowed: a number at least 0 and below 1
      { "data": { "type": "csv", "path": "d.csv", "target": "y", "validationFraction": 1 },
                                                                                       ^
      """#),
    Mistake(
      "targets", configuration(data: #"{ "type": "csv", "path": "", "target": ["y", "y", 3] }"#),
      #"""
      c.json:1:36: data.path: found the string "", allowed: a path of 1 to 4096 characters, none of them a control character
      { "data": { "type": "csv", "path": "", "target": ["y", "y", 3] },
                                         ^
      c.json:1:56: data.target.1: found the string "y" again, allowed: each column once
      { "data": { "type": "csv", "path": "", "target": ["y", "y", 3] },
                                                             ^
      c.json:1:61: data.target.2: found 3, allowed: a column name of 1 to 4096 characters, none of them a control character
      { "data": { "type": "csv", "path": "", "target": ["y", "y", 3] },
                                                                  ^
      """#),
    Mistake(
      "no targets", configuration(data: #"{ "type": "csv", "path": "a\u0000b", "target": [] }"#),
      #"""
      c.json:1:36: data.path: found the string "a�b", allowed: a path of 1 to 4096 characters, none of them a control character
      { "data": { "type": "csv", "path": "a\u0000b", "target": [] },
                                         ^
      c.json:1:58: data.target: found an empty list, allowed: a column name or a list of distinct ones
      { "data": { "type": "csv", "path": "a\u0000b", "target": [] },
                                                               ^
      """#),
    Mistake(
      "step without its length", configuration(#""schedule": { "type": "step" }"#),
      #"""
      c.json:3:13: schedule.every: missing, required: an integer from 1 to 1000000000
      "schedule": { "type": "step" } }
                  ^
      """#),
    Mistake(
      "keys of another optimizer",
      configuration(#""optimizer": { "type": "adam", "beta1": 1, "betas": [0.9, 0.99], "momentum": 1 }"#),
      #"""
      c.json:3:41: optimizer.beta1: found 1, allowed: a number at least 0 and below 1
      "optimizer": { "type": "adam", "beta1": 1, "betas": [0.9, 0.99], "momentum": 1 } }
                                              ^
      c.json:3:44: optimizer.betas: unknown key, allowed: "type", "learningRate", "beta1", "beta2", "epsilon", "weightDecay", "fused"; did you mean "beta1"?
      "optimizer": { "type": "adam", "beta1": 1, "betas": [0.9, 0.99], "momentum": 1 } }
                                                 ^
      c.json:3:66: optimizer.momentum: unknown key, allowed: "type", "learningRate", "beta1", "beta2", "epsilon", "weightDecay", "fused"
      "optimizer": { "type": "adam", "beta1": 1, "betas": [0.9, 0.99], "momentum": 1 } }
                                                                       ^
      """#),
    Mistake(
      "both bounds", configuration(#""training": { "gradientClip": { "norm": 1, "value": 1 } }"#),
      #"""
      c.json:3:31: training.gradientClip: found both "norm" and "value", allowed: one of them
      "training": { "gradientClip": { "norm": 1, "value": 1 } } }
                                    ^
      """#),
    Mistake(
      "no bound", configuration(#""training": { "gradientClip": {} }"#),
      #"""
      c.json:3:31: training.gradientClip: found neither "norm" nor "value", allowed: one of them
      "training": { "gradientClip": {} } }
                                    ^
      """#),
    Mistake(
      "bound of 0", configuration(#""training": { "gradientClip": { "norm": 0 } }"#),
      #"""
      c.json:3:41: training.gradientClip.norm: found 0, allowed: a number above 0 and at most 3.4028234663852886e+38
      "training": { "gradientClip": { "norm": 0 } } }
                                              ^
      """#),
    Mistake(
      "delta of 0", configuration(#""loss": { "type": "huber", "delta": 0 }"#),
      #"""
      c.json:3:37: loss.delta: found 0, allowed: a number above 0 and at most 3.4028234663852886e+38
      "loss": { "type": "huber", "delta": 0 } }
                                          ^
      """#),
    Mistake(
      "nesterov without momentum", configuration(#""optimizer": { "type": "sgd", "nesterov": true }"#),
      #"""
      c.json:3:43: optimizer.nesterov: found true with momentum 0, allowed: true with a momentum above 0, such as 0.9
      "optimizer": { "type": "sgd", "nesterov": true } }
                                                ^
      """#),
    Mistake(
      "minimum above the rate", configuration(#""schedule": { "type": "cosine", "minimum": 0.1 }"#),
      #"""
      c.json:3:44: schedule.minimum: found 0.1, and the optimizer's learningRate is 0.001, allowed: at most that
      "schedule": { "type": "cosine", "minimum": 0.1 } }
                                                 ^
      """#),
    Mistake(
      "cross-entropy of a regression",
      configuration(
        data: #"{ "type": "npy", "features": "x", "targets": "y", "task": "regression" }"#,
        #""loss": "softmaxCrossEntropy""#),
      #"""
      c.json:3:9: loss: found "softmaxCrossEntropy" for the task "regression", allowed: "meanSquaredError", "meanAbsoluteError", "huber", "binaryCrossEntropy" or "halfSquaredError"
      "loss": "softmaxCrossEntropy" }
              ^
      """#),
    Mistake(
      "classification by another loss",
      configuration(
        data: #"{ "type": "csv", "path": "d.csv", "target": "y", "task": "classification" }"#,
        #""loss": { "type": "huber", "delta": 2 }"#),
      #"""
      c.json:3:9: loss: found "huber" for the task "classification", allowed: "softmaxCrossEntropy"
      "loss": { "type": "huber", "delta": 2 } }
              ^
      """#),
    Mistake(
      "synthetic labels",
      configuration(data: #"{ "type": "synthetic", "samples": 10, "features": 5, "task": "multilabel" }"#),
      #"""
      c.json:1:72: data.task: found the string "multilabel", allowed: one of "regression", "classification"
      { "data": { "type": "synthetic", "samples": 10, "features": 5, "task": "multilabel" },
                                                                             ^
      """#),
    Mistake(
      "several in one file",
      """
      {
        "data": { "type": "csv", "path": "d.csv", "targets": "y" },
        "model": { "layers": [
          { "type": "linear", "units": 0 }, { "type": "dropout", "rate": 2 },
          { "type": "linear", "units": 8 },
          { "type": "residual", "layers": [ { "type": "linear", "units": 9 } ] } ] }
        "seed": 1.5,
        "seed": 2
      }
      """,
      #"""
      c.json:2:11: data.target: missing, required: a column name or a list of distinct ones
        "data": { "type": "csv", "path": "d.csv", "targets": "y" },
                ^
      c.json:2:45: data.targets: unknown key, allowed: "type", "path", "target", "task", "header", "validationFraction", "standardize"; did you mean "target"?
        "data": { "type": "csv", "path": "d.csv", "targets": "y" },
                                                  ^
      c.json:4:34: model.layers.0.units: found 0, allowed: an integer from 1 to 16777216
          { "type": "linear", "units": 0 }, { "type": "dropout", "rate": 2 },
                                       ^
      c.json:4:68: model.layers.1.rate: found 2, allowed: a number at least 0 and below 1
          { "type": "linear", "units": 0 }, { "type": "dropout", "rate": 2 },
                                                                         ^
      c.json:6:68: model.layers.3.layers.0.units: found 9, and the residual block model.layers.3 adds the result to its input of 8 features, allowed: 8
          { "type": "residual", "layers": [ { "type": "linear", "units": 9 } ] } ] }
                                                                         ^
      c.json:6:79: found no comma after the value, allowed: "," or "}"
          { "type": "residual", "layers": [ { "type": "linear", "units": 9 } ] } ] }
                                                                                    ^
      c.json:7:11: seed: found 1.5, allowed: an integer from 0 to 9223372036854775807
        "seed": 1.5,
                ^
      c.json:8:3: seed: found the key again, first given on line 7, allowed: each key once
        "seed": 2
        ^
      """#),
  ]

  @Test(arguments: cases) func message(of mistake: Mistake) {
    #expect(mistakes(mistake.text) == mistake.message)
  }
}
