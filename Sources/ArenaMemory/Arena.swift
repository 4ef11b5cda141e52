package import Synchronization
package import SystemCalls

/// The activation arena: one block of exactly the planned capacity, in which every buffer of a plan has its offset.
///
/// ```swift
/// let arena = try Arena(capacity: plan.byteCount, in: JemallocArena())
/// try arena.prefault()                                // no page fault in the first iteration
/// try arena.noteInUse(endOffset: buffer.endOffset)    // once for each buffer an instruction uses
/// arena.measuredPeakBytes                             // the largest of these
/// ```
///
/// The peak is counted by whoever uses the buffers, while they do, and owes nothing to the plan that foresaw it.
package final class Arena: Sendable {
  /// The size in bytes of a huge page, and the capacity from which the arena is aligned for them.
  package static let hugePageByteCount = 2 << 20

  /// The memory itself.
  package let block: MemoryBlock
  /// Whether the system was told, and agreed, to back the arena with huge pages.
  package let usesHugePages: Bool
  @usableFromInline package let capacity: Int
  @usableFromInline package let peak = Atomic<Int>(0)

  /// Takes the arena.
  ///
  /// - Parameters:
  ///   - capacity: bytes; 0 is an arena without memory.
  ///   - hugePages: whether to ask for huge pages where the arena is large enough for one, or for none. A system
  ///     without them is no error.
  /// - Throws: `unreasonableSize` or `refused`.
  package init(
    capacity: Int, hugePages: Bool = true, in jemallocArena: JemallocArena
  ) throws(ArenaMemoryError) {
    // The pages of a small arena are its own too, so that they can be counted and given back.
    let alignment = capacity >= Self.hugePageByteCount ? Self.hugePageByteCount : MemoryPages.byteCount
    block = try MemoryBlock(byteCount: capacity, alignment: alignment, in: jemallocArena)
    self.capacity = capacity
    // Asked either way: the addresses may have been an earlier arena's.
    let wantsHugePages = hugePages && capacity >= Self.hugePageByteCount
    let isHeard = block.pages.adviseHugePages(wantsHugePages)
    usesHugePages = wantsHugePages && isHeard
  }

  /// The first byte.
  package var address: MemoryAddress { block.address }

  /// The address of the byte at `offset`, which may be the end.
  package func address(atOffset offset: Int) -> MemoryAddress {
    precondition(offset >= 0 && offset <= capacity, "offset \(offset) of an arena of \(capacity) bytes")
    return block.address.advanced(by: offset)
  }

  // MARK: Peak

  /// Counts a buffer that an instruction uses, by where it ends.
  ///
  /// - Throws: `pastCapacity` for a buffer that leaves the arena.
  @inlinable
  package func noteInUse(endOffset: Int) throws(ArenaMemoryError) {
    // One comparison catches both ends.
    guard UInt(bitPattern: endOffset) <= UInt(bitPattern: capacity) else {
      throw .pastCapacity(endOffset: endOffset, capacity: capacity)
    }
    if endOffset > peak.load(ordering: .relaxed) {
      peak.max(endOffset, ordering: .relaxed)
    }
  }

  /// The largest end of a buffer noted since the arena was made.
  package var measuredPeakBytes: Int { peak.load(ordering: .relaxed) }

  // MARK: Pages

  /// Puts memory behind the whole arena, so that its use causes no page fault. What it holds stays.
  ///
  /// - Parameter team: as in `MemoryPages.prefault(by:)`; the calling thread alone unless given.
  /// - Throws: `insufficientMemory` when this machine or control group has less than that available, which would end
  ///   the process later; `system`.
  package func prefault(
    by team: (_ part: (_ index: Int, _ count: Int) -> Void) -> Void = { $0(0, 1) }
  ) throws(ArenaMemoryError) {
    let missing = try block.missingBytes()
    let limits: MemoryLimits
    do { limits = try MemoryLimits.current() } catch { throw .system(error) }
    guard missing <= limits.furtherResidentBytes else {
      throw .insufficientMemory(byteCount: missing, availableByteCount: limits.furtherResidentBytes)
    }
    try block.prefault(by: team)
  }

  /// Bytes of the arena's pages that are in memory now, as the kernel says (`mincore`).
  package func residentBytes() throws(ArenaMemoryError) -> Int {
    do { return try block.pages.residentByteCount() } catch { throw .system(error) }
  }

  /// Gives the pages back to the system; the arena reads as zeros afterwards and may be used again.
  package func releasePages() throws(ArenaMemoryError) {
    do { try block.pages.release() } catch { throw .system(error) }
  }

  // MARK: Contents

  /// Fills bytes with 0xFF, which is NaN in float64, float32 and bfloat16: who reads a discarded value notices.
  ///
  /// - Throws: `outOfBounds`.
  package func poison(offset: Int, byteCount: Int) throws(ArenaMemoryError) {
    try block.fill(byte: 0xFF, atByte: offset, byteCount: byteCount)
  }
}
