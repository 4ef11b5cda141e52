extension BadInputTests {
  /// In the configuration and on the command line.
  static let configurationMistakes: [Mistake] = [
    Mistake(
      "a value of a wrong type", in: [(#""epochs": 1"#, #""epochs": "one""#)],
      #"""
      c.json:5:27: training.epochs: found the string "one", allowed: an integer from 1 to 1000000000
        "training": { "epochs": "one", "batchSize": 2 }
                                ^
      """#),
    Mistake(
      "an unknown key", in: [(#""loss""#, "\"colour\": 1,\n  \"loss\"")],
      #"""
      c.json:4:3: colour: unknown key, allowed: {keys}
        "colour": 1,
        ^
      """#),
    Mistake(
      "a misspelt key", in: [(#""epochs""#, #""epoch""#)],
      #"""
      c.json:5:17: training.epoch: unknown key, allowed: {training keys}; did you mean "epochs"?
        "training": { "epoch": 1, "batchSize": 2 }
                      ^
      """#),
    Mistake(
      "a misspelt layer", in: [(#""type": "linear""#, #""type": "liner""#)],
      #"""
      c.json:3:36: model.layers.0.type: found the string "liner", allowed: one of {layers}; did you mean "linear"?
        "model": { "layers": [ { "type": "liner", "units": 3 } ] },
                                         ^
      """#),
    Mistake(
      "a missing comma", in: [(" ] },\n", " ] }\n")],
      #"""
      c.json:3:62: found no comma after the value, allowed: "," or "}"
        "model": { "layers": [ { "type": "linear", "units": 3 } ] }
                                                                   ^
      """#),
    Mistake(
      "a missing brace", in: [("2 }\n}", "2 }\n")],
      #"""
      c.json:7:1: found the end of the file, and the object opened on line 1 is not closed, allowed: "," or "}"
      """#),
    Mistake(
      "a duplicate key", in: [(#""batchSize": 2"#, #""epochs": 2"#)],
      #"""
      c.json:5:30: training.epochs: found the key again, first given on line 5, allowed: each key once
        "training": { "epochs": 1, "epochs": 2 }
                                   ^
      """#),
    Mistake(
      "a missing key", in: [(#""target": "y", "#, "")],
      #"""
      c.json:2:11: data.target: missing, required: a column name or a list of distinct ones
        "data": { "type": "csv", "path": "d.csv", "task": "classification" },
                ^
      """#),
    Mistake(
      "a negative size", in: [(#""units": 3"#, #""units": -3"#)],
      #"""
      c.json:3:55: model.layers.0.units: found -3, allowed: an integer from 1 to 16777216
        "model": { "layers": [ { "type": "linear", "units": -3 } ] },
                                                            ^
      """#),
    Mistake(
      "a size of zero", in: [(#""batchSize": 2"#, #""batchSize": 0"#)],
      #"""
      c.json:5:43: training.batchSize: found 0, allowed: an integer from 1 to 16777216
        "training": { "epochs": 1, "batchSize": 0 }
                                                ^
      """#),
    Mistake(
      "an integer with a fraction", in: [(#""units": 3"#, #""units": 2.5"#)],
      #"""
      c.json:3:55: model.layers.0.units: found 2.5, allowed: an integer from 1 to 16777216
        "model": { "layers": [ { "type": "linear", "units": 2.5 } ] },
                                                            ^
      """#),
    Mistake(
      "a number that is not finite", in: [(#""epochs": 1"#, #""epochs": 1e999"#)],
      #"""
      c.json:5:27: training.epochs: found 1e999, allowed: numbers up to 1.7976931348623157e+308
        "training": { "epochs": 1e999, "batchSize": 2 }
                                ^
      """#),
    Mistake(
      "a size above its limit", in: [(#""units": 3"#, #""units": 99999999999"#)],
      #"""
      c.json:3:55: model.layers.0.units: found 99999999999, allowed: an integer from 1 to 16777216
        "model": { "layers": [ { "type": "linear", "units": 99999999999 } ] },
                                                            ^
      """#),
    Mistake(
      "sizes whose product overflows",
      in: [
        (
          #"{ "type": "linear", "units": 3 }"#,
          "{ \"type\": \"linear\", \"units\": 16777216 }, { \"type\": \"linear\", \"units\": 16777216 },\n    { \"type\": \"linear\", \"units\": 3 }"
        )
      ],
      #"""
      c.json:3:24: model.layers: found 281475077373955 parameters, allowed: at most 1099511627776
        "model": { "layers": [ { "type": "linear", "units": 16777216 …
                             ^
      """#),
    Mistake(
      "more layers than there may be",
      in: [
        (
          #"{ "type": "linear", "units": 3 }"#,
          "{ \"type\": \"repeat\", \"count\": 1000000, \"layers\": [ { \"type\": \"repeat\", \"count\": 1000000,\n    \"layers\": [ { \"type\": \"linear\", \"units\": 3 } ] } ] }"
        )
      ],
      #"""
      c.json:3:24: model.layers: found 1000000000000 layers once every repeat is written out, allowed: at most 1000000
        "model": { "layers": [ { "type": "repeat", "count": 1000000, …
                             ^
      """#),
    Mistake(
      "residual shapes that disagree",
      in: [
        (
          #"{ "type": "linear", "units": 3 }"#,
          "{ \"type\": \"residual\", \"layers\": [ { \"type\": \"linear\", \"units\": 4 } ] },\n    { \"type\": \"linear\", \"units\": 3 }"
        )
      ],
      #"""
      c.json:3:89: model.layers.0.layers.0.units: found 4, and the residual block model.layers.0 adds the result to its input of 2 features, allowed: 2
        "model": { "layers": [ { "type": "residual", "layers": [ { "type": "linear", "units": 4 } ] },
                                                                                              ^
      """#),
    Mistake(
      "a dropout rate of 1",
      in: [
        (#"{ "type": "linear", "units": 3 }"#, #"{ "type": "dropout", "rate": 1 }, { "type": "linear", "units": 3 }"#)
      ],
      #"""
      c.json:3:55: model.layers.0.rate: found 1, allowed: a number at least 0 and below 1
        "model": { "layers": [ { "type": "dropout", "rate": 1 }, { "type": "linear", "units": 3 } ] },
                                                            ^
      """#),
    Mistake(
      "a negative dropout rate",
      in: [
        (
          #"{ "type": "linear", "units": 3 }"#,
          #"{ "type": "dropout", "rate": -0.1 }, { "type": "linear", "units": 3 }"#
        )
      ],
      #"""
      c.json:3:55: model.layers.0.rate: found -0.1, allowed: a number at least 0 and below 1
        "model": { "layers": [ { "type": "dropout", "rate": -0.1 }, { "type": "linear", "units": 3 } ] },
                                                            ^
      """#),
    Mistake(
      "a validation fraction of 1", in: [(#""task""#, #""validationFraction": 1, "task""#)],
      #"""
      c.json:2:82: data.validationFraction: found 1, allowed: a number at least 0 and below 1
      …csv", "path": "d.csv", "target": "y", "validationFraction": 1, "task": "classification" },
                                                                   ^
      """#),
    Mistake(
      "a loss that does not go with the task", in: [("softmaxCrossEntropy", "meanSquaredError")],
      #"""
      c.json:4:11: loss: found "meanSquaredError" for the task "classification", allowed: "softmaxCrossEntropy"
        "loss": "meanSquaredError",
                ^
      """#),
    Mistake(
      "a strategy that is none", in: [(#""loss""#, #""checkpoint": "sqr", "loss""#)],
      #"""
      c.json:4:17: checkpoint: found the string "sqr", allowed: {strategies} (did you mean sqrt?)
        "checkpoint": "sqr", "loss": "softmaxCrossEntropy",
                      ^
      """#),
    Mistake(
      "an override of an unknown key", arguments: ["--set", "training.epoch=3"],
      #"""
      --set training.epoch=3: training.epoch: unknown key, allowed: {training keys}; did you mean "epochs"?
      """#),
    Mistake(
      "an override of a wrong type", arguments: ["--set", "training.epochs=x"],
      #"""
      --set training.epochs=x: training.epochs: found the string "x", allowed: an integer from 1 to 1000000000
      """#),
    Mistake(
      "two mistakes, told in one run", in: [(#""epochs": 1"#, #""epochs": 0"#), ("softmaxCrossEntropy", "softmax")],
      #"""
      c.json:4:11: loss: found the string "softmax", allowed: one of "meanSquaredError", "meanAbsoluteError", "huber", "binaryCrossEntropy", "softmaxCrossEntropy", "halfSquaredError"
        "loss": "softmax",
                ^
      c.json:5:27: training.epochs: found 0, allowed: an integer from 1 to 1000000000
        "training": { "epochs": 0, "batchSize": 2 }
                                ^
      """#),
    Mistake(
      "an empty file", configuration: "",
      #"""
      c.json:1:1: found an empty file, allowed: one object { … }
      """#),
    Mistake(
      "text that is no JSON", configuration: "epochs: 1\n",
      #"""
      c.json:1:1: found epochs, allowed: a string in double quotes, "epochs"
      epochs: 1
      ^
      c.json:1:7: found ":" after the end of the value, allowed: nothing but comments
      epochs: 1
            ^
      """#),
  ]
}
