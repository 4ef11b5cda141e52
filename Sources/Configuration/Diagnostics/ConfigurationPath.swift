/// The keys and indices from the root to a value.
struct ConfigurationPath: Hashable, Sendable, CustomStringConvertible {
  enum Step: Hashable, Sendable {
    case key(String)
    case index(Int)
  }

  var steps: [Step] = []

  /// The steps joined by dots, as overrides write them; keys that no configuration has are shortened.
  var description: String {
    steps.map { step in
      switch step {
      case .key(let key): shortened(key)
      case .index(let index): String(index)
      }
    }.joined(separator: ".")
  }

  mutating func push(_ key: String) { steps.append(.key(key)) }
  mutating func push(_ index: Int) { steps.append(.index(index)) }
  mutating func pop() { steps.removeLast() }
}

/// At most 40 characters of a text, fit for a terminal.
func shortened(_ text: String) -> String {
  // The window is cut in bytes first: a single character may be as long as the file.
  let window = String(decoding: text.utf8.prefix(400), as: UTF8.self)
  let characters = window.prefix(41)
  let isWhole = window.utf8.count == text.utf8.count && characters.count <= 40
  return String(characters.prefix(40).map(displayed)) + (isWhole ? "" : "…")
}
