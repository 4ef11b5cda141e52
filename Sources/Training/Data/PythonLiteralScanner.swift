/// Reads the few Python literals that NPY headers are made of: strings without escapes, True and False, tuples of whole
/// numbers. Nothing nests, so nothing recurses.
struct PythonLiteralScanner {
  struct Malformed: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
      self.description = description
    }
  }

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  private mutating func skipBlanks() {
    while position < bytes.endIndex, [0x20, 0x09, 0x0A].contains(bytes[position]) { position += 1 }
  }

  /// Passes over one character, if it is next.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard position < bytes.endIndex, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(Malformed) {
    guard take(character) else { throw unexpected(needed: "'\(character)'") }
  }

  /// Nothing but blanks may be left.
  mutating func end() throws(Malformed) {
    skipBlanks()
    guard position == bytes.endIndex else { throw unexpected(needed: "nothing") }
  }

  mutating func string() throws(Malformed) -> String {
    skipBlanks()
    guard position < bytes.endIndex, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[position]) else {
      throw unexpected(needed: "a string")
    }
    let quote = bytes[position]
    guard let end = bytes[(position + 1)...].firstIndex(of: quote) else {
      throw Malformed("a string is never closed")
    }
    let content = bytes[(position + 1)..<end]
    position = end + 1
    return String(decoding: content, as: UTF8.self)
  }

  mutating func boolean() throws(Malformed) -> Bool {
    skipBlanks()
    for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw unexpected(needed: "True or False")
  }

  /// A tuple of whole numbers: `()`, `(3,)`, `(3, 4)`, `(3, 4,)`.
  mutating func tuple() throws(Malformed) -> [Int] {
    try expect("(")
    var numbers: [Int] = []
    while !take(")") {
      numbers.append(try wholeNumber())
      if take(",") { continue }
      // (3) is a number in brackets, not a tuple.
      guard numbers.count > 1 else { throw unexpected(needed: "','") }
      try expect(")")
      break
    }
    return numbers
  }

  private mutating func wholeNumber() throws(Malformed) -> Int {
    skipBlanks()
    var number = 0
    let start = position
    while position < bytes.endIndex, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(bytes[position] - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw Malformed("a size has too many digits") }
      number = sum
      position += 1
    }
    guard position > start else { throw unexpected(needed: "a whole number") }
    return number
  }

  private func unexpected(needed: String) -> Malformed {
    guard position < bytes.endIndex else { return Malformed("\(needed) is needed where it ends") }
    return Malformed("\(needed) is needed at \(quoted(bytes[position...].prefix(12)))")
  }
}
