import CommandLineInterface
import SystemCalls

/// `bptrain init`: a commented configuration that trains at once, to standard output or into a new file.
func writeExampleConfiguration(_ arguments: ParsedArguments) throws {
  guard let path = arguments.outputPath else {
    try tellResult(exampleConfiguration)
    return
  }
  let isThere: Bool
  do throws(SystemCallError) {
    isThere = try fileExists(atPath: path)
    if !isThere { try writeFileWhole(Array(exampleConfiguration.utf8), toPath: path) }
  } catch {
    throw Failure.output(error)
  }
  if isThere { throw Failure(.cannotCreateOutput, "\(path) is there already and stays as it is; give another name") }
}

/// Small enough to train in a few seconds, and every kind of thing that a configuration says.
private let exampleConfiguration = """
  {
    // An example that trains at once: it makes its own data. Save it as first.json, then
    //
    //   bptrain --config first.json                              train
    //   bptrain plan --config first.json --checkpoint sqrt       see what recomputation saves, and its price
    //   bptrain --config first.json --checkpoint mixed:8         the same training in fewer bytes
    //
    // Comments and trailing commas are allowed. "bptrain schema" prints what else there is.
    "name": "first",
    "seed": 1,                                 // of every random number: equal seeds, equal results

    // Samples labelled by a fixed random teacher network. Data of your own:
    //   { "type": "csv", "path": "my.csv", "target": "label", "task": "classification" }
    //   { "type": "npy", "features": "x.npy", "targets": "y.npy", "task": "regression" }
    "data": {
      "type": "synthetic", "samples": 4000, "features": 16, "outputs": 4, "task": "classification",
      "validationFraction": 0.2
    },

    "model": {
      "layers": [
        { "type": "linear", "units": 64 },
        { "type": "repeat", "count": 10, "layers": [
          { "type": "residual", "layers": [    // x + f(x)
            { "type": "layerNorm" },
            { "type": "linear", "units": 64 }, { "type": "gelu" },
            { "type": "linear", "units": 64 }
          ] }
        ] },
        { "type": "linear", "units": 4 }       // one for each class
      ]
    },

    "loss": "softmaxCrossEntropy",
    "optimizer": { "type": "adamw", "learningRate": 0.001, "weightDecay": 0.01 },
    "schedule": { "type": "cosine", "warmupIterations": 20 },
    "training": { "epochs": 5, "batchSize": 64 },

    // Which activations are kept and which are computed again in the reverse pass: "none" keeps all. The gradients are
    // the same to the bit whatever stands here. "sqrt", "mixed:8", "revolve:4" or "greedy:1MiB" need fewer bytes.
    "checkpoint": "none"
  }

  """
