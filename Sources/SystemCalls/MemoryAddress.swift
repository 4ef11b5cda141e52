/// The address of a byte of raw memory, as a value: it can be planned with, added to and printed, and only
/// `SystemCalls`, `ArenaMemory` and `Kernels` turn it into a pointer.
package struct MemoryAddress: Hashable, Sendable {
  package let bitPattern: UInt

  package init(bitPattern: UInt) {
    self.bitPattern = bitPattern
  }

  /// The address `byteCount` bytes further on.
  package func advanced(by byteCount: Int) -> MemoryAddress {
    MemoryAddress(bitPattern: bitPattern &+ UInt(bitPattern: byteCount))
  }
}
