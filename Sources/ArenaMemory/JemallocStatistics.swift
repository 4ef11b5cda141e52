/// What one jemalloc arena holds, from jemalloc's own counters.
package struct JemallocArenaStatistics: Hashable, Sendable {
  /// Bytes in live allocations of jemalloc's small size classes.
  package internal(set) var smallAllocatedBytes = 0
  /// Bytes in live large allocations, each rounded up to its size class.
  package internal(set) var largeAllocatedBytes = 0
  /// Allocations since the arena was made.
  package internal(set) var allocationCount: UInt64 = 0
  /// Deallocations since the arena was made.
  package internal(set) var deallocationCount: UInt64 = 0
  /// Bytes of address space in use.
  package internal(set) var mappedBytes = 0
  /// Upper estimate of the bytes in memory: jemalloc takes every page it handed out as touched.
  package internal(set) var residentBytes = 0

  /// Bytes in all live allocations.
  package var allocatedBytes: Int { smallAllocatedBytes + largeAllocatedBytes }
}

/// What one thread ever allocated and freed, in every arena: two equal readings enclose code that did neither.
///
/// ```swift
/// let before = try ThreadAllocation.ofCallingThread()
/// runIteration()
/// let after = try ThreadAllocation.ofCallingThread()
/// // after == before: the iteration allocated nothing on this thread.
/// ```
package struct ThreadAllocation: Hashable, Sendable {
  /// Bytes allocated since the thread began.
  package internal(set) var allocatedBytes: UInt64 = 0
  /// Bytes freed since the thread began.
  package internal(set) var deallocatedBytes: UInt64 = 0

  /// The counters of the calling thread. Allocates nothing.
  package static func ofCallingThread() throws(ArenaMemoryError) -> ThreadAllocation {
    var result = ThreadAllocation()
    try JemallocControl.read("thread.allocated", into: &result.allocatedBytes)
    try JemallocControl.read("thread.deallocated", into: &result.deallocatedBytes)
    return result
  }
}

/// Bytes in live allocations of the whole process, in all arenas: Swift's own objects and the C libraries' included.
package func processAllocatedBytes() throws(ArenaMemoryError) -> Int {
  try JemallocControl.refreshStatistics()
  var bytes = 0
  try JemallocControl.read("stats.allocated", into: &bytes)
  return bytes
}

/// Gives the pages of freed memory back to the system, in all arenas, and what the calling thread has put by of freed
/// blocks: what the process has in memory afterwards is what it uses.
package func releaseFreedMemory() throws(ArenaMemoryError) {
  try JemallocControl.run("thread.tcache.flush")
  try JemallocControl.run("arena.0.purge", index: JemallocControl.everyArena, at: .second)
}
