package import Checkpointing

/// What a command line asks for, every value read and in range.
package struct ParsedArguments: Hashable, Sendable {
  package var command: Command
  /// The command that help is wanted for; nil for the whole program.
  package var helpTopic: Command?
  /// Whether only the version is wanted.
  package var wantsVersion = false
  /// The configuration file, given for every command that takes one.
  package var configPath: String?
  /// Changes of the configuration in the order in which they were given; the last one of a path holds.
  package var overrides: [ConfigurationOverride] = []
  /// Optimizer updates to make instead of whole epochs.
  package var iterations: Int?
  /// Updates to leave out of the timing; nil for 2, or fewer where there are fewer.
  package var warmup: Int?
  package var verify = false
  package var json = false
  package var reportPath: String?
  /// Whether the gradients' health is measured in the last iteration.
  package var measuresHealth = true
  /// The folder that a TensorBoard log goes to; nil for none.
  package var tensorBoardPath: String?
  /// Where a trace goes; nil for none.
  package var tracePath: String?
  /// A folder for `train`, a file for `gradients` and `init`.
  package var outputPath: String?
  package var weightsPath: String?
  /// Of a study: its strategies, the budgets of `optimal`, and values to set in every combination.
  package var strategies: [Strategy] = []
  package var budgets: [ByteSize] = []
  package var grid: [GridAxis] = []
  /// The suite that `bench` measures.
  package var suitePath: String?
  /// Runs of each point.
  package var repeats: Int?
  /// `i/n`, as written.
  package var shard: String?
  /// Folders of shards to put together.
  package var mergedFolders: [String] = []
  /// Whether the fastest kernels of usual products are looked for.
  package var tunesKernels = false
  /// Whether what has been measured is measured again.
  package var again = false
  /// What is given beside options, as many as the command takes.
  package var operands: [String] = []
  /// The largest growth that is no regression, as a fraction; nil where nothing is judged.
  package var threshold: Double?
  /// The form of what is written, where a command knows several.
  package var format: String?
  /// Entries of each parameter that `check` compares; nil for as many as some ten seconds allow.
  package var entries: Int?
  /// The shell that completions are wanted for.
  package var shell: Shell?
  /// Whether the manual page is wanted instead of a help text.
  package var wantsManualPage = false
  package var progress: ProgressMode = .automatic
  /// No progress and no table; errors are told all the same.
  package var quiet = false

  package init(command: Command) {
    self.command = command
  }
}

/// One value of the configuration, set from the command line.
package struct ConfigurationOverride: Hashable, Sendable {
  /// Keys joined by dots, such as `training.batchSize`.
  package var path: String
  /// The value as written.
  package var value: String
  /// The option as the user wrote it, for messages: `--set seed=7` or `--seed 7`.
  package var source: String

  package init(path: String, value: String, source: String) {
    self.path = path
    self.value = value
    self.source = source
  }
}

/// A key of the configuration and the values that a study sets it to.
package struct GridAxis: Hashable, Sendable {
  /// Keys joined by dots.
  package var path: String
  /// As written.
  package var values: [String]

  package init(path: String, values: [String]) {
    self.path = path
    self.values = values
  }
}

/// How progress is shown.
package enum ProgressMode: String, Hashable, Sendable, CaseIterable {
  /// One line that rewrites itself on a terminal, plain lines elsewhere.
  case automatic = "auto"
  case plain
  case none
}
