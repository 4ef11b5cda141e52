import Kernels

/// SHA-256 (FIPS 180-4) of a stream of 32-bit words, as they stand in the message: most significant byte first.
///
/// Words, not bytes, because the digests here are of float32 parameters: a parameter is one word, and no byte is moved.
/// ```
/// var hash = SHA256()
/// hash.update([0x6162_6380])
/// ```
package struct SHA256 {
  private var state: InlineArray<8, UInt32> = [
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
  ]
  private var block = InlineArray<16, UInt32>(repeating: 0)
  /// Words taken in so far; the last `wordCount` mod 16 of them stand in `block`.
  private var wordCount: UInt64 = 0

  package init() {}

  /// Takes in the next word of the message.
  @inline(__always)
  package mutating func update(_ word: UInt32) {
    let place = Int(wordCount & 15)
    block[place] = word
    wordCount &+= 1
    if place == 15 { compress() }
  }

  /// Takes in words whose bytes are the message's, as they stand.
  ///
  /// - Precondition: their number of bytes is a multiple of 4.
  package mutating func update(_ message: borrowing RawSpan) {
    precondition(message.byteCount.isMultiple(of: 4), "whole words")
    var offset = 0
    while offset < message.byteCount {
      let blockCount = (message.byteCount - offset) / 64
      if SHA256Instructions.areAvailable, wordCount & 15 == 0, blockCount > 0 {
        SHA256Instructions.compress(&state, message.extracting(offset..<offset + 64 * blockCount))
        wordCount &+= UInt64(16 * blockCount)
        offset += 64 * blockCount
      } else {
        update(UInt32(bigEndian: unsafe message.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        offset += 4
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

  private mutating func compress() {
    var schedule = block
    var a = state[0]
    var b = state[1]
    var c = state[2]
    var d = state[3]
    var e = state[4]
    var f = state[5]
    var g = state[6]
    var h = state[7]
    // Sixteen rounds at a time; the schedule of the next sixteen replaces the words that have been used.
    for start in stride(from: 0, to: 64, by: 16) {
      for place in 0..<16 {
        if start > 0 {
          let early = schedule[(place + 1) & 15]
          let late = schedule[(place + 14) & 15]
          schedule[place] =
            schedule[place] &+ schedule[(place + 9) & 15]
            &+ (rotated(early, 7) ^ rotated(early, 18) ^ early >> 3)
            &+ (rotated(late, 17) ^ rotated(late, 19) ^ late >> 10)
        }
        let choice = (e & f) ^ (~e & g)
        let majority = (a & b) ^ (a & c) ^ (b & c)
        let first =
          h &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ choice &+ roundConstants[start + place]
          &+ schedule[place]
        let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
        h = g
        g = f
        f = e
        e = d &+ first
        d = c
        c = b
        b = a
        a = first &+ second
      }
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }
}

@inline(__always)
private func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
  word &>> count | word &<< (32 &- count)
}

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
private let roundConstants: InlineArray<64, UInt32> = [
  0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5,
  0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174,
  0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
  0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967,
  0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85,
  0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
  0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
  0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
]
