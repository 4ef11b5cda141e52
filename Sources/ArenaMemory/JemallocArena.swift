import CJemalloc
import SystemCalls

/// A jemalloc arena of its own: memory that shares no page and no counter with the rest of the process.
///
/// Freed memory goes back to the system at once instead of after jemalloc's usual ten seconds, so that what is freed
/// is also gone from the resident size. Blocks hold their arena: it is destroyed after the last of them.
package final class JemallocArena: Sendable {
  /// jemalloc's number of this arena.
  package let index: UInt32

  /// Makes an arena.
  ///
  /// - Throws: `ArenaMemoryError.allocator`, for example past some 4,000 arenas.
  package init() throws(ArenaMemoryError) {
    var index: UInt32 = 0
    try JemallocControl.read("arenas.create", into: &index)
    self.index = index
    try JemallocControl.write("arena.0.dirty_decay_ms", index: index, at: .second, Int(0))
    try JemallocControl.write("arena.0.muzzy_decay_ms", index: index, at: .second, Int(0))
  }

  deinit {
    do {
      try JemallocControl.run("arena.0.destroy", index: index, at: .second)
    } catch {
      preconditionFailure("jemalloc arena \(index) cannot be destroyed: \(error)")
    }
  }

  /// What the arena holds at this moment. Allocates nothing.
  package func statistics() throws(ArenaMemoryError) -> JemallocArenaStatistics {
    try JemallocControl.refreshStatistics()
    var result = JemallocArenaStatistics()
    try read("stats.arenas.0.small.allocated", into: &result.smallAllocatedBytes)
    try read("stats.arenas.0.large.allocated", into: &result.largeAllocatedBytes)
    var small: UInt64 = 0
    var large: UInt64 = 0
    try read("stats.arenas.0.small.nmalloc", into: &small)
    try read("stats.arenas.0.large.nmalloc", into: &large)
    result.allocationCount = small + large
    try read("stats.arenas.0.small.ndalloc", into: &small)
    try read("stats.arenas.0.large.ndalloc", into: &large)
    result.deallocationCount = small + large
    try read("stats.arenas.0.mapped", into: &result.mappedBytes)
    try read("stats.arenas.0.resident", into: &result.residentBytes)
    return result
  }

  private func read<Value: BitwiseCopyable>(
    _ name: StaticString, into value: inout Value
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
