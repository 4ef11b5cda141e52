/// A function for bash 4 or later that needs no other package. Bash cuts words at `=` and `:`, which is why the words
/// before the current one are looked at.
func bashCompletion() -> String {
  let commands = Command.allCases.map(\.rawValue)
  var lines = [
    "# bash completion of bptrain, made by \"bptrain completions bash\"",
    "_bptrain() {",
    "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word",
    "  COMPREPLY=()",
    "  if [[ $current == \"=\" || $current == \":\" ]]; then",
    "    word=$current current=",
    "  elif [[ $previous == \"=\" || $previous == \":\" ]]; then",
    "    word=$previous previous=${COMP_WORDS[COMP_CWORD-2]}",
    "  fi",
    "  if [[ $word == \":\" ]]; then",
    "    [[ $previous == file ]] || return",
    "    compopt -o filenames",
    "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")",
    "    return",
    "  fi",
    "  case ${COMP_WORDS[1]} in",
    "    \(commands.joined(separator: "|"))) command=${COMP_WORDS[1]} ;;",
    "  esac",
    "  case $previous in",
  ]
  for option in Option.all {
    switch option.completedValue {
    case nil: continue
    case .words(let words):
      lines += [
        "    \(option.name))",
        "      mapfile -t COMPREPLY < <(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\")",
        "      [[ ${COMPREPLY[0]} == *: ]] && compopt -o nospace", "      return ;;",
      ]
    case .file:
      lines += [
        "    \(option.name))", "      compopt -o filenames",
        "      mapfile -t COMPREPLY < <(compgen -f -- \"$current\")",
        "      return ;;",
      ]
    case .folder:
      lines += [
        "    \(option.name))", "      compopt -o filenames",
        "      mapfile -t COMPREPLY < <(compgen -d -- \"$current\")",
        "      return ;;",
      ]
    case .anything: lines.append("    \(option.name)) return ;;")
    }
  }
  lines += ["  esac", "  local words", "  case ${command:-train} in"]
  for command in Command.allCases {
    let names = Option.accepted(by: command).map(\.name) + operandWords(of: command)
    lines.append("    \(command.rawValue)) words=\"\(names.joined(separator: " "))\" ;;")
  }
  lines += [
    "  esac",
    "  (( COMP_CWORD == 1 )) && words=\"\(commands.joined(separator: " ")) $words\"",
    "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")",
    "}",
    "complete -o bashdefault -F _bptrain bptrain",
  ]
  return lines.joined(separator: "\n") + "\n"
}

/// The words that a command takes beside options, where they are few.
func operandWords(of command: Command) -> [String] {
  switch command {
  case .completions: Shell.allCases.map(\.rawValue)
  case .help: Command.allCases.map(\.rawValue)
  case .train, .plan, .gradients, .check, .explain, .compare, .study, .bench, .schema, .doctor, .initialize: []
  }
}
