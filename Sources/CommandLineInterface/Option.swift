/// One option of the command line: how it is written, what it means and where its value goes.
struct Option: Sendable {
  /// With its two dashes.
  let name: String
  /// What stands for the value in help texts; nil where the option takes none.
  let placeholder: String?
  /// What it does, in a sentence without a full stop.
  let help: String
  /// What holds where the option is not given, unit included; nil where there is nothing to say.
  let standard: String?
  /// The commands for which it does something; empty for an option that goes with every command.
  let commands: [Command]
  /// Commands that take it without effect, so that one list of options serves all commands on one configuration.
  var idleCommands: [Command] = []
  /// The commands that cannot do without it.
  var requiredBy: [Command] = []
  /// The key of the configuration that it sets.
  var configurationKey: String?
  var isRepeatable = false
  let value: Value

  /// What an option takes, and what is done with it.
  enum Value: Sendable {
    case nothing(@Sendable (inout ParsedArguments) -> Void)
    /// Any text that is not empty.
    case text(@Sendable (inout ParsedArguments, String) -> Void)
    case integer(ClosedRange<Int>, @Sendable (inout ParsedArguments, Int) -> Void)
    case progress(@Sendable (inout ParsedArguments, ProgressMode) -> Void)
    /// `path=a,b`.
    case axis
    /// `N%`, stored as a fraction.
    case percent(@Sendable (inout ParsedArguments, Double) -> Void)
    /// A strategy, which goes to the option's configuration key.
    case strategy
    /// A size in bytes, which goes to the option's configuration key.
    case size
    /// A size in bytes or `auto`, which goes to the option's configuration key.
    case memoryBudget
    /// `path=value`.
    case assignment
  }

  /// As it is written in help texts, for example `--config F`.
  var synopsis: String {
    placeholder.map { "\(name) \($0)" } ?? name
  }

  func isAccepted(by command: Command) -> Bool {
    commands.isEmpty || commands.contains(command) || idleCommands.contains(command)
  }
}
