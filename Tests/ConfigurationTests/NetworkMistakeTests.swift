import Configuration
import Testing

/// What no network can be: the whole text that a user sees.
@Suite struct NetworkMistakeTests {
  static let cases: [Mistake] = [
    Mistake(
      "no layers", configuration(layers: "[]"),
      #"""
      c.json:2:22: model.layers: found an empty list, allowed: a list of at least one layer
      "model": { "layers": [] } }
                           ^
      """#),
    Mistake(
      "empty residual block", configuration(layers: #"[ { "type": "residual", "layers": [] } ]"#),
      #"""
      c.json:2:56: model.layers.0.layers: found an empty list, allowed: a list of at least one layer
      "model": { "layers": [ { "type": "residual", "layers": [] } ] } }
                                                             ^
      """#),
    Mistake(
      "no linear layer", configuration(layers: #"[ { "type": "relu" } ]"#),
      #"""
      c.json:2:22: model.layers: found no linear layer, allowed: at least one
      "model": { "layers": [ { "type": "relu" } ] } }
                           ^
      """#),
    Mistake(
      "repeated 0 times",
      configuration(layers: #"[ { "type": "repeat", "count": 0, "layers": [ { "type": "linear", "units": 1 } ] } ]"#),
      #"""
      c.json:2:53: model.layers.0.count: found 0, allowed: an integer from 1 to 1000000
      "model": { "layers": [ { "type": "repeat", "count": 0, "layers": [ { "type": "linear", "unit…
                                                          ^
      """#),
    Mistake(
      "fused updates with clipping by norm",
      configuration(
        #""optimizer": { "type": "adam", "fused": true }, "training": { "gradientClip": { "norm": 1 } }"#),
      #"""
      c.json:3:41: optimizer.fused: found true with training.gradientClip.norm, which is of all gradients at once, allowed: true without it, or false
      "optimizer": { "type": "adam", "fused": true }, "training": { "gradientClip": { "norm": 1 } } }
                                              ^
      """#),
    Mistake(
      "fused updates with micro-batches",
      configuration(#""training": { "microBatchSize": 8 }, "optimizer": { "type": "sgd", "fused": true }"#),
      #"""
      c.json:3:77: optimizer.fused: found true with micro-batches of 8, whose gradients are added up first, allowed: true without it, or false
      "training": { "microBatchSize": 8 }, "optimizer": { "type": "sgd", "fused": true } }
                                                                                  ^
      """#),
    Mistake(
      "micro-batches above the batch", configuration(#""training": { "batchSize": 16, "microBatchSize": 17 }"#),
      #"""
      c.json:3:50: training.microBatchSize: found 17, and batchSize is 16, allowed: at most that
      "training": { "batchSize": 16, "microBatchSize": 17 } }
                                                       ^
      """#),
    Mistake(
      "batch norm of micro-batches of single samples",
      configuration(
        layers: #"[ { "type": "linear", "units": 3 }, { "type": "batchNorm" } ]"#,
        #""training": { "microBatchSize": 1 }"#),
      #"""
      c.json:3:33: training.microBatchSize: found 1, and model.layers.1 is a batch norm, allowed: at least 2 with batch norm
      "training": { "microBatchSize": 1 } }
                                      ^
      """#),
    Mistake(
      "batch norm of single samples",
      configuration(
        layers: #"[ { "type": "linear", "units": 3 }, { "type": "batchNorm" } ]"#, #""training": { "batchSize": 1 }"#),
      #"""
      c.json:3:28: training.batchSize: found 1, and model.layers.1 is a batch norm, allowed: at least 2 with batch norm
      "training": { "batchSize": 1 } }
                                 ^
      """#),
    Mistake(
      "residual shapes",
      configuration(
        layers:
          "[ { \"type\": \"linear\", \"units\": 8 },\n { \"type\": \"residual\", \"layers\": [\n { \"type\": \"linear\", \"units\": 4 }, { \"type\": \"relu\" } ] } ]"
      ),
      #"""
      c.json:4:31: model.layers.1.layers.0.units: found 4, and the residual block model.layers.1 adds the result to its input of 8 features, allowed: 8
       { "type": "linear", "units": 4 }, { "type": "relu" } ] } ] } }
                                    ^
      """#),
    Mistake(
      "residual shapes of the second copy",
      configuration(
        layers:
          "[ { \"type\": \"linear\", \"units\": 8 },\n { \"type\": \"repeat\", \"count\": 2, \"layers\": [\n { \"type\": \"residual\", \"layers\": [ { \"type\": \"linear\", \"units\": 8 } ] },\n{ \"type\": \"linear\", \"units\": 4 } ] } ]"
      ),
      #"""
      c.json:4:65: model.layers.1.layers.0.layers.0.units: found 8, and the residual block model.layers.1.layers.0 adds the result to its input of 4 features, allowed: 4
       { "type": "residual", "layers": [ { "type": "linear", "units": 8 } ] },
                                                                      ^
      """#),
    Mistake(
      "residual shape of the data",
      configuration(
        data: #"{ "type": "synthetic", "samples": 10, "features": 5 }"#,
        layers: #"[ { "type": "residual", "layers": [ { "type": "linear", "units": 4 } ] } ]"#),
      #"""
      c.json:2:87: model.layers.0.layers.0.units: found 4, and the residual block model.layers.0 adds the result to its input of 5 features, allowed: 5
      "model": { "layers": [ { "type": "residual", "layers": [ { "type": "linear", "units": 4 } ] } ] } }
                                                                                            ^
      """#),
    Mistake(
      "residual block in a residual block",
      configuration(
        layers:
          "[ { \"type\": \"linear\", \"units\": 8 },\n { \"type\": \"residual\", \"layers\": [ { \"type\": \"residual\", \"layers\": [\n { \"type\": \"linear\", \"units\": 4 } ] },\n { \"type\": \"linear\", \"units\": 6 } ] } ]"
      ),
      #"""
      c.json:4:31: model.layers.1.layers.0.layers.0.units: found 4, and the residual block model.layers.1.layers.0 adds the result to its input of 8 features, allowed: 8
       { "type": "linear", "units": 4 } ] },
                                    ^
      c.json:5:31: model.layers.1.layers.1.units: found 6, and the residual block model.layers.1 adds the result to its input of 8 features, allowed: 8
       { "type": "linear", "units": 6 } ] } ] } }
                                    ^
      """#),
    Mistake(
      "batch times width",
      configuration(layers: #"[ { "type": "linear", "units": 16777216 } ]"#, #""training": { "batchSize": 8192 }"#),
      #"""
      c.json:2:53: model.layers.0.units: found 16777216, and for a batch of 8192 that makes 137438953472 elements, allowed: at most 68719476736 elements
      "model": { "layers": [ { "type": "linear", "units": 16777216 } ] },
                                                          ^
      """#),
    Mistake(
      "parameters",
      configuration(
        layers: #"[ { "type": "repeat", "count": 1000, "layers": [ { "type": "linear", "units": 1000000 } ] } ]"#),
      #"""
      c.json:2:22: model.layers: found 999001001000000 parameters, allowed: at most 1099511627776
      "model": { "layers": [ { "type": "repeat", "count": 1000, "la…
                           ^
      """#),
    Mistake(
      "parameters that overflow",
      configuration(
        layers: #"[ { "type": "repeat", "count": 1000000, "layers": [ { "type": "linear", "units": 16777216 } ] } ]"#),
      #"""
      c.json:2:22: model.layers: found more than 9223372036854775807 parameters, allowed: at most 1099511627776
      "model": { "layers": [ { "type": "repeat", "count": 1000000, …
                           ^
      """#),
    Mistake(
      "layers once repeated",
      configuration(
        layers:
          #"[ { "type": "repeat", "count": 1001, "layers": [ { "type": "repeat", "count": 1000, "layers": [ { "type": "linear", "units": 1 } ] } ] } ]"#
      ),
      #"""
      c.json:2:22: model.layers: found 1001000 layers once every repeat is written out, allowed: at most 1000000
      "model": { "layers": [ { "type": "repeat", "count": 1001, "la…
                           ^
      """#),
    Mistake(
      "layers that overflow",
      configuration(
        layers: String(repeating: #"[ { "type": "repeat", "count": 1000000, "layers": "#, count: 4)
          + #"[ { "type": "linear", "units": 1 } ]"# + String(repeating: " } ]", count: 4)),
      #"""
      c.json:2:22: model.layers: found more than 9223372036854775807 layers once every repeat is written out, allowed: at most 1000000
      "model": { "layers": [ { "type": "repeat", "count": 1000000, …
                           ^
      """#),
    Mistake(
      "samples times features",
      configuration(data: #"{ "type": "synthetic", "samples": 4294967296, "features": 16777216 }"#),
      #"""
      c.json:1:45: data.samples: found 4294967296, and with 16777216 columns that makes 72057594037927936 elements, allowed: at most 68719476736 elements
      { "data": { "type": "synthetic", "samples": 4294967296, "features": 16777216 },
                                                  ^
      """#),
    Mistake(
      "batch times features",
      configuration(
        data: #"{ "type": "synthetic", "samples": 1, "features": 16777216 }"#, #""training": { "batchSize": 8192 }"#),
      #"""
      c.json:1:11: data: found 16777216 features, and for a batch of 8192 that makes 137438953472 elements, allowed: at most 68719476736 elements
      { "data": { "type": "synthetic", "samples": 1, "features": 16777216 },
                ^
      """#),
    Mistake(
      "outputs", configuration(data: #"{ "type": "synthetic", "samples": 10, "features": 5, "outputs": 2 }"#),
      #"""
      c.json:2:53: model.layers.0.units: found 3 for the network's outputs, and the data have 2 targets, allowed: 2
      "model": { "layers": [ { "type": "linear", "units": 3 } ] } }
                                                          ^
      """#),
    Mistake(
      "classes",
      configuration(
        data: #"{ "type": "synthetic", "samples": 10, "features": 5, "outputs": 2, "task": "classification" }"#),
      #"""
      c.json:2:53: model.layers.0.units: found 3 for the network's outputs, and the data have 2 classes, allowed: 2
      "model": { "layers": [ { "type": "linear", "units": 3 } ] } }
                                                          ^
      """#),
  ]

  @Test(arguments: cases) func message(of mistake: Mistake) {
    #expect(mistakes(mistake.text) == mistake.message)
  }
}
