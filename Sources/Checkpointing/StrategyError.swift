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

/// The spelling whose name (what stands before a colon) is at most two edits from `name` (one for names of up to four
/// characters), or nil. Names much longer than any known one are near none.
func nearestSpelling(to name: String, among spellings: [String]) -> String? {
  guard name.utf8.count <= 32 else { return nil }
  var best: (spelling: String, distance: Int)?
  for spelling in spellings {
    let known = spelling.prefix { $0 != ":" }
    let distance = editDistance(Array(name.lowercased().utf8), Array(known.lowercased().utf8))
    if distance <= (known.count <= 4 ? 1 : 2), distance < best?.distance ?? Int.max {
      best = (spelling, distance)
    }
  }
  return best?.spelling
}

/// Levenshtein distance.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var row = Array(0...right.count)
  for (i, a) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, b) in right.enumerated() {
      let substituted = diagonal + (a == b ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}
