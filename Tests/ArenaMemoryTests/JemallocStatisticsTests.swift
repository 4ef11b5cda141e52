import ArenaMemory
import SystemCalls
import Testing

@Suite("jemalloc statistics")
struct JemallocStatisticsTests {
  @Test("an arena's counters follow its blocks")
  func counters() throws {
    let arena = try JemallocArena()
    let empty = try arena.statistics()
    #expect(empty.allocatedBytes == 0)
    #expect(empty.allocationCount == 0)

    var small: MemoryBlock? = try MemoryBlock(byteCount: 1000, in: arena)
    let withSmall = try arena.statistics()
    #expect((1000...1280).contains(withSmall.smallAllocatedBytes))
    #expect(withSmall.largeAllocatedBytes == 0)
    #expect(withSmall.allocationCount == 1)

    var large: MemoryBlock? = try MemoryBlock(byteCount: 5 << 20, in: arena)
    let withLarge = try arena.statistics()
    #expect(withLarge.smallAllocatedBytes == withSmall.smallAllocatedBytes)
    #expect(withLarge.largeAllocatedBytes == 5 << 20)
    #expect(withLarge.mappedBytes >= empty.mappedBytes + 5 << 20)
    #expect(withLarge.allocationCount == 2)
    #expect(withLarge.deallocationCount == 0)

    #expect(small?.byteCount == 1000 && large?.byteCount == 5 << 20)
    small = nil
    large = nil
    let after = try arena.statistics()
    #expect(after.allocatedBytes == 0)
    #expect(after.deallocationCount == 2)
  }

  @Test("two arenas do not see each other's blocks")
  func separate() throws {
    let first = try JemallocArena()
    let second = try JemallocArena()
    #expect(first.index != second.index)
    let block = try MemoryBlock(byteCount: 1 << 20, in: first)
    #expect(try first.statistics().allocatedBytes == 1 << 20)
    #expect(try second.statistics().allocatedBytes == 0)
    #expect(block.jemallocArena === first)
  }

  @Test("arenas are given back: more can be made in turn than exist at once")
  func turnover() throws {
    for _ in 0..<6000 { _ = try JemallocArena() }
  }

  @Test("reading a counter allocates nothing, and an allocation is seen")
  func threadCounters() throws {
    // On a thread of its own, whose counters nobody else moves.
    let thread = try ComputeThread()
    let arena = try JemallocArena()
    let (quiet, loud) = try thread.run {
      var quiet: [ThreadAllocation] = []
      quiet.reserveCapacity(100)
      for _ in 0..<100 {
        quiet.append(try ThreadAllocation.ofCallingThread())
        _ = try arena.statistics()
        _ = try processAllocatedBytes()
      }
      let before = try ThreadAllocation.ofCallingThread()
      _ = try MemoryBlock(byteCount: 1 << 20, in: arena)
      let after = try ThreadAllocation.ofCallingThread()
      return (quiet, (after.allocatedBytes - before.allocatedBytes, after.deallocatedBytes - before.deallocatedBytes))
    }
    #expect(quiet.allSatisfy { $0 == quiet[0] })
    #expect((1 << 20...1 << 21).contains(loud.0))
    #expect((1 << 20...1 << 21).contains(loud.1))
  }

  @Test("Swift's own allocations are counted too")
  func swiftAllocations() throws {
    let thread = try ComputeThread()
    let (bytes, count) = try thread.run {
      let before = try ThreadAllocation.ofCallingThread()
      let array = [UInt8](repeating: 1, count: 1 << 20)
      let after = try ThreadAllocation.ofCallingThread()
      return (after.allocatedBytes - before.allocatedBytes, array.count { $0 == 1 })
    }
    #expect(count == 1 << 20)
    #expect(bytes >= 1 << 20)
    #expect(try processAllocatedBytes() > 0)
  }
}
