import ArenaMemory
import SystemCalls
import Testing

@Suite("Memory block")
struct MemoryBlockTests {
  @Test("is aligned as asked", arguments: [1, 8, 64, 4096, 65536, 2 << 20])
  func alignment(alignment: Int) throws {
    let arena = try JemallocArena()
    for byteCount in [0, 1, 63, 64, 4095, 4097, 100_000, 3 << 20] {
      let block = try MemoryBlock(byteCount: byteCount, alignment: alignment, in: arena)
      #expect(block.address.bitPattern != 0)
      #expect(block.address.bitPattern % UInt(alignment) == 0, "\(byteCount) bytes at \(alignment)")
      #expect(block.byteCount == byteCount)
    }
  }

  @Test(
    "a large block that is streamed through asks for huge pages", arguments: [0, 64, (2 << 20) - 1, 2 << 20, 7 << 20])
  func hugePages(byteCount: Int) throws {
    let block = try MemoryBlock(streamedByteCount: byteCount, zeroed: true, in: JemallocArena())
    #expect(block.byteCount == byteCount)
    #expect(try block.read(UInt8.self, count: byteCount).allSatisfy { $0 == 0 })
    guard byteCount >= 2 << 20 else { return }
    #expect(block.address.bitPattern.isMultiple(of: 2 << 20))
    guard try fileExists(atPath: "/sys/kernel/mm/transparent_hugepage/enabled") else { return }
    #expect(try mappingFlags(at: block.address).contains("hg"))
  }

  /// The flags of the mapping that an address is in, as the kernel's map of this process says.
  private func mappingFlags(at address: MemoryAddress) throws -> [Substring] {
    let text = String(decoding: try readFile(atPath: "/proc/self/smaps"), as: UTF8.self)
    var isInside = false
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      let bounds = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      if bounds.count == 2 { isInside = bounds[0] <= address.bitPattern && address.bitPattern < bounds[1] }
      if isInside, words[0] == "VmFlags:" { return Array(words.dropFirst()) }
    }
    return []
  }

  @Test("refuses sizes that are none")
  func unreasonableSizes() throws {
    let arena = try JemallocArena()
    for byteCount in [-1, Int.min, Int.max, 1 << 60, MemoryBlock.maximumByteCount + 1] {
      #expect(throws: ArenaMemoryError.unreasonableSize(byteCount: byteCount)) {
        try MemoryBlock(byteCount: byteCount, in: arena)
      }
    }
    for alignment in [0, -64, 3, 96, 2 << 30] {
      #expect(throws: ArenaMemoryError.unsupportedAlignment(alignment)) {
        try MemoryBlock(byteCount: 64, alignment: alignment, in: arena)
      }
    }
  }

  @Test("a size that the system does not have is an error value, and the arena still works")
  func refusal() throws {
    let arena = try JemallocArena()
    let byteCount = MemoryBlock.maximumByteCount
    let error = #expect(throws: ArenaMemoryError.self) { try MemoryBlock(byteCount: byteCount, in: arena) }
    #expect(error == .refused(byteCount: byteCount))
    #expect(error?.description == "the system refused 140737488355328 bytes of memory")
    #expect(
      try MemoryBlock(byteCount: 4096, zeroed: true, in: arena).read(UInt8.self, count: 4096).allSatisfy { $0 == 0 })
  }

  @Test("a block of no bytes takes no memory and has no bytes to give")
  func empty() throws {
    let arena = try JemallocArena()
    let block = try MemoryBlock(byteCount: 0, alignment: 4096, in: arena)
    #expect(try arena.statistics().allocationCount == 0)
    #expect(try block.read(Double.self, count: 0) == [])
    try block.write([UInt8]())
    try block.fill(byte: 1)
    #expect(throws: ArenaMemoryError.outOfBounds(offset: 0, byteCount: 1, blockByteCount: 0)) {
      try block.write([UInt8(1)])
    }
  }

  @Test("gives back what was written, aligned or not")
  func typedAccess() throws {
    let block = try MemoryBlock(byteCount: 64, zeroed: true, in: JemallocArena())
    try block.write([1.5, -2.25], atByte: 3)
    #expect(try block.read(Double.self, atByte: 3, count: 2) == [1.5, -2.25])
    try block.write([Float(7)], atByte: 60)
    #expect(try block.read(Float.self, atByte: 60, count: 1) == [7])
    #expect(try block.read(UInt8.self, count: 3) == [0, 0, 0])
    try block.fill(byte: 0xAB, atByte: 62)
    #expect(try block.read(UInt8.self, atByte: 59, count: 5) == [0, 0, 0, 0xAB, 0xAB])
    try block.fill(byte: 0x11, atByte: 1, byteCount: 2)
    #expect(try block.read(UInt8.self, count: 3) == [0, 0x11, 0x11])
  }

  @Test(
    "an access that leaves the block is an error",
    arguments: [(0, 65), (64, 1), (65, 0), (-1, 1), (60, 5), (Int.max, 1), (1, Int.max), (Int.min, 0), (0, -1)])
  func bounds(offset: Int, count: Int) throws {
    let block = try MemoryBlock(byteCount: 64, zeroed: true, in: JemallocArena())
    let expected = ArenaMemoryError.outOfBounds(offset: offset, byteCount: count, blockByteCount: 64)
    #expect(throws: expected) { try block.read(UInt8.self, atByte: offset, count: count) }
    #expect(throws: expected) { try block.fill(byte: 1, atByte: offset, byteCount: count) }
    #expect(throws: expected) { try block.checksum(atByte: offset, byteCount: count) }
    if (0...100).contains(count) {
      #expect(throws: expected) { try block.write([UInt8](repeating: 1, count: count), atByte: offset) }
    }
    #expect(throws: ArenaMemoryError.self) { try block.read(Double.self, count: Int.max / 4) }
    #expect(try block.read(UInt8.self, count: 64).allSatisfy { $0 == 0 })
  }

  @Test("elements are read and written where they stand")
  func inPlace() throws {
    let block = try MemoryBlock(byteCount: 256, zeroed: true, in: JemallocArena())
    block.withMutableElements(Int32.self, atByte: 64, count: 4) { elements in
      for index in elements.indices { elements[index] = Int32(index) - 2 }
    }
    #expect(try block.read(Int32.self, atByte: 60, count: 6) == [0, -2, -1, 0, 1, 0])
    #expect(block.withElements(Int32.self, atByte: 64, count: 4) { $0[3] } == 1)
    #expect(block.withBytes(atByte: 64, count: 2) { $0.byteCount } == 2)
    #expect(block.withElements(Int32.self, atByte: 256, count: 0) { $0.count } == 0)
  }

  @Test("prefault leaves what a block holds")
  func prefault() throws {
    let block = try MemoryBlock(byteCount: 3 << 20, zeroed: true, in: JemallocArena())
    #expect(try block.residentBytes() < 1 << 20)
    try block.write([UInt8(7), 8], atByte: 5000)
    try block.prefault()
    #expect(try block.residentBytes() >= 3 << 20)
    #expect(try block.read(UInt8.self, atByte: 4999, count: 4) == [0, 7, 8, 0])
  }

  @Test("the parts that threads prefault are the whole block")
  func prefaultInParts() throws {
    let block = try MemoryBlock(byteCount: 7 << 20, zeroed: true, in: JemallocArena())
    try block.write([UInt8(7), 8], atByte: 5000)
    var residentByteCount: Int?
    try block.prefault { part in
      for index in 0..<3 { part(index, 3) }
      residentByteCount = try? block.residentBytes()
    }
    #expect(try #require(residentByteCount) >= 7 << 20)
    #expect(try block.read(UInt8.self, atByte: 4999, count: 4) == [0, 7, 8, 0])
  }
}
