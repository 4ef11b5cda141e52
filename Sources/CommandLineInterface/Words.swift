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
