/// Appends a record of a TFRecord file: its length, a checksum of the length, the bytes, a checksum of the bytes.
///
/// ```
/// uint64 length | uint32 masked CRC-32C of the length | length bytes | uint32 masked CRC-32C of these    little-endian
/// ```
///
/// - Parameter fill: appends the bytes.
func appendRecord(to file: inout [UInt8], fill: (inout [UInt8]) -> Void) {
  let start = file.count
  append(0 as UInt64, to: &file)
  append(0 as UInt32, to: &file)
  let first = file.count
  fill(&file)
  var head: [UInt8] = []
  append(UInt64(file.count - first), to: &head)
  append(maskedChecksum(head[...]), to: &head)
  file.replaceSubrange(start..<first, with: head)
  append(maskedChecksum(file[first...]), to: &file)
}

/// The CRC-32C rotated and shifted by a constant, so that checksums of bytes that hold checksums stay good ones.
private func maskedChecksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  let checksum = crc32c(bytes)
  return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
}

/// The cyclic redundancy check of Castagnoli, reflected polynomial 0x82F63B78, as iSCSI and TFRecord use it.
package func crc32c(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  var remainder = UInt32.max
  for byte in bytes { remainder = remainder >> 8 ^ crcTable[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] }
  return ~remainder
}

private let crcTable: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { remainder, _ in
    remainder & 1 == 1 ? remainder >> 1 ^ 0x82F6_3B78 : remainder >> 1
  }
}

/// Appends a number, its lowest byte first.
func append<Word: FixedWidthInteger>(_ word: Word, to bytes: inout [UInt8]) {
  for index in 0..<Word.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * index))) }
}
