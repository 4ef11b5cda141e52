/// Rules for fish, each with the commands that it goes with.
func fishCompletion() -> String {
  let commands = Command.allCases.map(\.rawValue).joined(separator: " ")
  var lines = [
    "# fish completion of bptrain, made by \"bptrain completions fish\"",
    "function __bptrain_command",
    "    set -l words (commandline -opc)",
    "    if set -q words[2]; and contains -- $words[2] \(commands)",
    "        echo $words[2]",
    "    else",
    "        echo train",
    "    end",
    "end",
    "complete -c bptrain -f",
  ]
  for command in Command.allCases {
    lines.append(
      "complete -c bptrain -n 'test (count (commandline -opc)) = 1' -a \(command.rawValue) -d \(fishQuoted(command.summary))"
    )
    let operands = operandWords(of: command)
    if !operands.isEmpty {
      lines.append(
        "complete -c bptrain -n 'contains -- (__bptrain_command) \(command.rawValue)' -a '\(operands.joined(separator: " "))'"
      )
    }
  }
  for option in Option.all {
    let takers = Command.allCases.filter(option.isAccepted).map(\.rawValue).joined(separator: " ")
    var line = "complete -c bptrain -n 'contains -- (__bptrain_command) \(takers)' -l \(option.name.dropFirst(2))"
    switch option.completedValue {
    case nil: break
    case .words(let words): line += " -x -a '\(words.joined(separator: " "))'"
    case .file: line += " -r -F"
    case .folder: line += " -x -a '(__fish_complete_directories)'"
    case .anything: line += " -x"
    }
    lines.append(line + " -d \(fishQuoted(option.help))")
  }
  return lines.joined(separator: "\n") + "\n"
}

private func fishQuoted(_ text: String) -> String {
  "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
}
