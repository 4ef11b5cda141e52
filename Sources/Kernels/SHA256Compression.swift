internal import COneDNN

/// SHA-256's compression function (FIPS 180-4), by the processor's own instructions where it has them.
package enum SHA256Compression {
  package static let hasInstructions = bptrainHasSHA256() != 0

  /// Takes whole blocks of a message in.
  ///
  /// - Parameters:
  ///   - message: a multiple of 64 bytes, as they stand in the message.
  ///   - usesInstructions: only where the processor has them.
  package static func compress<Word: BitwiseCopyable>(
    _ state: inout InlineArray<8, UInt32>, _ message: borrowing Span<Word>, usesInstructions: Bool = hasInstructions
  ) {
    precondition(!usesInstructions || hasInstructions, "the processor has no instructions for it")
    var words = state.mutableSpan
    unsafe message.withUnsafeBytes { bytes in
      precondition(bytes.count.isMultiple(of: 64), "a message is taken in by whole blocks")
      unsafe words.withUnsafeMutableBufferPointer { words in
        guard let state = words.baseAddress, let start = bytes.baseAddress else { return }
        unsafe bptrainSHA256(state, start, bytes.count / 64, usesInstructions ? 1 : 0)
      }
    }
  }
}
