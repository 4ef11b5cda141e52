import SystemCalls

/// The text of a CSV file, of which a window is in memory at a time, so that reading a table takes no more memory than
/// the table.
///
/// Rows are read from a scanner that sees the window alone. One that meets the window's end may be cut off: it is read
/// again with more of the file.
struct CSVText {
  private(set) var scanner: CSVScanner
  private let file: ReadableFile?
  /// Bytes of the file up to the window's end.
  private var offset: Int
  private let path: String

  /// Bytes that are read at a time.
  private static let windowByteCount = 1 << 20

  /// A row beyond this is told of as it stands in the window.
  private static let largestWindow = 256 << 20
  /// The same of quoted cells, as a quote that is never closed takes in all that follows.
  private static let largestWindowOfQuotes = 16 << 20

  /// Text at hand.
  init(_ bytes: [UInt8], path: String) {
    self.init(bytes, of: nil, path: path)
  }

  private init(_ bytes: [UInt8], of file: ReadableFile?, path: String) {
    scanner = CSVScanner(bytes)
    offset = bytes.count
    self.file = file
    self.path = path
  }

  /// - Throws: `DataFileError`, `unreadable`.
  init(path: String) throws(DataFileError) {
    let file: ReadableFile
    switch try openDataFile(atPath: path) {
    case .regular(let regular): file = regular
    case .bytes(let bytes):
      self.init(bytes, path: path)
      return
    }
    do throws(SystemCallError) {
      let window = try file.read(atByte: 0, count: min(Self.windowByteCount, file.byteCount))
      self.init(window, of: file, path: path)
    } catch {
      throw DataFileError(unreadable: path, error)
    }
  }

  /// Bytes of the whole text.
  var byteCount: Int { file?.byteCount ?? offset }

  /// Whether the window reaches the text's end.
  var isAtEnd: Bool { offset == byteCount }

  /// Line ends in the whole text. Reads a file to its end.
  func lineEndCount() throws(DataFileError) -> Int {
    guard let file else { return scanner.bytes.count { $0 == UInt8(ascii: "\n") } }
    var count = 0
    var buffer = [UInt8](repeating: 0, count: min(Self.windowByteCount, max(1, file.byteCount)))
    do throws(SystemCallError) {
      for start in stride(from: 0, to: file.byteCount, by: buffer.count) {
        let length = min(buffer.count, file.byteCount - start)
        try file.read(atByte: start, into: &buffer, count: length)
        count += buffer[..<length].count { $0 == UInt8(ascii: "\n") }
      }
    } catch {
      throw DataFileError(unreadable: path, error)
    }
    return count
  }

  /// Reads something from the scanner; what meets the window's end before the text's is read again from a larger
  /// window.
  mutating func read<Result>(_ body: (inout CSVScanner) throws(DataFileError) -> Result) throws(DataFileError) -> Result
  {
    if !isAtEnd, scanner.unreadByteCount < Self.windowByteCount / 2 { try extend() }
    while true {
      var trial = scanner
      let result: Result
      do throws(DataFileError) {
        result = try body(&trial)
      } catch {
        // An error of text that is cut off is none.
        let isCutOff = !trial.bytes[trial.position...].contains(UInt8(ascii: "\n"))
        let isInsideQuotes = trial.position == trial.bytes.count
        let largest = isInsideQuotes ? Self.largestWindowOfQuotes : Self.largestWindow
        guard isCutOff, !isAtEnd, scanner.unreadByteCount < largest else { throw error }
        try extend()
        continue
      }
      if trial.unreadByteCount > 0 || isAtEnd {
        scanner = trial
        return result
      }
      try extend()
    }
  }

  /// Doubles what is at hand, or brings it to a window's size at least.
  private mutating func extend() throws(DataFileError) {
    guard let file else { return }
    let count = min(max(Self.windowByteCount, scanner.unreadByteCount), file.byteCount - offset)
    do throws(SystemCallError) {
      scanner.moveWindow(appending: try file.read(atByte: offset, count: count))
    } catch {
      throw DataFileError(unreadable: path, error)
    }
    offset += count
  }
}
