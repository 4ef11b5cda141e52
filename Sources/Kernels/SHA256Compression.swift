internal import COneDNN

/// SHA-256's compression function (FIPS 180-4) by the processor's own instructions, several times as fast as without.
package enum SHA256Instructions {
  /// Whether the processor has them.
  package static let areAvailable = bptrainHasSHA256() != 0

  /// Takes whole blocks of a message in.
  ///
  /// - Parameter message: a multiple of 64 bytes.
  /// - Precondition: the processor has the instructions.
  package static func compress(_ state: inout InlineArray<8, UInt32>, _ message: borrowing RawSpan) {
    precondition(areAvailable && message.byteCount.isMultiple(of: 64), "whole blocks, and instructions for them")
    var span = state.mutableSpan
    unsafe message.withUnsafeBytes { bytes in
      unsafe span.withUnsafeMutableBufferPointer { words in
        guard let state = words.baseAddress, let start = bytes.baseAddress else { return }
        unsafe bptrainSHA256(state, start, bytes.count / 64)
      }
    }
  }
}
