import ArenaMemory
import SystemCalls
import Testing

@Suite("Arena")
struct ArenaTests {
  @Test("has exactly the planned capacity, aligned for its pages", arguments: [0, 1, 4096, 5000, 2 << 20, 5_000_001])
  func layout(capacity: Int) throws {
    let arena = try Arena(capacity: capacity, in: JemallocArena())
    #expect(arena.capacity == capacity)
    let alignment = capacity >= Arena.hugePageByteCount ? Arena.hugePageByteCount : MemoryPages.byteCount
    #expect(arena.address.bitPattern % UInt(alignment) == 0)
    #expect(arena.address(atOffset: capacity).bitPattern == arena.address.bitPattern + UInt(capacity))
    #expect(throws: ArenaMemoryError.outOfBounds(offset: 0, byteCount: capacity + 1, blockByteCount: capacity)) {
      try arena.poison(offset: 0, byteCount: capacity + 1)
    }
  }

  @Test("huge pages are asked for only where they are wanted and fit")
  func hugePages() throws {
    let jemallocArena = try JemallocArena()
    #expect(try !Arena(capacity: 4 << 20, hugePages: false, in: jemallocArena).usesHugePages)
    #expect(try !Arena(capacity: (2 << 20) - 1, hugePages: true, in: jemallocArena).usesHugePages)
    let kernelHasThem = try fileExists(atPath: "/sys/kernel/mm/transparent_hugepage/enabled")
    #expect(try Arena(capacity: 4 << 20, hugePages: true, in: jemallocArena).usesHugePages == kernelHasThem)
  }

  @Test("an arena without huge pages has none, though its addresses had them")
  func noHugePages() throws {
    let jemallocArena = try JemallocArena()
    var gotThem = false
    // The jemalloc arena may hold other free addresses of an earlier user.
    for _ in 0..<16 where !gotThem {
      var addresses: [MemoryAddress] = []
      for hugePages in [true, false] {
        let arena = try Arena(capacity: 32 << 20, hugePages: hugePages, in: jemallocArena)
        try arena.prefault()
        addresses.append(arena.address)
        if !hugePages { #expect(try hugePageKibibytes(at: arena.address) == 0) }
      }
      gotThem = addresses[0] == addresses[1]
    }
    #expect(gotThem, "the second arena never got the first one's addresses")
  }

  /// What the kernel's map of this process says of the range of memory that begins at `address`.
  private func hugePageKibibytes(at address: MemoryAddress) throws -> Int {
    let text = String(decoding: try readFile(atPath: "/proc/self/smaps"), as: UTF8.self)
    let lines = text.split(separator: "\n").drop { !$0.hasPrefix(String(address.bitPattern, radix: 16) + "-") }
    let line = try #require(lines.first { $0.hasPrefix("AnonHugePages:") })
    return try #require(Int(line.split(separator: " ")[1]))
  }

  @Test(
    "prefault brings every page into memory, release gives every page back",
    arguments: [0, 1, 4096, 4097, 1_000_000, 2 << 20, 7_654_321], [true, false])
  func residency(capacity: Int, hugePages: Bool) throws {
    let arena = try Arena(capacity: capacity, hugePages: hugePages, in: JemallocArena())
    let page = MemoryPages.byteCount
    let rounded = (capacity + page - 1) / page * page
    try arena.prefault()
    #expect(try arena.residentBytes() == rounded)
    try arena.poison(offset: 0, byteCount: capacity)
    try arena.releasePages()
    #expect(try arena.residentBytes() == 0)
    #expect(try arena.block.read(UInt8.self, count: capacity).allSatisfy { $0 == 0 })
    try arena.prefault()
    #expect(try arena.residentBytes() == rounded)
  }

  @Test("no page faults after the prefault")
  func faults() throws {
    let arena = try Arena(capacity: 64 << 20, hugePages: false, in: JemallocArena())
    try arena.prefault()
    let before = try ResourceUsage.current().minorPageFaults
    try arena.poison(offset: 0, byteCount: arena.capacity)
    let faults = try ResourceUsage.current().minorPageFaults - before
    // Untouched, its 16,384 pages would fault one by one; other tests of this process cause a few meanwhile.
    #expect(faults < 8_192)
  }

  @Test("memory that the machine does not have is refused before it is touched")
  func insufficientMemory() throws {
    let capacity = try MemoryLimits.current().totalBytes * 2
    // Whether the addresses are given is the system's choice; whether memory is behind them is asked by prefault.
    let error = #expect(throws: ArenaMemoryError.self) {
      try Arena(capacity: capacity, in: JemallocArena()).prefault()
    }
    switch error {
    case .insufficientMemory(let byteCount, let available):
      #expect(byteCount >= capacity)
      #expect(available < capacity)
    case .refused(let byteCount):
      #expect(byteCount == capacity)
    default:
      Issue.record("\(String(describing: error))")
    }
  }

  @Test("the peak is the largest end noted")
  func peak() throws {
    let arena = try Arena(capacity: 1000, in: JemallocArena())
    #expect(arena.measuredPeakBytes == 0)
    for (end, peak) in [(64, 64), (640, 640), (128, 640), (0, 640), (641, 641), (1000, 1000), (1, 1000)] {
      try arena.noteInUse(endOffset: end)
      #expect(arena.measuredPeakBytes == peak)
    }
  }

  @Test("a buffer that passes the capacity is an error and counts nothing", arguments: [1001, Int.max, -1, Int.min])
  func pastCapacity(endOffset: Int) throws {
    let arena = try Arena(capacity: 1000, in: JemallocArena())
    #expect(throws: ArenaMemoryError.pastCapacity(endOffset: endOffset, capacity: 1000)) {
      try arena.noteInUse(endOffset: endOffset)
    }
    #expect(arena.measuredPeakBytes == 0)
  }

  @Test("several threads count one peak")
  func sharedPeak() async throws {
    let arena = try Arena(capacity: 1 << 20, in: JemallocArena())
    try await withThrowingTaskGroup { group in
      for task in 0..<4 {
        group.addTask {
          for end in stride(from: task, to: 1 << 18, by: 4) { try arena.noteInUse(endOffset: end) }
        }
      }
      try await group.waitForAll()
    }
    #expect(arena.measuredPeakBytes == (1 << 18) - 1)
  }

  @Test("poisoned bytes are NaN in every precision, and only these are")
  func poison() throws {
    let arena = try Arena(capacity: 4096, in: JemallocArena())
    try arena.block.fill(byte: 0)
    try arena.poison(offset: 64, byteCount: 128)
    #expect(try arena.block.read(Float.self, atByte: 64, count: 32).allSatisfy(\.isNaN))
    #expect(try arena.block.read(Double.self, atByte: 64, count: 16).allSatisfy(\.isNaN))
    let halves = try arena.block.read(UInt16.self, atByte: 64, count: 64)
    #expect(halves.allSatisfy { Float(bitPattern: UInt32($0) << 16).isNaN })
    #expect(try arena.block.read(UInt8.self, count: 64).allSatisfy { $0 == 0 })
    #expect(try arena.block.read(UInt8.self, atByte: 192, count: 4096 - 192).allSatisfy { $0 == 0 })
  }

  @Test("taking, using and giving back an arena leaves nothing behind")
  func nothingLeft() throws {
    let jemallocArena = try JemallocArena()
    let before = try jemallocArena.statistics()
    for _ in 0..<20 {
      let arena = try Arena(capacity: 6 << 20, in: jemallocArena)
      try arena.prefault()
      #expect(try jemallocArena.statistics().largeAllocatedBytes >= 6 << 20)
    }
    let after = try jemallocArena.statistics()
    #expect(after.allocationCount == before.allocationCount + 20)
    #expect(after.deallocationCount == after.allocationCount)
    #expect(after.allocatedBytes == 0)
    // Freed pages go at once; jemalloc would hold back what is below its threshold of 8 MiB.
    #expect(after.residentBytes < before.residentBytes + (2 << 20))
  }
}
