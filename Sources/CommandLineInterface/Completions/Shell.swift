import Checkpointing

/// A shell that completions can be made for.
package enum Shell: String, Hashable, Sendable, CaseIterable {
  case bash
  case zsh
  case fish
}

/// The completion script of a shell, made from the option table.
package func completionScript(for shell: Shell) -> String {
  switch shell {
  case .bash: bashCompletion()
  case .zsh: zshCompletion()
  case .fish: fishCompletion()
  }
}

/// What a shell offers for the value of an option.
enum CompletedValue: Hashable, Sendable {
  /// One of these, of which those that end with a colon go on.
  case words([String])
  case file
  case folder
  /// Nothing can be known of it.
  case anything
}

extension Option {
  /// What completes the option's value; nil where it takes none.
  var completedValue: CompletedValue? {
    guard let placeholder else { return nil }
    switch value {
    case .nothing: return nil
    case .strategy: return .words(Strategy.spellings.map(upToColon))
    case .size: return .words(["min"])
    case .memoryBudget: return .words(["min", "auto"])
    case .progress: return .words(ProgressMode.allCases.map(\.rawValue))
    case .integer, .percent, .axis, .assignment: return .anything
    case .text:
      let choices = placeholder.split(separator: "|").map(String.init)
      if choices.count > 1 { return .words(choices) }
      switch placeholder {
      case "DIR": return .folder
      case "F", "FILE", "PATH": return .file
      default: return placeholder.hasPrefix("F.") ? .file : .anything
      }
    }
  }

  /// Options that a command takes, in the order of help texts.
  static func accepted(by command: Command) -> [Option] {
    all.filter { $0.isAccepted(by: command) }
  }
}

/// `segments:` of `segments:K`, `sqrt` of `sqrt`.
private func upToColon(_ spelling: String) -> String {
  guard let colon = spelling.firstIndex(of: ":") else { return spelling }
  return String(spelling[...colon])
}
