/// Walks over the cells of comma-separated text, RFC 4180: quoted cells may hold commas, line ends and doubled quotes;
/// lines end in LF or CR LF; a byte order mark is passed over.
struct CSVScanner {
  /// What stands behind a cell.
  enum Separator {
    case comma
    case lineEnd
    case fileEnd
  }

  /// Why a cell cannot be read at all.
  enum Malformed: Error {
    case quoteNeverClosed
    case textAfterQuote
  }

  /// The text at hand: all that is left of a file, or a window of it.
  private(set) var bytes: [UInt8]
  private(set) var position: Int
  /// The line of `position`, the first being 1.
  private(set) var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// Bytes at hand that have not been passed over.
  var unreadByteCount: Int { bytes.count - position }

  /// Puts the window further on: what has been passed over goes, `more` comes behind the rest.
  mutating func moveWindow(appending more: [UInt8]) {
    bytes.removeSubrange(..<position)
    bytes.append(contentsOf: more)
    position = 0
  }

  /// The number in the cell at `position` if the cell is just that, unquoted, blanks around it allowed. Stops before
  /// the separator; leaves `position` alone if the cell is anything else.
  @inline(__always)
  mutating func number() -> Double? {
    var cursor = position
    while cursor < bytes.count, isBlank(bytes[cursor]) { cursor += 1 }
    guard let value = parseDecimal(bytes, at: &cursor) else { return nil }
    while cursor < bytes.count, isBlank(bytes[cursor]) { cursor += 1 }
    guard endsCell(at: cursor) else { return nil }
    position = cursor
    return value
  }

  /// The text of the cell at `position`, quotes removed and, if it is unquoted, blanks around it too. Stops before the
  /// separator; at the end of all text where what is wrong may be due to that end.
  mutating func text() throws(Malformed) -> [UInt8] {
    var cursor = position
    while cursor < bytes.count, isBlank(bytes[cursor]) { cursor += 1 }
    guard cursor < bytes.count, bytes[cursor] == UInt8(ascii: "\"") else {
      var end = cursor
      while !endsCell(at: end) { end += 1 }
      position = end
      while end > cursor, isBlank(bytes[end - 1]) { end -= 1 }
      return Array(bytes[cursor..<end])
    }
    cursor += 1
    var content: [UInt8] = []
    var linesPassed = 0
    while true {
      guard cursor < bytes.count else {
        position = bytes.count
        throw .quoteNeverClosed
      }
      let byte = bytes[cursor]
      cursor += 1
      if byte == UInt8(ascii: "\"") {
        guard cursor < bytes.count, bytes[cursor] == UInt8(ascii: "\"") else { break }
        cursor += 1
      } else if byte == UInt8(ascii: "\n") {
        linesPassed += 1
      }
      content.append(byte)
    }
    while cursor < bytes.count, isBlank(bytes[cursor]) { cursor += 1 }
    guard endsCell(at: cursor) else {
      // A carriage return may be half of a line end.
      if cursor + 1 >= bytes.count { position = bytes.count }
      throw .textAfterQuote
    }
    position = cursor
    line += linesPassed
    return content
  }

  /// Passes over the separator at `position`, where a cell has just ended.
  @inline(__always)
  mutating func separator() -> Separator {
    guard position < bytes.count else { return .fileEnd }
    switch bytes[position] {
    case UInt8(ascii: ","):
      position += 1
      return .comma
    case UInt8(ascii: "\r"):
      position += 2
    default:
      position += 1
    }
    line += 1
    return .lineEnd
  }

  /// Whether only empty lines are left.
  var onlyBlankLinesAreLeft: Bool {
    bytes[position...].allSatisfy { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
  }

  /// Passes over everything that is left.
  mutating func skipToEnd() {
    position = bytes.count
  }

  /// Whether the line at `position` has no byte in it.
  @inline(__always)
  var isAtBlankLine: Bool {
    guard position < bytes.count else { return false }
    return bytes[position] != UInt8(ascii: ",") && endsCell(at: position)
  }

  @inline(__always)
  private func endsCell(at index: Int) -> Bool {
    guard index < bytes.count else { return true }
    switch bytes[index] {
    case UInt8(ascii: ","), UInt8(ascii: "\n"): return true
    case UInt8(ascii: "\r"): return index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "\n")
    default: return false
    }
  }

  @inline(__always)
  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }
}
