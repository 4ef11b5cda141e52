import ArenaMemory
import Testing

@Suite("Checksum")
struct ChecksumTests {
  private func checksum(_ bytes: [UInt8]) throws -> UInt64 {
    let block = try MemoryBlock(byteCount: bytes.count, in: JemallocArena())
    try block.write(bytes)
    return try block.checksum(atByte: 0, byteCount: bytes.count)
  }

  @Test(
    "equals published digests",
    arguments: [
      ("", 0xEF46_DB37_51D8_E999),
      ("a", 0xD24E_C4F1_A98C_6E5B),
      ("abc", 0x44BC_2CF5_AD77_0999),
      ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ] as [(String, UInt64)])
  func published(text: String, digest: UInt64) throws {
    #expect(try checksum(Array(text.utf8)) == digest)
  }

  @Test("any flipped bit changes it", arguments: [1, 4, 7, 8, 12, 31, 32, 33, 64, 100, 255])
  func flippedBits(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    let block = try MemoryBlock(byteCount: count, in: JemallocArena())
    try block.write(bytes)
    let original = try block.checksum(atByte: 0, byteCount: count)
    var seen: Set<UInt64> = [original]
    for index in 0..<count {
      for bit in 0..<8 {
        try block.write([bytes[index] ^ UInt8(1 << bit)], atByte: index)
        seen.insert(try block.checksum(atByte: 0, byteCount: count))
      }
      try block.write([bytes[index]], atByte: index)
    }
    #expect(seen.count == 1 + 8 * count)
    #expect(try block.checksum(atByte: 0, byteCount: count) == original)
  }

  @Test("depends on the order and the count of the bytes")
  func order() throws {
    let words = (0..<64).map(UInt64.init)
    let block = try MemoryBlock(byteCount: 1024, zeroed: true, in: JemallocArena())
    try block.write(words)
    let original = try block.checksum(atByte: 0, byteCount: 512)
    for other in 1..<64 {
      var swapped = words
      swapped.swapAt(0, other)
      try block.write(swapped)
      #expect(try block.checksum(atByte: 0, byteCount: 512) != original, "words 0 and \(other) exchanged")
    }
    let zeros = try (512...1024).map { try block.checksum(atByte: 512, byteCount: $0 - 512) }
    #expect(Set(zeros).count == zeros.count)
  }

  @Test("of pieces is that of the whole", arguments: [0, 1, 31, 32, 33, 64, 96, 100, 511])
  func pieces(count: Int) throws {
    let bytes = (0..<512).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    let block = try MemoryBlock(byteCount: 512, in: JemallocArena())
    try block.write(bytes)
    let whole = try block.checksum(atByte: 0, byteCount: count)
    for first in stride(from: 0, through: count, by: Checksum.blockByteCount) {
      for second in stride(from: first, through: count, by: Checksum.blockByteCount) {
        var checksum = Checksum()
        try block.addPiece(atByte: 0, byteCount: first, to: &checksum)
        try block.addPiece(atByte: first, byteCount: second - first, to: &checksum)
        let ending = try block.checksum(atByte: second, byteCount: count - second, endingPieces: &checksum)
        #expect(ending == whole, "\(first), \(second)")
      }
    }
  }

  @Test("does not depend on where the bytes lie")
  func place() throws {
    let bytes = (0..<77).map { UInt8($0) }
    let block = try MemoryBlock(byteCount: 200, in: JemallocArena())
    let digests = try (0..<64).map { offset in
      try block.write(bytes, atByte: offset)
      return try block.checksum(atByte: offset, byteCount: 77)
    }
    #expect(Set(digests) == [try checksum(bytes)])
  }
}
