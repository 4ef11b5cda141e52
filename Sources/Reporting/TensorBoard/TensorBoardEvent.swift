/// One event of a TensorBoard log as bytes: a framed record around a protocol-buffer message `tensorflow.Event`.
///
/// ```
/// Event    double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5
/// Summary  repeated Value value = 1
/// Value    string tag = 1; float simple_value = 2
/// ```
package enum TensorBoardEvent {
  /// Appends the event that every file begins with.
  package static func appendFileVersion(wallTime: Double, to file: inout [UInt8]) {
    appendRecord(to: &file) { event in
      append(1, wallTime, to: &event)
      append(3, "brain.Event:2", to: &event)
    }
  }

  /// Appends numbers under their tags at a step. A run may write thousands of such events a second: each is written
  /// where it stays.
  ///
  /// - Parameter step: not negative.
  package static func append(
    _ scalars: [(tag: String, value: Double)], step: Int, wallTime: Double, to file: inout [UInt8]
  ) {
    let summaryCount = scalars.reduce(0) { $0 + byteCount(ofMessageOf: valueByteCount($1.tag)) }
    appendRecord(to: &file) { event in
      append(1, wallTime, to: &event)
      event.append(2 << 3)
      appendVariable(UInt64(step), to: &event)
      appendHead(5, byteCount: summaryCount, to: &event)
      for (tag, value) in scalars {
        appendHead(1, byteCount: valueByteCount(tag), to: &event)
        append(1, tag, to: &event)
        event.append(2 << 3 | 5)
        Reporting.append(Float(value).bitPattern, to: &event)
      }
    }
  }

  /// Of a `Value`: its tag and a float.
  private static func valueByteCount(_ tag: String) -> Int { byteCount(ofMessageOf: tag.utf8.count) + 5 }

  /// Of a field that holds so many bytes.
  private static func byteCount(ofMessageOf count: Int) -> Int {
    var lengthCount = 1
    while count >> (7 * lengthCount) > 0 { lengthCount += 1 }
    return 1 + lengthCount + count
  }

  // MARK: Fields: number and wire type, then the value

  private static func append(_ number: UInt8, _ value: Double, to bytes: inout [UInt8]) {
    bytes.append(number << 3 | 1)
    Reporting.append(value.bitPattern, to: &bytes)
  }

  private static func append(_ number: UInt8, _ text: String, to bytes: inout [UInt8]) {
    appendHead(number, byteCount: text.utf8.count, to: &bytes)
    bytes.append(contentsOf: text.utf8)
  }

  private static func appendHead(_ number: UInt8, byteCount: Int, to bytes: inout [UInt8]) {
    bytes.append(number << 3 | 2)
    appendVariable(UInt64(byteCount), to: &bytes)
  }

  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
  private static func appendVariable(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
