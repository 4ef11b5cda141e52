/// One event of a TensorBoard log as bytes: a framed record around a protocol-buffer message `tensorflow.Event`.
///
/// ```
/// Event    double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5
/// Summary  repeated Value value = 1
/// Value    string tag = 1; float simple_value = 2
/// ```
package enum TensorBoardEvent {
  /// The event that every file begins with.
  package static func fileVersion(wallTime: Double) -> [UInt8] {
    framedRecord(field(1, wallTime) + field(3, Array("brain.Event:2".utf8)))
  }

  /// Numbers under their tags at a step.
  ///
  /// - Parameter step: not negative.
  package static func scalars(
    _ scalars: [(tag: String, value: Double)], step: Int, wallTime: Double
  ) -> [UInt8] {
    let values = scalars.flatMap { scalar in
      field(1, field(1, Array(scalar.tag.utf8)) + field(2, Float(scalar.value)))
    }
    return framedRecord(field(1, wallTime) + field(2, step) + field(5, values))
  }

  // MARK: Fields: number and wire type, then the value

  private static func field(_ number: UInt8, _ value: Double) -> [UInt8] {
    [number << 3 | 1] + littleEndian(value.bitPattern)
  }

  private static func field(_ number: UInt8, _ value: Float) -> [UInt8] {
    [number << 3 | 5] + littleEndian(value.bitPattern)
  }

  private static func field(_ number: UInt8, _ value: Int) -> [UInt8] { [number << 3] + variable(UInt64(value)) }

  private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    [number << 3 | 2] + variable(UInt64(bytes.count)) + bytes
  }

  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
  private static func variable(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
