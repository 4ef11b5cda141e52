import Checkpointing

/// Reads a command line, the program's own name left out.
///
/// ```
/// bptrain [command] [--option value | --option=value | --flag]...
/// ```
///
/// The command goes first; without one, `train` is meant. `--help`, `-h` and `--version` hold wherever they stand, and
/// nothing else is then asked of the line but that what stands before them can be read.
///
/// - Throws: `UsageError` for the first thing that is wrong.
package func parseArguments(_ arguments: [String]) throws(UsageError) -> ParsedArguments {
  var reader = ArgumentReader(arguments: arguments)
  return try reader.read()
}

private struct ArgumentReader {
  let arguments: [String]
  var index = 0
  var parsed = ParsedArguments(command: .train)
  var given: Set<String> = []

  init(arguments: [String]) {
    self.arguments = arguments
  }

  mutating func read() throws(UsageError) -> ParsedArguments {
    guard !arguments.isEmpty else {
      throw UsageError(
        "nothing to do; \"bptrain --config F\" trains a network, \"bptrain help\" shows what else there is")
    }
    try readCommand()
    var optionsHaveEnded = false
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      if argument == "--", !optionsHaveEnded {
        optionsHaveEnded = true
      } else if argument.hasPrefix("-"), argument != "-", !optionsHaveEnded {
        try readOption(argument)
        if given.contains("--help") || parsed.wantsVersion { return parsed }
      } else if parsed.command == .help, parsed.helpTopic == nil {
        parsed.helpTopic = try command(named: argument)
      } else if parsed.operands.count < parsed.command.operands.count {
        parsed.operands.append(argument)
      } else {
        throw strayOperand(argument)
      }
    }
    try checkRequired()
    return parsed
  }

  private mutating func readCommand() throws(UsageError) {
    guard let first = arguments.first, !first.hasPrefix("-") else { return }
    parsed.command = try command(named: first)
    index = 1
  }

  private func command(named name: String) throws(UsageError) -> Command {
    if let command = Command(rawValue: name) { return command }
    if let sentence = notYetAvailableSentence(command: name) { throw UsageError(sentence) }
    if name.hasSuffix(".json") {
      throw UsageError("\(quoted(name)) is no command; to train with that file: bptrain --config \(name)")
    }
    let names = Command.allCases.map(\.rawValue)
    if let near = nearestName(to: name, among: names) {
      throw UsageError("there is no command \(quoted(name)); did you mean \(near)?")
    }
    throw UsageError("there is no command \(quoted(name)); the commands are \(listed(names, "and"))")
  }

  private mutating func readOption(_ argument: String) throws(UsageError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = argument == "-h" ? "--help" : String(parts[0])
    let attached = parts.count == 2 ? String(parts[1]) : nil
    guard let option = Option.named(name) else { throw unknownOption(name) }
    guard option.isAccepted(by: parsed.command) else {
      throw UsageError(
        "\(name) does not go with \(parsed.command.rawValue); it is an option of "
          + listed((option.commands + option.idleCommands).map(\.rawValue), "and"))
    }
    guard given.insert(name).inserted || option.isRepeatable else {
      let repeatable = Option.all.filter { $0.isRepeatable && $0.isAccepted(by: parsed.command) }.map(\.name)
      let others = repeatable.isEmpty ? "" : ", and only \(listed(repeatable, "and")) may be repeated"
      throw UsageError("\(name) is given twice; once is enough\(others)")
    }
    if case .nothing(let store) = option.value {
      if let attached { throw UsageError("\(name) takes no value, found \(quoted(attached))") }
      store(&parsed)
    } else {
      guard let value = attached ?? nextValue(), !value.isEmpty else {
        throw UsageError("\(name) needs a value: \(option.synopsis)")
      }
      try take(value, for: option, source: attached == nil ? "\(name) \(value)" : argument)
    }
  }

  /// The next argument, unless it is an option itself.
  private mutating func nextValue() -> String? {
    guard index < arguments.count, !arguments[index].hasPrefix("--") else { return nil }
    index += 1
    return arguments[index - 1]
  }

  private mutating func take(_ value: String, for option: Option, source: String) throws(UsageError) {
    var value = value
    switch option.value {
    case .nothing: return
    case .text(let store): store(&parsed, value)
    case .integer(let range, let store):
      guard let number = wholeNumber(value), range.contains(number) else {
        throw UsageError(
          "\(option.name) needs a whole number from \(range.lowerBound) to \(range.upperBound), "
            + "found \(quoted(value))")
      }
      store(&parsed, number)
      // JSON has no zeros in front.
      value = "\(number)"
    case .progress(let store):
      guard let mode = ProgressMode(rawValue: value) else {
        throw UsageError(
          "\(option.name) is one of \(listed(ProgressMode.allCases.map(\.rawValue), "and")), found \(quoted(value))")
      }
      store(&parsed, mode)
    case .percent(let store):
      guard case .percent(let percent)? = ByteSize(parsing: value) else {
        throw UsageError("\(option.name) needs a percentage such as 5%, found \(quoted(value))")
      }
      store(&parsed, percent / 100)
    case .strategy:
      for text in listItems(value) {
        do throws(StrategyError) {
          parsed.strategies.append(try Strategy(parsing: text))
        } catch {
          throw UsageError("\(option.name) was \(quoted(text)); allowed is \(error.allowed)")
        }
      }
    case .size:
      for text in listItems(value) {
        guard let size = ByteSize(parsing: text) else {
          throw UsageError(
            "\(option.name) needs a size such as 4096, 96MiB, 1.5GB, 40% or min, found \(quoted(text))")
        }
        parsed.budgets.append(size)
      }
    case .memoryBudget:
      guard MemoryBudget(parsing: value) != nil else {
        throw UsageError(
          "\(option.name) needs a size such as 512MiB, 2GB, 40%, min or auto, found \(quoted(value))")
      }
    case .axis:
      let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let values = parts.count == 2 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : []
      guard parts.count == 2, !parts[0].isEmpty, !values.contains("") else {
        throw UsageError(
          "\(option.name) needs path=a,b, such as training.batchSize=64,128, found \(quoted(value))")
      }
      guard !parsed.grid.contains(where: { $0.path == parts[0] }) else {
        throw UsageError("\(option.name) has \(quoted(String(parts[0]))) twice; give all its values at once")
      }
      parsed.grid.append(GridAxis(path: String(parts[0]), values: values.map(String.init)))
    case .assignment:
      guard let equals = value.firstIndex(of: "="), equals > value.startIndex else {
        throw UsageError(
          "\(option.name) needs path=value, such as training.batchSize=64, found \(quoted(value))")
      }
      parsed.overrides.append(
        ConfigurationOverride(
          path: String(value[..<equals]), value: String(value[value.index(after: equals)...]), source: source))
    }
    // A study has its own strategies and budgets; every other command one, which goes to the configuration.
    let isList = parsed.command == .study && (option.name == "--checkpoint" || option.name == "--activation-budget")
    let isIdle = option.idleCommands.contains(parsed.command)
    if let key = option.configurationKey, !isList, !isIdle {
      parsed.overrides.append(ConfigurationOverride(path: key, value: value, source: source))
    }
  }

  /// The values of an option: one, and in a study as many as are joined by commas.
  private func listItems(_ value: String) -> [String] {
    parsed.command == .study ? value.split(separator: ",", omittingEmptySubsequences: false).map(String.init) : [value]
  }

  private mutating func checkRequired() throws(UsageError) {
    for option in Option.all where option.requiredBy.contains(parsed.command) && !given.contains(option.name) {
      throw UsageError("\(parsed.command.rawValue) needs \(option.synopsis)")
    }
    if let missing = parsed.command.operands.dropFirst(parsed.operands.count).first {
      let all = parsed.command.operands.joined(separator: " ")
      throw UsageError("\(parsed.command.rawValue) needs \(missing): bptrain \(parsed.command.rawValue) \(all)")
    }
    if parsed.command == .study, parsed.configPath == nil, parsed.mergedFolders.isEmpty {
      throw UsageError("study needs --config F, or --merge with the folders of its shards")
    }
    if parsed.command == .completions { parsed.shell = try shell(named: parsed.operands[0]) }
    if parsed.quiet, parsed.progress == .plain {
      throw UsageError("--quiet shows no progress and --progress plain does; leave one of them out")
    }
  }

  private func shell(named name: String) throws(UsageError) -> Shell {
    if let shell = Shell(rawValue: name) { return shell }
    throw UsageError(
      "completions are made for \(listed(Shell.allCases.map(\.rawValue), "and")), found \(quoted(name))")
  }

  private func unknownOption(_ name: String) -> UsageError {
    if let sentence = notYetAvailableSentence(option: name) { return UsageError(sentence) }
    let names = Option.all.filter { $0.isAccepted(by: parsed.command) }.map(\.name)
    if let near = nearestName(to: name, among: names) {
      return UsageError("there is no option \(quoted(name)); did you mean \(near)?")
    }
    return UsageError(
      "there is no option \(quoted(name)); \"bptrain help \(parsed.command.rawValue)\" shows those of "
        + parsed.command.rawValue)
  }

  private func strayOperand(_ argument: String) -> UsageError {
    if let command = Command(rawValue: argument) {
      return UsageError("the command goes first: bptrain \(command.rawValue) --config F")
    }
    if argument.hasSuffix(".json"), parsed.configPath == nil, parsed.command.takesConfiguration {
      return UsageError("\(quoted(argument)) is left over; a configuration is given as --config \(argument)")
    }
    return UsageError(
      "\(quoted(argument)) is left over; \(parsed.command.rawValue) takes "
        + (parsed.command == .help
          ? "one command"
          : !parsed.command.operands.isEmpty
            ? "\(listed(parsed.command.operands, "and")) and options"
            : "options only, and each takes at most one value"))
  }
}

/// `a`, `a and b`, `a, b and c`.
func listed(_ names: [String], _ conjunction: String) -> String {
  guard names.count > 1, let last = names.last else { return names.first ?? "" }
  return names.dropLast().joined(separator: ", ") + " \(conjunction) \(last)"
}
