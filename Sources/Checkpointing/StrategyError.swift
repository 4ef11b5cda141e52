/// A text that names no strategy.
package enum StrategyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The name is none of those known; `suggestion` is the nearest spelling, where one is near.
  case unknown(found: String, suggestion: String?)
  /// The name is known, and what follows it is wrong.
  case wrongArgument(found: String, allowed: String)

  package var description: String {
    switch self {
    case .unknown(let found, _), .wrongArgument(let found, _):
      "the checkpoint strategy was \"\(found)\"; allowed is \(allowed)"
    }
  }

  /// What would work, for sentences that say otherwise what was found.
  package var allowed: String {
    switch self {
    case .unknown(_, let suggestion):
      Strategy.spellings.joined(separator: ", ") + (suggestion.map { " (did you mean \($0)?)" } ?? "")
    case .wrongArgument(_, let allowed): allowed
    }
  }
}

/// The spelling whose name (what stands before a colon) is the nearest to a misspelt one; nil where none is near.
func nearestSpelling(to name: String, among spellings: [String]) -> String? {
  let names = spellings.map { String($0.prefix { $0 != ":" }) }
  return nearestName(to: name, among: names).flatMap { near in
    zip(names, spellings).first { $0.0 == near }?.1
  }
}
