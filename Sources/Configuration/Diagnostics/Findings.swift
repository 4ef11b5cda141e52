/// A mistake that has not yet been given its line and column.
struct Finding: Hashable, Sendable {
  var range: SourceRange
  var keyPath: String
  var message: String
}

/// The mistakes found so far; beyond a bound they are only counted.
struct Findings: Sendable {
  private(set) var kept: [Finding] = []
  private(set) var count = 0
  /// Enough to tell the first ones in the order of the file although they are not found in that order.
  private static let keptLimit = 10 * Limits.diagnostics

  var isEmpty: Bool { count == 0 }
  /// Whether looking for further mistakes is no use: none would be told.
  var isFull: Bool { kept.count == Findings.keptLimit }

  /// Adds a mistake; the sentence is made only where it is kept.
  mutating func append(_ finding: @autoclosure () -> Finding) {
    count += 1
    if kept.count < Findings.keptLimit { kept.append(finding()) }
  }

  /// Adds the mistakes that another found in the same texts.
  mutating func append(contentsOf other: Findings) {
    kept += other.kept.prefix(Findings.keptLimit - kept.count)
    count += other.count
  }

  /// The first ``Limits/diagnostics`` mistakes in the order of the file, those of overrides after them.
  func diagnostics(sources: [SourceText]) -> [Diagnostic] {
    let ordered = kept.enumerated().sorted { first, second in
      let left = first.element.range
      let right = second.element.range
      return (left.text, left.start, first.offset) < (right.text, right.start, second.offset)
    }
    let fileLines = sources.first.map { LineTable($0.bytes) }
    return ordered.prefix(Limits.diagnostics).map { _, finding in
      switch sources[finding.range.text].origin {
      case .option(let option):
        return Diagnostic(
          place: .option(option), keyPath: finding.keyPath, message: finding.message, excerpt: nil)
      case .file(let name):
        let table = fileLines ?? LineTable(sources[finding.range.text].bytes)
        let (line, column) = table.position(of: finding.range.start)
        return Diagnostic(
          place: .file(name: name, line: line, column: column), keyPath: finding.keyPath, message: finding.message,
          excerpt: table.excerpt(at: finding.range.start))
      }
    }
  }
}
