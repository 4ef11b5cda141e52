package import SystemCalls

/// A data or weights file that cannot be used: where, what was found, what was needed.
///
/// ```
/// digits.csv:17:5: column "pixel4" has the text "abc" where a number is needed
/// ```
package struct DataFileError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// The file was read, but what is in it is wrong.
    case content
    /// The file is missing or cannot be read.
    case unreadable
  }

  package let kind: Kind
  /// The file as it was named to the program.
  package let path: String
  /// The line in the file, the first being 1; nil where the file has no lines or none is to blame.
  package let line: Int?
  /// The value's number in its line, the first being 1.
  package let column: Int?
  /// What was found and what is needed.
  package let sentence: String

  /// Wrong content.
  package init(path: String, line: Int? = nil, column: Int? = nil, _ sentence: String) {
    kind = .content
    self.path = path
    self.line = line
    self.column = column
    self.sentence = sentence
  }

  /// A file that the system would not let us read.
  package init(unreadable path: String, _ error: SystemCallError) {
    kind = .unreadable
    self.path = path
    line = nil
    column = nil
    sentence = "cannot be read: \(error.reason)"
  }

  package var description: String {
    var place = path
    if let line { place += ":\(line)" }
    if let column { place += ":\(column)" }
    return "\(place): \(sentence)"
  }
}

/// Opens a file once, whatever its kind; what the system refuses is a `DataFileError` of kind `unreadable`.
///
/// - Parameter prefix: as for `InputFile`.
func openDataFile(atPath path: String, startingWith prefix: [UInt8] = []) throws(DataFileError) -> InputFile {
  do throws(SystemCallError) {
    return try InputFile(path: path, startingWith: prefix)
  } catch {
    throw DataFileError(unreadable: path, error)
  }
}
