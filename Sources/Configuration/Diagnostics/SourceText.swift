/// Bytes of one of the texts a configuration is made from: the file is text 0, overrides follow.
struct SourceRange: Hashable, Sendable {
  var text: Int
  var start: Int
  var end: Int
}

/// A text that values were read from, and what errors call it.
struct SourceText: Sendable {
  enum Origin: Hashable, Sendable {
    case file(String)
    /// An option of the command line as the user wrote it.
    case option(String)
  }

  let origin: Origin
  let bytes: [UInt8]

  /// The bytes of a range, cut to what this text has.
  func slice(_ range: SourceRange) -> ArraySlice<UInt8> {
    let start = min(max(range.start, 0), bytes.count)
    return bytes[start..<min(max(range.end, start), bytes.count)]
  }
}

/// Finds lines and columns in a text; lines end with a line feed. Making one is linear in the text.
struct LineTable {
  private let bytes: [UInt8]
  private let lineStarts: [Int]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var starts = [0]
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
    lineStarts = starts
  }

  /// The line and column from 1 of a byte; the column counts characters as a reader sees them.
  func position(of offset: Int) -> (line: Int, column: Int) {
    let line = lineIndex(of: offset)
    let start = lineStarts[line] + (line == 0 ? byteOrderMarkLength(bytes) : 0)
    guard start < offset else { return (line + 1, 1) }
    let prefix = bytes[start..<min(offset, bytes.count)]
    // Finding whole characters is slow; in lines that only a program wrote, scalars are near enough.
    let count =
      prefix.count <= 4096
      ? String(decoding: prefix, as: UTF8.self).count : prefix.count { $0 & 0xC0 != 0x80 }
    return (line + 1, count + 1)
  }

  /// The line around a byte as it may be shown: at most about a hundred characters, one column each; nil where the
  /// line is empty.
  func excerpt(at offset: Int) -> Diagnostic.Excerpt? {
    let line = lineIndex(of: offset)
    let start = lineStarts[line] + (line == 0 ? byteOrderMarkLength(bytes) : 0)
    var end = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    guard start < end else { return nil }
    let middle = min(max(offset, start), end)
    // A character is seldom longer than eight bytes, and a window may begin anywhere but inside a scalar.
    var low = max(start, middle - 800)
    while low > start, low < middle, bytes[low] & 0xC0 == 0x80 { low += 1 }
    var high = min(end, middle + 800)
    while high > middle, high < end, bytes[high] & 0xC0 == 0x80 { high -= 1 }
    var before = String(decoding: bytes[low..<middle], as: UTF8.self).map(displayed)
    var after = String(decoding: bytes[middle..<high], as: UTF8.self).map(displayed)
    if low > start || high < end || before.count + after.count > 100 {
      if low > start || before.count > 60 { before = ["…"] + before.suffix(60) }
      if high < end || after.count > 40 { after = after.prefix(40) + ["…"] }
    }
    return Diagnostic.Excerpt(line: String(before + after), caret: before.count)
  }

  private func lineIndex(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

/// The bytes that a UTF-8 byte order mark at the start takes.
func byteOrderMarkLength(_ bytes: [UInt8]) -> Int {
  bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
}

/// What a terminal may be sent in place of a character: control and direction characters become U+FFFD, a tab a space.
func displayed(_ character: Character) -> Character {
  if character == "\t" { return " " }
  for scalar in character.unicodeScalars {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: return "\u{FFFD}"
    default: continue
    }
  }
  return character
}
