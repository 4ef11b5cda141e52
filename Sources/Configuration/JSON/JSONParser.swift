/// Parses JSON with `//` and `/* */` comments and trailing commas, collecting every mistake it can recover from.
///
/// Beyond RFC 8259 it refuses duplicate names, numbers that no `Double` holds, lone surrogates and deep nesting. After
/// a missing comma, a bad escape, a bare word and the like it goes on as if what was meant had been written; after
/// anything else it stops. It never fails otherwise, whatever the bytes.
struct JSONParser {
  /// Thrown after a mistake that leaves nothing to go on with; the mistake is in `findings`.
  struct Stopped: Error {}

  let bytes: [UInt8]
  /// Which of the texts this is, for ranges.
  let text: Int
  /// What the text is called in sentences about its end.
  let textName: String
  var position: Int
  var findings = Findings()
  var path = ConfigurationPath()
  /// Is given each element of each list with its path as soon as it is read; where it says true, the list is without
  /// it. So that a list of millions need not be in memory as nodes.
  var takeElement: ((ConfigurationPath, JSONNode) -> Bool)?
  /// Opening brackets still open.
  private var depth = 0
  /// The position's line, from 1: line feeds stand in space and comments only.
  private var line = 1

  /// A bracket and what closes it.
  private struct Opening {
    let kind: String
    let closing: Character
    let line: Int
  }

  init(source: SourceText, index: Int) {
    bytes = source.bytes
    text = index
    if case .file = source.origin { textName = "file" } else { textName = "value" }
    position = byteOrderMarkLength(source.bytes)
  }

  /// The whole document; nil where parsing had to stop. `findings` holds the mistakes in either case.
  mutating func parseDocument() -> JSONNode? {
    reportInvalidUTF8()
    do throws(Stopped) {
      try skipSpace()
      guard position < bytes.count else {
        throw stop("found an empty \(textName), allowed: one object { … }", at: 0)
      }
      let root = try parseValue()
      try skipSpace()
      if position < bytes.count {
        throw stop("found \(foundHere()) after the end of the value, allowed: nothing but comments", at: position)
      }
      return root
    } catch {
      return nil
    }
  }

  // MARK: Values

  private mutating func parseValue() throws(Stopped) -> JSONNode {
    guard position < bytes.count else {
      throw stop("found the end of the \(textName), allowed: a value", at: position)
    }
    let start = position
    switch bytes[position] {
    case UInt8(ascii: "{"):
      try openBracket()
      defer { depth -= 1 }
      return try parseObject()
    case UInt8(ascii: "["):
      try openBracket()
      defer { depth -= 1 }
      return try parseArray()
    case UInt8(ascii: "\""):
      let string = try parseString()
      return JSONNode(string.map { .string($0) } ?? .invalid, at: range(from: start))
    case UInt8(ascii: "'"):
      let string = try parseSingleQuoted()
      report("found the string '\(shortened(string))', allowed: double quotes", at: start)
      return JSONNode(.invalid, at: range(from: start))
    case let byte where JSONParser.isWordByte(byte):
      return parseWord()
    default:
      throw stop("found \(foundHere()), allowed: a value", at: position)
    }
  }

  private mutating func openBracket() throws(Stopped) {
    guard depth < Limits.nesting else {
      throw stop("found brackets nested \(depth + 1) deep, allowed: at most \(Limits.nesting)", at: position)
    }
    depth += 1
  }

  private mutating func parseArray() throws(Stopped) -> JSONNode {
    let start = position
    let opening = Opening(kind: "list", closing: "]", line: line)
    position += 1
    var elements: [JSONNode] = []
    var index = 0
    while true {
      if try closesOrSkipsCommas(opening) { break }
      path.push(index)
      let element = try parseValue()
      if takeElement?(path, element) != true { elements.append(element) }
      path.pop()
      index += 1
      try expectComma(orClosing: opening)
    }
    return JSONNode(.array(elements), at: range(from: start))
  }

  private mutating func parseObject() throws(Stopped) -> JSONNode {
    let start = position
    let opening = Opening(kind: "object", closing: "}", line: line)
    position += 1
    var members: [JSONNode.Member] = []
    var index = MemberIndex()
    while true {
      if try closesOrSkipsCommas(opening) { break }
      let nameStart = position
      let name = try parseName()
      let nameRange = range(from: nameStart)
      path.push(name ?? "")
      try expectColon()
      let value = try parseValue()
      if let name, let first = index.member(named: name, among: members) {
        let line = 1 + bytes[..<first.nameRange.start].count { $0 == 0x0A }
        report("found the key again, first given on line \(line), allowed: each key once", at: nameStart)
      } else if let name {
        members.append(JSONNode.Member(name: name, nameRange: nameRange, value: value))
      }
      path.pop()
      try expectComma(orClosing: opening)
    }
    return JSONNode(.object(members), at: range(from: start))
  }

  // MARK: Punctuation

  /// Whether the closing bracket stands next, which is then passed; commas without a value before them are told.
  private mutating func closesOrSkipsCommas(_ opening: Opening) throws(Stopped) -> Bool {
    while true {
      if findings.isFull { throw Stopped() }
      try skipSpace()
      guard position < bytes.count else { throw unclosed(opening) }
      if bytes[position] == opening.closing.asciiValue {
        position += 1
        return true
      }
      guard bytes[position] == UInt8(ascii: ",") else { return false }
      report("found a comma with nothing before it, allowed: one comma after each value", at: position)
      position += 1
    }
  }

  private mutating func expectComma(orClosing opening: Opening) throws(Stopped) {
    let end = position
    try skipSpace()
    guard position < bytes.count else { throw unclosed(opening) }
    switch bytes[position] {
    case UInt8(ascii: ","): position += 1
    case let byte where byte == opening.closing.asciiValue: return
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "{"), UInt8(ascii: "["):
      report("found no comma after the value, allowed: \",\" or \"\(opening.closing)\"", at: end)
    case let byte where JSONParser.isWordByte(byte):
      report("found no comma after the value, allowed: \",\" or \"\(opening.closing)\"", at: end)
    default:
      throw stop("found \(foundHere()), allowed: \",\" or \"\(opening.closing)\"", at: position)
    }
  }

  private mutating func expectColon() throws(Stopped) {
    let end = position
    try skipSpace()
    guard position < bytes.count else {
      throw stop("found the end of the \(textName), allowed: \":\" and a value", at: position)
    }
    switch bytes[position] {
    case UInt8(ascii: ":"): position += 1
    case UInt8(ascii: "="):
      report("found \"=\" after the key, allowed: \":\"", at: position)
      position += 1
    case let byte
    where byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
      || JSONParser.isWordByte(byte):
      report("found no colon after the key, allowed: \":\"", at: end)
    default:
      throw stop("found \(foundHere()) after the key, allowed: \":\"", at: position)
    }
    try skipSpace()
  }

  /// Passes white space and comments.
  mutating func skipSpace() throws(Stopped) {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0D: position += 1
      case 0x0A:
        position += 1
        line += 1
      case UInt8(ascii: "/"):
        let start = position
        switch position + 1 < bytes.count ? bytes[position + 1] : 0 {
        case UInt8(ascii: "/"):
          while position < bytes.count, bytes[position] != 0x0A { position += 1 }
        case UInt8(ascii: "*"):
          position += 2
          while position + 1 < bytes.count,
            bytes[position] != UInt8(ascii: "*") || bytes[position + 1] != UInt8(ascii: "/")
          {
            if bytes[position] == 0x0A { line += 1 }
            position += 1
          }
          guard position + 1 < bytes.count else {
            throw stop("found a comment that is not closed, allowed: */ before the end of the \(textName)", at: start)
          }
          position += 2
        default: throw stop("found \"/\", allowed: // or /* before a comment", at: start)
        }
      default: return
      }
    }
  }

  // MARK: Telling

  mutating func report(_ message: String, at start: Int) {
    let range = range(from: start)
    let path = path
    findings.append(Finding(range: range, keyPath: path.description, message: message))
  }

  mutating func stop(_ message: String, at start: Int) -> Stopped {
    // Bytes that are no UTF-8 have been told already, by their value.
    if start < bytes.count, bytes[start] >= 0x80, utf8Length(bytes, at: start) == nil { return Stopped() }
    report(message, at: start)
    return Stopped()
  }

  private mutating func unclosed(_ opening: Opening) -> Stopped {
    stop(
      "found the end of the \(textName), and the \(opening.kind) opened on line \(opening.line) is not closed, allowed: "
        + "\",\" or \"\(opening.closing)\"", at: position)
  }

  func range(from start: Int) -> SourceRange {
    SourceRange(text: text, start: start, end: max(position, start))
  }

  /// The character at the position, quoted.
  func foundHere() -> String {
    guard position < bytes.count else { return "the end of the \(textName)" }
    let window = String(decoding: bytes[position..<min(position + 32, bytes.count)], as: UTF8.self)
    guard let character = window.first else { return "the end of the \(textName)" }
    if let value = character.unicodeScalars.first?.value, displayed(character) != character {
      return "the character U+" + hexadecimal(Int(value), digits: 4)
    }
    return "\"\(character)\""
  }

  private mutating func reportInvalidUTF8() {
    var offset = 0
    while offset < bytes.count {
      if let length = utf8Length(bytes, at: offset) {
        offset += length
        continue
      }
      let start = offset
      while offset < bytes.count, utf8Length(bytes, at: offset) == nil { offset += 1 }
      report("found the byte 0x\(hexadecimal(Int(bytes[start]), digits: 2)), allowed: UTF-8 text", at: start)
    }
  }
}

/// Finds members of an object by name. Most have so few that to look through them takes less than hashing.
private struct MemberIndex {
  private var known: [String: Int] = [:]

  /// - Parameter members: those of the last time and any after them.
  mutating func member(named name: String, among members: [JSONNode.Member]) -> JSONNode.Member? {
    guard members.count > 8 else { return members.first { $0.name == name } }
    for index in known.count..<members.count { known[members[index].name] = index }
    return known[name].map { members[$0] }
  }
}

/// A number in hexadecimal with at least so many digits.
func hexadecimal(_ value: Int, digits: Int) -> String {
  let text = String(value, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}

/// The length of the well-formed UTF-8 sequence (Unicode 15, table 3-7) at an offset; nil where there is none.
func utf8Length(_ bytes: [UInt8], at offset: Int) -> Int? {
  let lead = bytes[offset]
  if lead < 0x80 { return 1 }
  let length: Int
  var second: ClosedRange<UInt8> = 0x80...0xBF
  switch lead {
  case 0xC2...0xDF: length = 2
  case 0xE0: (length, second) = (3, 0xA0...0xBF)
  case 0xE1...0xEC, 0xEE...0xEF: length = 3
  case 0xED: (length, second) = (3, 0x80...0x9F)
  case 0xF0: (length, second) = (4, 0x90...0xBF)
  case 0xF1...0xF3: length = 4
  case 0xF4: (length, second) = (4, 0x80...0x8F)
  default: return nil
  }
  guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else { return nil }
  for index in offset + 2..<max(offset + length, offset + 2) where bytes[index] & 0xC0 != 0x80 { return nil }
  return length
}
