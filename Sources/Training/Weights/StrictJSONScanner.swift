/// Reads the parts of JSON (RFC 8259) that safetensors headers are made of: objects, strings, arrays of whole numbers.
/// The caller says what comes next, so the depth is the caller's and hostile nesting is refused where it begins.
struct StrictJSONScanner {
  struct Malformed: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
      self.description = description
    }
  }

  private let bytes: [UInt8]
  private var position = 0

  /// - Parameter bytes: valid UTF-8.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Malformed) {
    guard take(character) else { throw unexpected(needed: "'\(character)'") }
  }

  /// Nothing but blanks may be left.
  mutating func end() throws(Malformed) {
    skipBlanks()
    guard position == bytes.count else { throw unexpected(needed: "nothing") }
  }

  /// Reads an object; `member` reads each value.
  mutating func object(
    _ member: (inout StrictJSONScanner, _ key: String) throws(Malformed) -> Void
  ) throws(Malformed) {
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while take(",")
    try expect("}")
  }

  /// Reads an array of whole numbers that are not negative.
  mutating func wholeNumbers() throws(Malformed) -> [Int] {
    try expect("[")
    if take("]") { return [] }
    var numbers: [Int] = []
    repeat { numbers.append(try wholeNumber()) } while take(",")
    try expect("]")
    return numbers
  }

  private mutating func wholeNumber() throws(Malformed) -> Int {
    skipBlanks()
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    let digits = bytes[start..<position]
    guard !digits.isEmpty, digits.count == 1 || digits.first != 0x30 else {
      position = start
      throw unexpected(needed: "a whole number")
    }
    guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
      throw Malformed("the number \(String(decoding: digits.prefix(40), as: UTF8.self)) is too large")
    }
    return number
  }

  mutating func string() throws(Malformed) -> String {
    guard take("\"") else { throw unexpected(needed: "a string") }
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        position += 1
        content.append(contentsOf: String(try escaped()).utf8)
      case 0..<0x20:
        throw Malformed("a string has a control character")
      default:
        position += 1
        content.append(byte)
      }
    }
    throw Malformed("a string is never closed")
  }

  /// The character that stands behind a backslash.
  private mutating func escaped() throws(Malformed) -> Character {
    guard position < bytes.count else { throw Malformed("a string is never closed") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(byte))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try fourHexadecimalDigits()
      if (0xD800...0xDBFF).contains(code), bytes[position...].starts(with: "\\u".utf8) {
        position += 2
        let low = try fourHexadecimalDigits()
        guard (0xDC00...0xDFFF).contains(low) else { throw Malformed("a string has half of a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw Malformed("a string has half of a surrogate pair") }
      return Character(scalar)
    default:
      position -= 1
      throw unexpected(needed: "an escape")
    }
  }

  private mutating func fourHexadecimalDigits() throws(Malformed) -> UInt32 {
    let digits = bytes[position...].prefix(4)
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.count == 4, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let code = UInt32(text, radix: 16)
    else { throw Malformed("a string has \\u without four hexadecimal digits") }
    position += 4
    return code
  }

  private func unexpected(needed: String) -> Malformed {
    guard position < bytes.count else { return Malformed("\(needed) is needed where it ends") }
    return Malformed("\(needed) is needed at byte \(position), \(quoted(bytes[position...].prefix(12)))")
  }
}
