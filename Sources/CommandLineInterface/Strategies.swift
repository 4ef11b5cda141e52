/// The spellings of `--checkpoint` that this version carries out.
enum Strategies {
  static let spellings = ["none", "sqrt", "segments:K", "every:K"]

  /// The part of a spelling before its number.
  private static func name(of spelling: String) -> String {
    String(spelling.prefix { $0 != ":" })
  }

  /// - Throws: `UsageError` for a text that is no strategy, or one that this version does not have.
  static func check(_ text: String) throws(UsageError) {
    if let sentence = notYetAvailableSentence(strategy: text) { throw UsageError(sentence) }
    let found = name(of: text)
    guard let spelling = spellings.first(where: { name(of: $0) == found }) else {
      let suggestion = nearestName(to: found, among: spellings.map(name(of:)))
      let near = spellings.first { name(of: $0) == suggestion }
      throw UsageError(
        "--checkpoint does not know \(quoted(text))" + (near.map { "; did you mean \($0)?" } ?? ";")
          + " The strategies are \(spellings.joined(separator: ", "))")
    }
    let argument = text.dropFirst(found.count)
    if spelling == found {
      guard argument.isEmpty else {
        throw UsageError("--checkpoint \(found) takes no number, found \(quoted(text))")
      }
    } else {
      guard argument.first == ":", let count = wholeNumber(argument.dropFirst()), count >= 1 else {
        throw UsageError(
          "--checkpoint \(spelling) needs a whole number of at least 1, such as \(found):4, found \(quoted(text))")
      }
    }
  }
}

/// The number that decimal digits, with or without a minus sign, stand for; nil of anything else or beyond an `Int`.
func wholeNumber(_ text: some StringProtocol) -> Int? {
  let digits = text.utf8.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
  guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
    return nil
  }
  return Int(text)
}

/// At most 60 characters of what the user wrote, in quotation marks, without control characters.
func quoted(_ text: String) -> String {
  let window = text.prefix(60)
  let shown = window.map { character -> Character in
    character.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) } ? "\u{FFFD}" : character
  }
  return "\"\(String(shown))\(window.endIndex < text.endIndex ? "…" : "")\""
}
