/// Numbers, `true`, `false`, `null` and what was meant to be one.
extension JSONParser {
  /// Whether a byte belongs to a word: a run that is read as one number, literal or bare word.
  static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// The word at the position.
  mutating func takeWord() -> String {
    let start = position
    while position < bytes.count, JSONParser.isWordByte(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  mutating func parseWord() -> JSONNode {
    let start = position
    let word = takeWord()
    let content: JSONNode.Content
    switch word {
    case "true": content = .bool(true)
    case "false": content = .bool(false)
    case "null": content = .null
    default:
      if JSONParser.isNumber(word.utf8) {
        content = parseNumber(word, at: start)
      } else {
        report("found \(shortened(word)), \(advice(for: word))", at: start)
        content = .invalid
      }
    }
    return JSONNode(content, at: range(from: start))
  }

  private mutating func parseNumber(_ word: String, at start: Int) -> JSONNode.Content {
    guard word.utf8.count <= 1000 else {
      report("found a number of \(word.utf8.count) characters, allowed: at most 1000", at: start)
      return .invalid
    }
    if let integer = Int(word) { return .integer(integer) }
    guard let number = Double(word), number.isFinite else {
      report("found \(shortened(word)), allowed: numbers up to 1.7976931348623157e+308", at: start)
      return .invalid
    }
    let mantissa = word.utf8.prefix { $0 | 0x20 != UInt8(ascii: "e") }
    if number == 0, mantissa.contains(where: { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }) {
      report("found \(shortened(word)), allowed: 0 or numbers from 5e-324", at: start)
      return .invalid
    }
    // 1e3 is an integer; 1000.0 is a fraction, if a needless one. Beyond 2^53 a Double may have been rounded.
    if !word.utf8.contains(UInt8(ascii: ".")), abs(number) < 0x1p53, let integer = Int(exactly: number) {
      return .integer(integer)
    }
    return .number(number)
  }

  private func advice(for word: String) -> String {
    switch word.lowercased() {
    case "nan", "-nan", "+nan", "infinity", "-infinity", "+infinity", "inf", "-inf", "+inf":
      return "allowed: a finite number"
    case "true", "yes", "on": return "allowed: true"
    case "false", "no", "off": return "allowed: false"
    case "null", "nil", "none", "undefined": return "allowed: null, or a string in double quotes"
    default: break
    }
    let first = word.utf8.first ?? 0
    let startsLikeNumber = first < UInt8(ascii: "A") && first != UInt8(ascii: "$")
    return startsLikeNumber
      ? "allowed: a decimal number such as 10, -0.5 or 1e-3"
      : "allowed: a string in double quotes, \"\(shortened(word))\""
  }

  /// Whether letters form a number as RFC 8259 writes it.
  static func isNumber(_ letters: String.UTF8View) -> Bool {
    var rest = letters[...]
    func digits(_ rest: inout Substring.UTF8View) -> Int {
      let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let whole = digits(&rest)
    guard whole > 0, whole == 1 || !startsWithZero else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard digits(&rest) > 0 else { return false }
    }
    if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard digits(&rest) > 0 else { return false }
    }
    return rest.isEmpty
  }
}
