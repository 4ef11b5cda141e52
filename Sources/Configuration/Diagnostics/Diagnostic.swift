/// One mistake in a configuration: where it is, what was found and what is allowed.
///
/// ```
/// train.json:7:5: training.batchSise: unknown key, allowed: "epochs", "batchSize"; did you mean "batchSize"?
///     "batchSise": 128
///     ^
/// ```
package struct Diagnostic: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Place: Hashable, Sendable {
    /// Line and column from 1, the column in characters.
    case file(name: String, line: Int, column: Int)
    /// An option of the command line as the user wrote it.
    case option(String)
  }

  /// A line of the file, made fit for a terminal.
  package struct Excerpt: Hashable, Sendable {
    package let line: String
    /// Characters of `line` before the place.
    package let caret: Int
  }

  package let place: Place
  /// The keys and indices that lead to the value, such as `model.layers.0.units`; empty for the whole file.
  package let keyPath: String
  /// What was found and what is allowed, without the place.
  package let message: String
  package let excerpt: Excerpt?

  package var description: String {
    var text =
      switch place {
      case .file(let name, let line, let column): "\(name):\(line):\(column): "
      case .option(let option): "\(option): "
      }
    if !keyPath.isEmpty { text += keyPath + ": " }
    text += message
    if let excerpt {
      text += "\n" + excerpt.line + "\n" + String(repeating: " ", count: excerpt.caret) + "^"
    }
    return text
  }
}

/// Every mistake of a configuration that could be found in one run, in the order of the file.
package struct ConfigurationErrors: Error, Hashable, Sendable, CustomStringConvertible {
  /// At least one, at most ``Limits/diagnostics``.
  package let diagnostics: [Diagnostic]
  /// Mistakes found beyond those, at least: the search ends after ten times as many as are told.
  package let omittedCount: Int

  init(_ findings: Findings, sources: [SourceText]) {
    diagnostics = findings.diagnostics(sources: sources)
    omittedCount = findings.count - diagnostics.count
  }

  package var description: String {
    var lines = diagnostics.map(\.description)
    if omittedCount > 0 { lines.append("and at least \(omittedCount) more") }
    return lines.joined(separator: "\n")
  }
}
