import CJemalloc
import Synchronization
import SystemCalls

/// A jemalloc arena of its own: memory that shares no page and no counter with the rest of the process.
///
/// Freed memory goes back to the system at once instead of after jemalloc's usual ten seconds, so that what is freed
/// is also gone from the resident size. Blocks hold their arena. An arena whose last block is gone is used again by
/// the next one made: destroying a jemalloc arena while other threads free memory of theirs is not safe in 5.3.0.
package final class JemallocArena: Sendable {
  /// jemalloc's number of this arena.
  package let index: UInt32
  /// What earlier users of the arena counted.
  private let countsBefore: (allocations: UInt64, deallocations: UInt64)

  private static let unused = Mutex<[UInt32]>([])

  /// Makes an arena, or takes one that is not used any longer.
  ///
  /// - Throws: `ArenaMemoryError.allocator`, for example past some 4,000 arenas at a time.
  package init() throws(ArenaMemoryError) {
    if let unused = JemallocArena.unused.withLock({ $0.popLast() }) {
      index = unused
      try JemallocControl.refreshStatistics()
      countsBefore = try JemallocArena.counts(of: unused)
      return
    }
    var index: UInt32 = 0
    try JemallocControl.read("arenas.create", into: &index)
    self.index = index
    countsBefore = (0, 0)
    try JemallocControl.write("arena.0.dirty_decay_ms", index: index, at: .second, Int(0))
    try JemallocControl.write("arena.0.muzzy_decay_ms", index: index, at: .second, Int(0))
  }

  deinit {
    JemallocArena.unused.withLock { $0.append(index) }
  }

  /// What the arena holds at this moment. Allocates nothing.
  package func statistics() throws(ArenaMemoryError) -> JemallocArenaStatistics {
    try JemallocControl.refreshStatistics()
    var result = JemallocArenaStatistics()
    try JemallocArena.read("stats.arenas.0.small.allocated", of: index, into: &result.smallAllocatedBytes)
    try JemallocArena.read("stats.arenas.0.large.allocated", of: index, into: &result.largeAllocatedBytes)
    let counts = try JemallocArena.counts(of: index)
    result.allocationCount = counts.allocations - countsBefore.allocations
    result.deallocationCount = counts.deallocations - countsBefore.deallocations
    try JemallocArena.read("stats.arenas.0.mapped", of: index, into: &result.mappedBytes)
    try JemallocArena.read("stats.arenas.0.resident", of: index, into: &result.residentBytes)
    return result
  }

  /// Allocations and deallocations since the arena was created.
  private static func counts(
    of index: UInt32
  ) throws(ArenaMemoryError) -> (allocations: UInt64, deallocations: UInt64) {
    var allocations: (small: UInt64, large: UInt64) = (0, 0)
    var deallocations: (small: UInt64, large: UInt64) = (0, 0)
    try read("stats.arenas.0.small.nmalloc", of: index, into: &allocations.small)
    try read("stats.arenas.0.large.nmalloc", of: index, into: &allocations.large)
    try read("stats.arenas.0.small.ndalloc", of: index, into: &deallocations.small)
    try read("stats.arenas.0.large.ndalloc", of: index, into: &deallocations.large)
    return (allocations.small + allocations.large, deallocations.small + deallocations.large)
  }

  private static func read<Value: BitwiseCopyable>(
    _ name: StaticString, of index: UInt32, into value: inout Value
  ) throws(ArenaMemoryError) {
    try JemallocControl.read(name, index: index, at: .third, into: &value)
  }

  /// Takes `byteCount` > 0 bytes; nil when the system refuses.
  func allocate(byteCount: Int, alignment: Int, zeroed: Bool) -> MemoryAddress? {
    let flags = flags | cjemalloc_flag_align(alignment) | (zeroed ? cjemalloc_flag_zero() : 0)
    guard let pointer = unsafe mallocx(byteCount, flags) else { return nil }
    return MemoryAddress(bitPattern: UInt(bitPattern: pointer))
  }

  /// Gives back what `allocate` returned.
  func deallocate(_ address: MemoryAddress) {
    unsafe dallocx(UnsafeMutableRawPointer(bitPattern: address.bitPattern), flags)
  }

  private var flags: Int32 {
    cjemalloc_flag_arena(index) | cjemalloc_flag_no_thread_cache()
  }
}
