/// A function for zsh's own `_arguments`.
func zshCompletion() -> String {
  var lines = ["#compdef bptrain", "# zsh completion of bptrain, made by \"bptrain completions zsh\""]
  lines += [
    "_bptrain_words() {", "  if compset -P 'file:'; then _files; return; fi",
    "  compadd -S '' -- ${(M)@:#*:}", "  compadd -- ${@:#*:}", "}", "_bptrain() {",
  ]
  lines.append("  local -a commands=(")
  for command in Command.allCases { lines.append("    '\(command.rawValue):\(zshEscaped(command.summary, ""))'") }
  lines += [
    "  )", "  local command=train", "  if (( CURRENT > 2 )) && [[ -n ${commands[(r)$words[2]:*]} ]]; then",
    "    command=$words[2]", "    shift words", "    (( CURRENT-- ))",
    "  elif (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then", "    _describe command commands", "    return", "  fi",
    "  case $command in",
  ]
  for command in Command.allCases {
    lines.append("    \(command.rawValue))")
    lines.append("      _arguments -S \\")
    for option in Option.accepted(by: command) { lines.append("        \(zshArgument(option)) \\") }
    let operands = operandWords(of: command)
    if !operands.isEmpty { lines.append("        '1:\(command.rawValue):(\(operands.joined(separator: " ")))' \\") }
    lines += ["        && return 0", "      ;;"]
  }
  lines += [
    "  esac", "}", "if [[ $funcstack[1] == _bptrain ]]; then _bptrain \"$@\"; else compdef _bptrain bptrain; fi",
  ]
  return lines.joined(separator: "\n") + "\n"
}

private func zshArgument(_ option: Option) -> String {
  let help = zshEscaped(option.help, "[]")
  let repeated = option.isRepeatable ? "*" : ""
  guard let placeholder = option.placeholder, let value = option.completedValue else {
    return "'\(repeated)\(option.name)[\(help)]'"
  }
  let action =
    switch value {
    case .words(let words): " _bptrain_words \(words.map { zshEscaped($0, "") }.joined(separator: " "))"
    case .file: "_files"
    case .folder: "_files -/"
    case .anything: " "
    }
  return "'\(repeated)\(option.name)=[\(help)]:\(zshEscaped(placeholder, "")):\(action)'"
}

/// For single quotes, with colons and the characters given escaped.
private func zshEscaped(_ text: String, _ special: String) -> String {
  var result = ""
  for character in text {
    if character == "'" {
      result += "'\\''"
    } else {
      if character == ":" || character == "\\" || special.contains(character) { result += "\\" }
      result.append(character)
    }
  }
  return result
}
