/// The help text of the program (nil) or of one command: examples first, then every option with its default.
///
/// - Parameter width: columns that no line passes; 80 at most, 40 at least.
package func helpText(for topic: Command?, width: Int = 80) -> String {
  let width = min(max(width, 40), 80)
  return topic.map { commandHelp($0, width: width) } ?? programHelp(width: width)
}

private func programHelp(width: Int) -> String {
  var lines = wrapped(
    "bptrain trains deep multilayer perceptrons. It keeps some activations and computes the others again, by a plan "
      + "whose bytes are known before the first multiplication.", width: width)
  lines += ["", "Examples:"]
  for command in [Command.train, .plan, .gradients] {
    lines += exampleLines(Array(command.examples.prefix(2)), width: width)
  }
  lines += ["", "Commands (bptrain COMMAND [options]):"]
  for command in Command.allCases {
    lines += entry(command.rawValue, command.summary, column: 14, width: width)
  }
  lines += ["", "Options:"]
  for option in Option.all { lines += optionLines(option, naming: true, width: width) }
  lines += [""]
  lines += wrapped(
    "Exit codes: 0 success, 64 wrong command line, 69 infeasible budget, 78 wrong configuration; all of them are in "
      + "\"bptrain help --man\".", width: width)
  return lines.joined(separator: "\n") + "\n"
}

private func commandHelp(_ command: Command, width: Int) -> String {
  let options = Option.all.filter { $0.commands.isEmpty || $0.commands.contains(command) }
  let required = options.filter { $0.requiredBy.contains(command) }.map(\.synopsis)
  var usage = ["bptrain \(command.rawValue)"] + command.operands + required
  usage.append(command == .help ? "[COMMAND]" : options.count > 2 ? "[options]" : "")
  var lines = ["Examples:"] + exampleLines(command.examples, width: width)
  lines += [""] + wrapped("Usage: " + usage.filter { !$0.isEmpty }.joined(separator: " "), width: width)
  lines += [""] + wrapped(command.explanation, width: width) + ["", "Options:"]
  for option in options { lines += optionLines(option, naming: false, for: command, width: width) }
  let idle = Option.all.filter { $0.idleCommands.contains(command) }.map(\.name)
  if !idle.isEmpty {
    lines += [""]
    lines += wrapped(
      "Taken too, without effect here, so that a command line of train can be used: \(listed(idle, "and")).",
      width: width)
  }
  return lines.joined(separator: "\n") + "\n"
}

private func exampleLines(_ examples: [(line: String, meaning: String)], width: Int) -> [String] {
  examples.flatMap { example in
    wrapped(example.line, width: width - 4, separator: " \\").enumerated().map { ($0 == 0 ? "  " : "      ") + $1 }
      + wrapped(example.meaning, width: width - 6).map { "      # " + $0 }
  }
}

private func optionLines(_ option: Option, naming: Bool, for command: Command? = nil, width: Int) -> [String] {
  var text = option.help
  var notes: [String] = []
  if naming, !option.commands.isEmpty, option.commands.count < 3 {
    notes.append(listed(option.commands.map(\.rawValue), "and") + " only")
  }
  let everywhere = !option.requiredBy.isEmpty && option.requiredBy == option.commands
  if command.map({ option.requiredBy.contains($0) }) ?? everywhere {
    notes.append("required")
  } else if let standard = option.standard {
    notes.append("default: \(standard)")
  }
  if !notes.isEmpty { text += " (\(notes.joined(separator: "; ")))" }
  return entry(option.synopsis, text, column: 26, width: width)
}

/// A name and its text in a column of its own, on the next line where the name is too long.
private func entry(_ name: String, _ text: String, column: Int, width: Int) -> [String] {
  let column = width < 60 ? 6 : column
  let indent = String(repeating: " ", count: column)
  var lines = wrapped(text, width: width - column).map { indent + $0 }
  let head = "  " + name
  if head.count + 2 <= column, !lines.isEmpty {
    lines[0] = head + lines[0].dropFirst(head.count)
  } else {
    lines.insert(head, at: 0)
  }
  return lines
}

/// Words in lines of at most `width` characters, a longer word on a line of its own; `separator` ends every line but
/// the last, within the width.
func wrapped(_ text: String, width: Int, separator: String = "") -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    if line.isEmpty {
      line = String(word)
    } else if line.count + 1 + word.count + separator.count <= width {
      line += " " + word
    } else {
      lines.append(line + separator)
      line = String(word)
    }
  }
  if !line.isEmpty { lines.append(line) }
  return lines
}
