/// XXH64 of Yann Collet (the xxHash specification, seed 0): a digest as fast as memory delivers, for telling whether a
/// value computed again has the same bits. It withstands accidents, not attacks.
struct Checksum {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// The digest of all bytes.
  static func xxHash64(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var position = 0
    let count = bytes.count
    var hash: UInt64
    if count >= 32 {
      // Four words at a time, as the specification has it: the four multiplications overlap.
      var lane1 = prime1 &+ prime2
      var lane2 = prime2
      var lane3: UInt64 = 0
      var lane4 = 0 &- prime1
      while position <= count - 32 {
        lane1 = round(lane1, unsafe word(bytes, position))
        lane2 = round(lane2, unsafe word(bytes, position + 8))
        lane3 = round(lane3, unsafe word(bytes, position + 16))
        lane4 = round(lane4, unsafe word(bytes, position + 24))
        position += 32
      }
      hash = rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
      hash = merge(hash, lane1)
      hash = merge(hash, lane2)
      hash = merge(hash, lane3)
      hash = merge(hash, lane4)
    } else {
      hash = prime5
    }
    hash &+= UInt64(count)
    while position <= count - 8 {
      hash ^= round(0, unsafe word(bytes, position))
      hash = rotate(hash, 27) &* prime1 &+ prime4
      position += 8
    }
    if position <= count - 4 {
      let half = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
      hash ^= UInt64(UInt32(littleEndian: half)) &* prime1
      hash = rotate(hash, 23) &* prime2 &+ prime3
      position += 4
    }
    while position < count {
      hash ^= unsafe UInt64(bytes[position]) &* prime5
      hash = rotate(hash, 11) &* prime1
      position += 1
    }
    return avalanche(hash)
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
    unsafe Checksum.xxHash64(UnsafeRawBufferPointer(try bytes(at: offset, count: count)))
  }
}
