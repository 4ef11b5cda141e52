import Checkpointing

extension Option {
  /// Commands that write a document.
  private static let reporting: [Command] = configured + [.bench, .compare, .doctor]
  private static let configured: [Command] = onConfiguration + [.study]
  private static let onConfiguration: [Command] = [.train, .plan, .gradients, .check, .explain]

  /// Every option, in the order of help texts. Parsing and help texts come from here and nowhere else.
  static let all: [Option] = [
    Option(
      name: "--config", placeholder: "F", help: "the configuration file, JSON in which comments are allowed",
      standard: nil, commands: configured, requiredBy: onConfiguration,
      value: .text { $0.configPath = $1 }),
    Option(
      name: "--checkpoint", placeholder: "STRATEGY",
      help: "which activations are kept and which computed again: \(Strategy.spellings.joined(separator: ", ")); "
        + "study: several, joined by commas",
      standard: "the configuration's \"checkpoint\", else none, and optimal with a budget",
      commands: configured, configurationKey: "checkpoint", value: .strategy),
    Option(
      name: "--activation-budget", placeholder: "SIZE",
      help: "bytes that the activation arena may take: a number with B, KiB, MiB, GiB, TiB, kB, MB, GB or TB; N% of "
        + "what keeping everything takes; or min, the least feasible; study: several for optimal, joined by commas",
      standard: "the configuration's \"activationBudget\", else none", commands: configured,
      configurationKey: "activationBudget", value: .size),
    Option(
      name: "--memory-budget", placeholder: "SIZE",
      help: "bytes that the whole process may have in memory, everything counted: a size as above, N% of what it needs "
        + "when everything is kept, min, or auto: what control groups, available memory and the limit on addresses "
        + "leave, less a sixteenth and 16 MiB",
      standard: "the configuration's \"memoryBudget\", else none", commands: [.train, .plan, .gradients],
      idleCommands: [.check, .explain],
      configurationKey: "memoryBudget", value: .memoryBudget),
    Option(
      name: "--set", placeholder: "path=value",
      help: "set any key of the configuration, such as training.batchSize=64; may be given many times",
      standard: nil, commands: configured, isRepeatable: true, value: .assignment),
    Option(
      name: "--seed", placeholder: "N", help: "what every random number of the run comes from",
      standard: "the configuration's \"seed\", else 0", commands: configured, configurationKey: "seed",
      value: .integer(0...Int.max) { _, _ in }),
    Option(
      name: "--threads", placeholder: "N", help: "threads to compute with",
      standard: "the configuration's \"threads\", else all that the process may use", commands: configured + [.doctor],
      configurationKey: "threads", value: .integer(1...4096) { _, _ in }),
    Option(
      name: "--iterations", placeholder: "N",
      help: "exactly N optimizer updates instead of epochs; the data are gone through again as often as needed",
      standard: "the configuration's \"training.epochs\"; 10 in a study, the suite's or 12 in bench",
      commands: [.train, .study, .bench],
      idleCommands: [.plan, .gradients, .check, .explain],
      value: .integer(1...1_000_000_000) { $0.iterations = $1 }),
    Option(
      name: "--warmup", placeholder: "N", help: "first optimizer updates to leave out of the timing",
      standard: "2 updates, fewer where there are fewer", commands: [.train, .study, .bench],
      idleCommands: [.plan, .gradients, .check, .explain],
      value: .integer(0...1_000_000_000) { $0.warmup = $1 }),
    Option(
      name: "--verify", placeholder: nil,
      help: "compare every recomputed value with its first computation, and fill discarded bytes with NaN",
      standard: "off", commands: [.train, .gradients], idleCommands: [.plan, .check, .explain],
      value: .nothing { $0.verify = true }),
    Option(
      name: "--weights", placeholder: "F.safetensors", help: "start from the parameters in this file",
      standard: "drawn as the configuration says", commands: [.train, .gradients, .check, .explain],
      value: .text { $0.weightsPath = $1 }),
    Option(
      name: "--format", placeholder: "text|dot", help: "text, or a graph for Graphviz's dot", standard: "text",
      commands: [.explain], value: .text { $0.format = $1 }),
    Option(
      name: "--threshold", placeholder: "N%",
      help: "how much longer an iteration may take, and how much a peak of memory may grow, before it is a regression",
      standard: "nothing is judged", commands: [.compare], value: .percent { $0.threshold = $1 }),
    Option(
      name: "--grid", placeholder: "path=a,b",
      help: "set a key of the configuration to each of these values; given several times, to every combination",
      standard: "the configuration as it is", commands: [.study], isRepeatable: true, value: .axis),
    Option(
      name: "--repeats", placeholder: "N", help: "processes that measure each point",
      standard: "3, or the suite's", commands: [.study, .bench], value: .integer(1...1000) { $0.repeats = $1 }),
    Option(
      name: "--shard", placeholder: "i/n", help: "measure every n-th point, beginning with the i-th", standard: "all",
      commands: [.study], value: .text { $0.shard = $1 }),
    Option(
      name: "--merge", placeholder: "DIR,DIR", help: "put the shards in these folders together; measures nothing",
      standard: nil, commands: [.study],
      value: .text { $0.mergedFolders = $1.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }),
    Option(
      name: "--again", placeholder: nil, help: "measure what has been measured already", standard: "off",
      commands: [.study, .bench], value: .nothing { $0.again = true }),
    Option(
      name: "--tune", placeholder: nil,
      help: "find the fastest kernel for products of usual sizes, and use it in all later runs here: some 20 seconds; "
        + "their results may differ from earlier ones by rounding", standard: "off",
      commands: [.doctor], value: .nothing { $0.tunesKernels = true }),
    Option(
      name: "--suite", placeholder: "FILE", help: "the configurations and strategies to measure, JSON", standard: nil,
      commands: [.bench], requiredBy: [.bench], value: .text { $0.suitePath = $1 }),
    Option(
      name: "--entries", placeholder: "N", help: "entries of each parameter to compare, all where it has fewer",
      standard: "as many as some ten seconds allow, at most 8", commands: [.check],
      value: .integer(1...1_000_000) { $0.entries = $1 }),
    Option(
      name: "--output", placeholder: "PATH",
      help: "train: a folder for weights, resolved configuration and history; gradients: the safetensors file; "
        + "study and bench: the folder of runs and results; init: the configuration, a file that is not there yet",
      standard: "none; gradients, study and bench need it, init prints",
      commands: [.train, .gradients, .study, .bench, .initialize], requiredBy: [.gradients, .study, .bench],
      value: .text { $0.outputPath = $1 }),
    Option(
      name: "--json", placeholder: nil, help: "one JSON document on standard output and nothing else there",
      standard: "off: a table", commands: reporting, value: .nothing { $0.json = true }),
    Option(
      name: "--report", placeholder: "FILE", help: "write that JSON document into a file", standard: "no file",
      commands: reporting, value: .text { $0.reportPath = $1 }),
    Option(
      name: "--trace", placeholder: "FILE",
      help: "write when every instruction of the first timed iterations ran, at most 10, as Chrome trace events, which "
        + "Perfetto opens", standard: "no file", commands: [.train],
      idleCommands: [.plan, .gradients, .check, .explain], value: .text { $0.tracePath = $1 }),
    Option(
      name: "--tensorboard", placeholder: "DIR",
      help:
        "write an event file for TensorBoard: loss, accuracy, learning rate, gradient norms, activations, times and "
        + "peaks", standard: "no file", commands: [.train], idleCommands: [.plan, .gradients, .check, .explain],
      value: .text { $0.tensorBoardPath = $1 }),
    Option(
      name: "--no-health", placeholder: nil,
      help: "do not look at activations, cotangents and gradients in the last update, which the profile shows through "
        + "depth", standard: "they are looked at once, beside the times", commands: [.train],
      idleCommands: [.plan, .gradients, .check, .explain], value: .nothing { $0.measuresHealth = false }),
    Option(
      name: "--progress", placeholder: "auto|plain|none",
      help: "one line that rewrites itself on a terminal and a plain line every few seconds elsewhere; plain "
        + "lines always; or nothing", standard: "auto", commands: [.train, .check, .study, .bench],
      idleCommands: [.plan, .gradients, .explain],
      value: .progress { $0.progress = $1 }),
    Option(
      name: "--quiet", placeholder: nil, help: "no progress and no table; errors are still told", standard: "off",
      commands: reporting, value: .nothing { $0.quiet = true }),
    Option(
      name: "--man", placeholder: nil, help: "print the manual page, in troff, instead of a help text", standard: nil,
      commands: [.help], value: .nothing { $0.wantsManualPage = true }),
    Option(
      name: "--help", placeholder: nil, help: "show the help of the command", standard: nil, commands: [],
      value: .nothing {
        $0.helpTopic = $0.command == .help ? nil : $0.command
        $0.command = .help
      }),
    Option(
      name: "--version", placeholder: nil, help: "show the program's version", standard: nil, commands: [],
      value: .nothing { $0.wantsVersion = true }),
  ]

  static func named(_ name: String) -> Option? {
    all.first { $0.name == name }
  }
}
