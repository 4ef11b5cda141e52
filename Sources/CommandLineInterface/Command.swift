/// What the program can be told to do.
package enum Command: String, Hashable, Sendable, CaseIterable {
  case train
  case plan
  case gradients
  case schema
  case help

  /// What it does, in a few words.
  var summary: String {
    switch self {
    case .train: "train a network; the default where only options are given"
    case .plan: "show the schedule, the planned bytes and the predicted time"
    case .gradients: "write the gradients of the first batch as safetensors"
    case .schema: "print the JSON Schema of the configuration file"
    case .help: "show this text, or that of one command"
    }
  }

  /// What it does, in sentences.
  var explanation: String {
    switch self {
    case .train:
      "Trains the network of a configuration file inside one arena of planned size, shows progress on standard error "
        + "and ends with the profile table on standard output. \"bptrain --config F\" means the same."
    case .plan:
      "Trains nothing: prints which activations are kept and which are computed again, the exact planned peak, the "
        + "bytes of everything else and the predicted time."
    case .gradients:
      "Runs one forward and one reverse pass over the first batch, in file order and without an update, and writes the "
        + "gradient of every parameter, with the loss in the file's metadata."
    case .schema: "Prints the JSON Schema (2020-12) of the configuration file, for editors and validators."
    case .help: "Shows what the program does, or one of its commands."
    }
  }

  /// Command lines that work, and what they do.
  var examples: [(line: String, meaning: String)] {
    switch self {
    case .train:
      [
        ("bptrain train --config deep.json", "train as the file says"),
        ("bptrain --config deep.json --checkpoint sqrt", "the same with recomputation"),
        (
          "bptrain --config deep.json --set training.epochs=2 --seed 7 --output runs/7",
          "change the configuration; leave weights and history in a folder"
        ),
        ("bptrain --config deep.json --iterations 20 --json > report.json", "20 updates, told as one JSON document"),
      ]
    case .plan:
      [
        ("bptrain plan --config deep.json", "what \"bptrain train\" would do"),
        ("bptrain plan --config deep.json --checkpoint segments:4 --json", "another schedule, as JSON"),
      ]
    case .gradients:
      [
        ("bptrain gradients --config deep.json --output gradients.safetensors", "gradients at the initial weights"),
        (
          "bptrain gradients --config deep.json --weights w.safetensors --output g.safetensors",
          "gradients at given weights"
        ),
      ]
    case .schema: [("bptrain schema > bptrain.schema.json", "keep it beside the configurations")]
    case .help:
      [("bptrain help", "all commands and options"), ("bptrain help plan", "one command")]
    }
  }

  /// Whether it reads a configuration file.
  package var takesConfiguration: Bool {
    switch self {
    case .train, .plan, .gradients: true
    case .schema, .help: false
    }
  }
}
