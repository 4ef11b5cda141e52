/// The manual page bptrain(1) in troff with man(7) macros, made from the option table.
package func manualPage(version: String) -> String {
  var lines = [
    ".\\\" Made by \"bptrain help --man\".",
    ".TH BPTRAIN 1 \"\" \"bptrain \(version)\" \"User Commands\"",
    ".SH NAME",
    "bptrain \\- train deep multilayer perceptrons within a planned number of bytes",
    ".SH SYNOPSIS",
    ".B bptrain",
    "[\\fICOMMAND\\fR] [\\fIoptions\\fR]",
    ".SH DESCRIPTION",
    escaped(
      "bptrain trains deep multilayer perceptrons on a CPU. It keeps some activations and computes the others again, by "
        + "a plan whose bytes are known before the first multiplication; gradients are the same to the bit under every "
        + "plan. Without a command, train is meant."),
    ".SH EXAMPLES",
  ]
  for command in [Command.train, .plan, .gradients] {
    for example in command.examples.prefix(2) { lines += entry(escaped(example.line), escaped(example.meaning)) }
  }
  lines.append(".SH COMMANDS")
  for command in Command.allCases {
    let operands = command.operands.map { " \\fI\(escaped($0))\\fR" }.joined()
    lines += entry("\\fB\(escaped(command.rawValue))\\fR\(operands)", escaped(command.explanation))
  }
  lines.append(".SH OPTIONS")
  for option in Option.all { lines += entry(title(of: option), escaped(text(of: option))) }
  lines.append(".SH EXIT STATUS")
  for code in ExitCode.allCases { lines += entry("\\fB\(code.rawValue)\\fR", escaped(code.meaning)) }
  lines.append(".SH ENVIRONMENT")
  for (name, meaning) in environment { lines += entry("\\fB\(name)\\fR", escaped(meaning)) }
  return lines.joined(separator: "\n") + "\n"
}

/// The environment variables that the program reads.
private let environment = [
  ("COLUMNS", "columns of pictures and tables, where the terminal does not say"),
  ("NO_COLOR", "where set and not empty, nothing is coloured"),
  ("TERM", "where it is dumb, nothing is coloured and no line rewrites itself"),
]

private func title(of option: Option) -> String {
  "\\fB\(escaped(option.name))\\fR" + (option.placeholder.map { " \\fI\(escaped($0))\\fR" } ?? "")
}

private func text(of option: Option) -> String {
  var notes: [String] = []
  if !option.commands.isEmpty { notes.append("of " + listed(option.commands.map(\.rawValue), "and")) }
  if !option.requiredBy.isEmpty, option.requiredBy == option.commands {
    notes.append("required")
  } else if let standard = option.standard {
    notes.append("default: \(standard)")
  }
  return option.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
}

private func entry(_ title: String, _ text: String) -> [String] { [".TP", title, text] }

/// Text that troff takes as it stands: backslashes, hyphens that are to be copied, and a leading dot or quote.
private func escaped(_ text: String) -> String {
  let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
  return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
}
