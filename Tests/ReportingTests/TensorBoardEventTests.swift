import Reporting
import Testing

/// The bytes of event files, by hand and by published check values.
@Suite struct TensorBoardEventTests {
  /// RFC 3720, appendix B.4, and the check value of the CRC catalogues.
  static let checksums: [([UInt8], UInt32)] = [
    (Array("123456789".utf8), 0xE306_9283), (Array(repeating: 0, count: 32), 0x8A91_36AA),
    (Array(repeating: 0xFF, count: 32), 0x62A8_AB43), (Array(0..<32), 0x46DD_794E), ([], 0),
  ]

  @Test(arguments: checksums) func checksumsAreCastagnolis(bytes: [UInt8], expected: UInt32) {
    #expect(crc32c(bytes[...]) == expected)
  }

  @Test func aScalarIsFramedAsTheFormatSays() {
    var bytes: [UInt8] = []
    TensorBoardEvent.append([("a", 0.5)], step: 300, wallTime: 1, to: &bytes)
    let event: [UInt8] =
      [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x10, 0xAC, 0x02, 0x2A, 0x0A, 0x0A, 0x08, 0x0A, 0x01, 0x61, 0x15]
      + [0, 0, 0, 0x3F]
    #expect(Array(bytes.prefix(8)) == [UInt8(event.count), 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes.dropFirst(12).dropLast(4)) == event)
    #expect(bytes.count == event.count + 16)
    // Another follows it, whatever stood before.
    let first = bytes
    TensorBoardEvent.append([("a", 0.5)], step: 300, wallTime: 1, to: &bytes)
    #expect(bytes == first + first)
  }
}
