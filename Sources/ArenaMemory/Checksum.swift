/// XXH64 of Yann Collet (the xxHash specification, seed 0): a digest as fast as memory delivers, for telling whether a
/// value computed again has the same bits. It withstands accidents, not attacks.
///
/// Bytes may come in pieces, all but the last of them multiples of ``blockByteCount``: the digest is that of the whole.
package struct Checksum: Hashable, Sendable {
  package static let blockByteCount = 32

  // Four words at a time, as the specification has it: the four multiplications overlap.
  private var lane1 = Checksum.prime1 &+ Checksum.prime2
  private var lane2 = Checksum.prime2
  private var lane3: UInt64 = 0
  private var lane4 = 0 &- Checksum.prime1
  private var byteCount = 0

  package init() {}

  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// Takes the next piece.
  ///
  /// - Returns: how many of its bytes: whole blocks.
  mutating func add(_ bytes: UnsafeRawBufferPointer) -> Int {
    precondition(byteCount.isMultiple(of: Self.blockByteCount), "nothing follows a piece that ends within a block")
    var position = 0
    while position <= bytes.count - Self.blockByteCount {
      lane1 = Self.round(lane1, unsafe Self.word(bytes, position))
      lane2 = Self.round(lane2, unsafe Self.word(bytes, position + 8))
      lane3 = Self.round(lane3, unsafe Self.word(bytes, position + 16))
      lane4 = Self.round(lane4, unsafe Self.word(bytes, position + 24))
      position += Self.blockByteCount
    }
    byteCount += bytes.count
    return position
  }

  /// Takes the last piece: the digest of all bytes.
  mutating func digest(endingWith bytes: UnsafeRawBufferPointer) -> UInt64 {
    var position = unsafe add(bytes)
    let count = bytes.count
    var hash = Self.prime5
    if byteCount >= Self.blockByteCount {
      hash =
        Self.rotate(lane1, 1) &+ Self.rotate(lane2, 7) &+ Self.rotate(lane3, 12) &+ Self.rotate(lane4, 18)
      hash = Self.merge(hash, lane1)
      hash = Self.merge(hash, lane2)
      hash = Self.merge(hash, lane3)
      hash = Self.merge(hash, lane4)
    }
    hash &+= UInt64(byteCount)
    while position <= count - 8 {
      hash ^= Self.round(0, unsafe Self.word(bytes, position))
      hash = Self.rotate(hash, 27) &* Self.prime1 &+ Self.prime4
      position += 8
    }
    if position <= count - 4 {
      let half = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
      hash ^= UInt64(UInt32(littleEndian: half)) &* Self.prime1
      hash = Self.rotate(hash, 23) &* Self.prime2 &+ Self.prime3
      position += 4
    }
    while position < count {
      hash ^= unsafe UInt64(bytes[position]) &* Self.prime5
      hash = Self.rotate(hash, 11) &* Self.prime1
      position += 1
    }
    return Self.avalanche(hash)
  }

  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
    UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  @inline(__always)
  private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
    value &<< count | value &>> (64 &- count)
  }

  @inline(__always)
  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    rotate(lane &+ word &* prime2, 31) &* prime1
  }

  private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
    (hash ^ round(0, lane)) &* prime1 &+ prime4
  }

  private static func avalanche(_ value: UInt64) -> UInt64 {
    var hash = (value ^ value &>> 33) &* prime2
    hash = (hash ^ hash &>> 29) &* prime3
    return hash ^ hash &>> 32
  }
}

extension MemoryBlock {
  /// A 64-bit digest (`xxHash64`) of `byteCount` bytes from `offset` on, in their order.
  ///
  /// - Throws: `outOfBounds`.
  package func checksum(atByte offset: Int, byteCount count: Int) throws(ArenaMemoryError) -> UInt64 {
    var checksum = Checksum()
    return try self.checksum(atByte: offset, byteCount: count, endingPieces: &checksum)
  }

  /// Adds bytes that are not the last to a digest; a multiple of `Checksum.blockByteCount`.
  ///
  /// - Throws: `outOfBounds`.
  package func addPiece(
    atByte offset: Int, byteCount count: Int, to checksum: inout Checksum
  ) throws(ArenaMemoryError) {
    _ = unsafe checksum.add(UnsafeRawBufferPointer(try bytes(at: offset, count: count)))
  }

  /// The digest of the pieces that were added and of these bytes.
  ///
  /// - Throws: `outOfBounds`.
  package func checksum(
    atByte offset: Int, byteCount count: Int, endingPieces checksum: inout Checksum
  ) throws(ArenaMemoryError) -> UInt64 {
    unsafe checksum.digest(endingWith: UnsafeRawBufferPointer(try bytes(at: offset, count: count)))
  }
}
