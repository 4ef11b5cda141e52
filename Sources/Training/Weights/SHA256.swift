import Kernels

/// SHA-256 (FIPS 180-4) of a stream of 32-bit words, as they stand in the message: most significant byte first.
///
/// Words, not bytes, because the digests here are of float32 parameters: a parameter is one word, and no byte is moved.
/// ```
/// var hash = SHA256()
/// hash.update(0x6162_6380)
/// ```
package struct SHA256 {
  private var state: InlineArray<8, UInt32> = [
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
  ]
  /// The bytes of each word as they stand in the message.
  private var block = InlineArray<16, UInt32>(repeating: 0)
  /// Words taken in so far; the last `wordCount` mod 16 of them stand in `block`.
  private var wordCount: UInt64 = 0

  package init() {}

  /// Takes in the next word of the message.
  @inline(__always)
  package mutating func update(_ word: UInt32) {
    let place = Int(wordCount & 15)
    block[place] = word.bigEndian
    wordCount &+= 1
    if place == 15 { SHA256Compression.compress(&state, block.span) }
  }

  /// Takes in float32 numbers, their bytes little-endian, as they stand in memory.
  package mutating func update(_ numbers: borrowing Span<Float>) {
    var index = 0
    while index < numbers.count {
      let count = (numbers.count - index) / 16 * 16
      if wordCount & 15 == 0, count > 0 {
        SHA256Compression.compress(&state, numbers.extracting(index..<index + count))
        wordCount &+= UInt64(count)
        index += count
      } else {
        update(numbers[index].bitPattern.byteSwapped)
        index += 1
      }
    }
  }

  /// Ends the message, with up to three more bytes, and gives the digest's eight words.
  package consuming func finish(_ tail: [UInt8] = []) -> InlineArray<8, UInt32> {
    precondition(tail.count < 4)
    let bitCount = wordCount &* 32 &+ UInt64(tail.count * 8)
    var last: UInt32 = 0
    for byte in tail + [0x80] { last = last << 8 | UInt32(byte) }
    update(last << UInt32(8 * (3 - tail.count)))
    while wordCount & 15 != 14 { update(0) }
    update(UInt32(truncatingIfNeeded: bitCount >> 32))
    update(UInt32(truncatingIfNeeded: bitCount))
    return state
  }
}
