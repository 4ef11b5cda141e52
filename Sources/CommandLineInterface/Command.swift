/// What the program can be told to do.
package enum Command: String, Hashable, Sendable, CaseIterable {
  case train
  case plan
  case gradients
  case check
  case explain
  case compare
  case study
  case bench
  case doctor
  case initialize = "init"
  case schema
  case completions
  case help

  /// What it does, in a few words.
  var summary: String {
    switch self {
    case .train: "train a network; the default where only options are given"
    case .plan: "show the schedule, the planned bytes and the predicted time"
    case .gradients: "write the gradients of the first batch as safetensors"
    case .check: "compare gradients with finite differences, and every strategy bit by bit"
    case .explain: "show every value and derivative of a small network, and why it is kept"
    case .compare: "two reports side by side"
    case .study: "measure strategies and budgets, and draw the trade"
    case .bench: "measure a suite of configurations and strategies, for comparison tools"
    case .doctor: "tell what this machine gives, and test the kernels on it"
    case .initialize: "write a commented example configuration that trains at once"
    case .schema: "print the JSON Schema of the configuration file"
    case .completions: "print the completions of a shell"
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
    case .check:
      "Compares the gradient of every parameter on a few rows of the first batch with central finite differences in "
        + "float64, and the gradients of the whole batch under every strategy with those of keep-all, bit by bit. "
        + "Ends with exit code 1 where anything differs by more than its tolerance."
    case .explain:
      "Evaluates a small network on the first batch, forward and in reverse, and prints every value, local derivative "
        + "and cotangent in order; which cotangents several parameters reuse; what becomes of each activation under the "
        + "strategy, and why; and what differentiating each parameter by itself would cost. Computes in float64."
    case .compare:
      "Puts the figures of two reports, written by --report or --json of train or plan, side by side, with what differs "
        + "in their configurations. With --threshold, an iteration time or a peak of memory that grew by more ends with "
        + "exit code 1."
    case .study:
      "Measures each strategy, and optimal at each budget, at every combination of the grid's values: in rounds, every "
        + "run a process of its own. Writes study.csv, study.json and report.html into the folder of --output. What is "
        + "there already is not measured again, so that an interrupted study goes on by the same command. Shards "
        + "measure parts of a study apart; --merge puts them together."
    case .bench:
      "Measures every configuration and strategy that a suite file names: in rounds, every run a process of its own. "
        + "Writes bench.json and google-benchmark.json, which tools that read Google Benchmark's output compare, into the "
        + "folder of --output. What is there already is not measured again. Ends with exit code 1 where a run failed."
    case .doctor:
      "Tells processor, instruction set, threads, the limits on memory, huge pages and the rates of products and memory, "
        + "and checks gradients of a small network: against central differences, in float64, and under every strategy "
        + "bit by bit. Ends with exit code 1 where the check fails. With --tune it first finds the fastest kernel for "
        + "products of usual sizes."
    case .initialize:
      "Writes a configuration with comments that trains at once, on data that it makes itself: to standard output, or "
        + "with --output into a file that is not there yet."
    case .schema: "Prints the JSON Schema (2020-12) of the configuration file, for editors and validators."
    case .completions:
      "Prints a script that completes commands, options and their values in bash, zsh or fish. \"make install\" puts "
        + "all three where the shells look for them."
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
    case .check:
      [
        ("bptrain check --config deep.json", "at the initial weights"),
        (
          "bptrain check --config deep.json --weights w.safetensors --entries 20 --json",
          "at given weights, with more comparisons, as JSON"
        ),
      ]
    case .explain:
      [
        ("bptrain explain --config configs/neuron.json", "one neuron: the chain rule with numbers"),
        (
          "bptrain explain --config configs/neuron.json --format dot | dot -Tsvg > neuron.svg",
          "the same as a drawing, by Graphviz"
        ),
      ]
    case .compare:
      [
        ("bptrain compare before.json after.json", "what changed"),
        ("bptrain compare before.json after.json --threshold 5%", "exit code 1 where it became worse, for scripts"),
      ]
    case .study:
      [
        ("bptrain study --config deep.json --output study", "the usual strategies and budgets"),
        (
          "bptrain study --config deep.json --checkpoint none,sqrt,optimal --activation-budget 20%,40% "
            + "--grid training.batchSize=64,128 --output study",
          "chosen ones, at two batch sizes"
        ),
        (
          "bptrain study --config deep.json --output part1 --shard 1/2", "one half of the points, as in a job array"
        ),
        ("bptrain study --merge part1,part2 --output study", "both halves together"),
      ]
    case .bench:
      [
        ("bptrain bench --suite configs/suite.json --output today", "measure the suite"),
        (
          "bptrain bench --suite configs/suite.json --repeats 9 --output today",
          "often enough for a test of significance"
        ),
      ]
    case .doctor:
      [
        ("bptrain doctor", "before the first run on a machine"),
        ("bptrain doctor --tune", "once on each machine: which kernels are fastest here"),
        ("bptrain doctor --threads 1 --json", "with one thread, as JSON"),
      ]
    case .initialize:
      [
        ("bptrain init > first.json", "write the example"), ("bptrain --config first.json", "train it"),
        ("bptrain plan --config first.json --checkpoint sqrt", "see what recomputation would save"),
      ]
    case .schema: [("bptrain schema > bptrain.schema.json", "keep it beside the configurations")]
    case .completions:
      [
        ("source <(bptrain completions bash)", "in this shell"),
        ("bptrain completions fish > ~/.config/fish/completions/bptrain.fish", "for good"),
      ]
    case .help:
      [
        ("bptrain help", "all commands and options"), ("bptrain help plan", "one command"),
        ("bptrain help --man | man -l -", "the manual page"),
      ]
    }
  }

  /// What is given beside options, each of which it needs.
  package var operands: [String] {
    switch self {
    case .compare: ["A.json", "B.json"]
    case .completions: ["bash|zsh|fish"]
    case .train, .plan, .gradients, .check, .explain, .study, .bench, .doctor, .initialize, .schema, .help: []
    }
  }

  /// Whether it reads a configuration file.
  package var takesConfiguration: Bool {
    switch self {
    case .train, .plan, .gradients, .check, .explain, .study: true
    case .compare, .bench, .doctor, .initialize, .schema, .completions, .help: false
    }
  }
}
