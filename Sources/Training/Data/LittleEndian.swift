extension FixedWidthInteger where Self: UnsignedInteger {
  /// The integer whose bytes, least first, stand at `offset`.
  @inline(__always)
  init(littleEndian bytes: borrowing [UInt8], at offset: Int) {
    var value: Self = 0
    for place in 0..<Self.bitWidth / 8 { value |= Self(truncatingIfNeeded: bytes[offset + place]) << (8 * place) }
    self = value
  }
}

extension [UInt8] {
  /// Appends an integer's bytes, least first.
  @inline(__always)
  mutating func appendLittleEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
    for place in 0..<value.bitWidth / 8 { append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
  }
}
