internal import SystemCalls

/// float32 to bfloat16, which is the upper half of it, and back.
enum ReferenceConversion {
  /// Rounds to the nearest, ties to even.
  static func narrow(_ x: Matrix<Float>, to address: MemoryAddress) {
    let rounded = unsafe halves(at: address, count: x.count)
    for index in 0..<x.count { unsafe rounded[index] = Conversion.rounded(x[index]) }
  }

  static func widen(_ address: MemoryAddress, to x: Matrix<Float>) {
    let rounded = unsafe halves(at: address, count: x.count)
    for index in 0..<x.count { unsafe x[index] = Float(bitPattern: UInt32(rounded[index]) << 16) }
  }

  private static func halves(at address: MemoryAddress, count: Int) -> UnsafeMutableBufferPointer<UInt16> {
    unsafe UnsafeMutableBufferPointer(start: UnsafeMutablePointer(bitPattern: address.bitPattern), count: count)
  }
}
