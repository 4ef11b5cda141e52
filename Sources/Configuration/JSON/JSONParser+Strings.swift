/// Strings and names.
extension JSONParser {
  /// The string at the opening quote; nil where it holds a mistake, which is then told.
  mutating func parseString() throws(Stopped) -> String? {
    if let plain = parsePlainString() { return plain }
    let start = position
    position += 1
    var content: [UInt8] = []
    var isValid = true
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        // Bytes that are no UTF-8 have been told already.
        guard isValid, let string = String(validating: content, as: UTF8.self) else { return nil }
        return string
      case UInt8(ascii: "\\"):
        if !parseEscape(into: &content) { isValid = false }
      case 0x0A, 0x0D:
        throw stop(
          "found a string that is not closed on its line, allowed: a closing \" before the line ends", at: start)
      case 0..<0x20:
        report(
          "found the control character U+\(hexadecimal(Int(byte), digits: 4)) in a string, allowed: "
            + "\\u\(hexadecimal(Int(byte), digits: 4))", at: position)
        isValid = false
        position += 1
      default:
        content.append(byte)
        position += 1
      }
    }
    throw stop("found a string that is not closed, allowed: a closing \" before the \(textName) ends", at: start)
  }

  /// The string at the opening quote where it is closed, all ASCII and without escapes, as most are.
  private mutating func parsePlainString() -> String? {
    var end = position + 1
    while end < bytes.count, (0x20..<0x80).contains(bytes[end]), bytes[end] != UInt8(ascii: "\""),
      bytes[end] != UInt8(ascii: "\\")
    {
      end += 1
    }
    guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return nil }
    defer { position = end + 1 }
    return String(decoding: bytes[position + 1..<end], as: UTF8.self)
  }

  /// Appends what the escape at the backslash stands for; false where it stands for nothing, which is then told.
  private mutating func parseEscape(into content: inout [UInt8]) -> Bool {
    let start = position
    position += 1
    // A backslash before the end of the line or text: the string is not closed, which its reader tells.
    guard position < bytes.count, bytes[position] != 0x0A, bytes[position] != 0x0D else { return false }
    let plain: UInt8
    switch bytes[position] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = bytes[position]
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"):
      position += 1
      return parseCodePoint(escapeStart: start, into: &content)
    default:
      report(
        "found the escape \\\(unquotedHere()), allowed: \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four "
          + "hexadecimal digits", at: start)
      position += utf8Length(bytes, at: position) ?? 1
      return false
    }
    content.append(plain)
    position += 1
    return true
  }

  /// Reads the digits after `\u`, and the second half where they are the first half of a surrogate pair.
  private mutating func parseCodePoint(escapeStart: Int, into content: inout [UInt8]) -> Bool {
    guard let first = parseFourDigits() else {
      report("found \\u without four hexadecimal digits, allowed: \\u0000 to \\uFFFF", at: escapeStart)
      return false
    }
    var value = first
    if (0xD800..<0xDC00).contains(first), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    {
      let afterFirst = position
      position += 2
      if let second = parseFourDigits(), (0xDC00..<0xE000).contains(second) {
        value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
      } else {
        position = afterFirst
      }
    }
    guard let scalar = Unicode.Scalar(value) else {
      report(
        "found the lone surrogate \\u\(hexadecimal(Int(first), digits: 4)), allowed: surrogates in pairs",
        at: escapeStart)
      return false
    }
    content.append(contentsOf: String(Character(scalar)).utf8)
    return true
  }

  private mutating func parseFourDigits() -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    position += 4
    return value
  }

  /// The text between single quotes on one line; what it is a mistake for is the caller's to tell.
  mutating func parseSingleQuoted() throws(Stopped) -> String {
    let start = position
    position += 1
    while position < bytes.count, bytes[position] != 0x0A, bytes[position] != UInt8(ascii: "'") { position += 1 }
    guard position < bytes.count, bytes[position] == UInt8(ascii: "'") else {
      throw stop("found \"'\", allowed: strings in double quotes", at: start)
    }
    position += 1
    return String(decoding: bytes[start + 1..<position - 1], as: UTF8.self)
  }

  /// The key at the position; nil where it holds a mistake that leaves its letters unknown.
  mutating func parseName() throws(Stopped) -> String? {
    let start = position
    switch bytes[position] {
    case UInt8(ascii: "\""): return try parseString()
    case UInt8(ascii: "'"):
      let name = try parseSingleQuoted()
      report("found the key '\(shortened(name))', allowed: double quotes", at: start)
      return name
    case let byte where JSONParser.isWordByte(byte):
      let name = takeWord()
      report("found the key \(shortened(name)) without quotes, allowed: \"\(shortened(name))\"", at: start)
      return name
    default: throw stop("found \(foundHere()), allowed: a key in double quotes or \"}\"", at: position)
    }
  }

  /// The character at the position, for an escape's message.
  private func unquotedHere() -> String {
    let length = utf8Length(bytes, at: position) ?? 1
    return shortened(String(decoding: bytes[position..<position + length], as: UTF8.self))
  }
}
