package import SystemCalls

/// One aligned block of memory from a jemalloc arena, given back when its owner goes.
///
/// A block holds numbers that kernels reach by address; the typed access here is for everything around them and checks
/// every bound. Who writes and who reads at the same time is the caller's affair, as with any buffer.
package final class MemoryBlock: Sendable {
  /// The largest block: the addresses of a process on x86-64.
  package static let maximumByteCount = 1 << 47
  /// The strictest alignment: a page of 1 GiB.
  package static let maximumAlignment = 1 << 30

  /// The arena that the block came from.
  package let jemallocArena: JemallocArena
  /// The size as it was asked for.
  package let byteCount: Int
  /// The first byte: aligned as asked and never 0, even of a block without bytes.
  package let address: MemoryAddress

  /// Takes a block.
  ///
  /// - Parameters:
  ///   - byteCount: 0 to `maximumByteCount`; 0 takes nothing.
  ///   - alignment: a power of two.
  ///   - zeroed: whether all bytes are 0; undefined otherwise.
  /// - Throws: `unreasonableSize`, `unsupportedAlignment`, or `refused` when the system has no such range. Memory
  ///   behind the addresses comes with their first use.
  package init(
    byteCount: Int, alignment: Int = 64, zeroed: Bool = false, in jemallocArena: JemallocArena
  ) throws(ArenaMemoryError) {
    guard (0...Self.maximumByteCount).contains(byteCount) else { throw .unreasonableSize(byteCount: byteCount) }
    guard (1...Self.maximumAlignment).contains(alignment), alignment.nonzeroBitCount == 1 else {
      throw .unsupportedAlignment(alignment)
    }
    self.jemallocArena = jemallocArena
    self.byteCount = byteCount
    if byteCount == 0 {
      address = MemoryAddress(bitPattern: UInt(alignment))
    } else {
      guard
        let address = jemallocArena.allocate(byteCount: byteCount, alignment: alignment, zeroed: zeroed)
      else { throw .refused(byteCount: byteCount) }
      self.address = address
    }
  }

  deinit {
    if byteCount > 0 { jemallocArena.deallocate(address) }
  }

  /// Copies `elements` into the block, the first at byte `offset`, which need not be aligned.
  ///
  /// - Throws: `outOfBounds`; nothing is written then.
  package func write<Element: BitwiseCopyable>(
    _ elements: [Element], atByte offset: Int = 0
  ) throws(ArenaMemoryError) {
    let length = unsafe elements.withUnsafeBytes { $0.count }
    let destination = unsafe try bytes(at: offset, count: length)
    unsafe elements.withUnsafeBytes { unsafe destination.copyMemory(from: $0) }
  }

  /// Copies `count` elements out of the block, the first from byte `offset`, which need not be aligned.
  ///
  /// - Throws: `outOfBounds`.
  package func read<Element: BitwiseCopyable>(
    _ type: Element.Type, atByte offset: Int = 0, count: Int
  ) throws(ArenaMemoryError) -> [Element] {
    let (length, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow else { throw .outOfBounds(offset: offset, byteCount: Int.max, blockByteCount: byteCount) }
    let source = unsafe try bytes(at: offset, count: length)
    return unsafe [Element](unsafeUninitializedCapacity: count) { destination, initializedCount in
      unsafe UnsafeMutableRawBufferPointer(destination).copyMemory(from: UnsafeRawBufferPointer(source))
      initializedCount = count
    }
  }

  /// One element, without an allocation.
  ///
  /// - Precondition: it lies inside the block, aligned.
  package func load<Element: BitwiseCopyable>(_ type: Element.Type, atByte offset: Int) -> Element {
    precondition(offset >= 0 && offset <= byteCount - MemoryLayout<Element>.size, "an element outside its block")
    return unsafe UnsafeRawPointer(bitPattern: address.advanced(by: offset).bitPattern)!.load(as: Element.self)
  }

  /// Hands over elements where they stand, without a copy.
  ///
  /// - Precondition: they lie inside the block, aligned.
  package func withElements<Element: BitwiseCopyable, Result, Failure: Error>(
    _ type: Element.Type, atByte offset: Int, count: Int, _ body: (borrowing Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(
      offset >= 0 && count >= 0 && offset <= byteCount
        && count <= (byteCount - offset) / MemoryLayout<Element>.stride, "elements outside their block")
    let start = unsafe UnsafePointer<Element>(bitPattern: address.advanced(by: offset).bitPattern)
    return unsafe try body(UnsafeBufferPointer(start: start, count: count).span)
  }

  /// Hands over bytes where they stand.
  ///
  /// - Precondition: they lie inside the block.
  package func withBytes<Result, Failure: Error>(
    atByte offset: Int, count: Int, _ body: (borrowing RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(offset >= 0 && count >= 0 && offset <= byteCount - count, "bytes outside their block")
    let start = unsafe UnsafeRawPointer(bitPattern: address.advanced(by: offset).bitPattern)
    return unsafe try body(UnsafeRawBufferPointer(start: start, count: count).bytes)
  }

  /// Hands over elements to be changed where they stand.
  ///
  /// - Precondition: they lie inside the block, aligned.
  package func withMutableElements<Element: BitwiseCopyable, Result, Failure: Error>(
    _ type: Element.Type, atByte offset: Int, count: Int,
    _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(
      offset >= 0 && count >= 0 && offset <= byteCount
        && count <= (byteCount - offset) / MemoryLayout<Element>.stride, "elements outside their block")
    let start = unsafe UnsafeMutablePointer<Element>(bitPattern: address.advanced(by: offset).bitPattern)
    var span = unsafe UnsafeMutableBufferPointer(start: start, count: count).mutableSpan
    return try body(&span)
  }

  /// Sets `byteCount` bytes from `offset` on to `byte`; to the block's end when no count is given.
  ///
  /// - Throws: `outOfBounds`; nothing is written then.
  package func fill(byte: UInt8, atByte offset: Int = 0, byteCount count: Int? = nil) throws(ArenaMemoryError) {
    let destination = unsafe try bytes(at: offset, count: count ?? byteCount &- offset)
    guard let start = destination.baseAddress else { return }
    unsafe start.initializeMemory(as: UInt8.self, repeating: byte, count: destination.count)
  }

  /// The bytes `offset ..< offset + count` of the block.
  func bytes(at offset: Int, count: Int) throws(ArenaMemoryError) -> UnsafeMutableRawBufferPointer {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      throw .outOfBounds(offset: offset, byteCount: count, blockByteCount: byteCount)
    }
    let start = unsafe UnsafeMutableRawPointer(bitPattern: address.advanced(by: offset).bitPattern)
    return unsafe UnsafeMutableRawBufferPointer(start: start, count: count)
  }
}

extension MemoryBlock {
  /// Takes a block that is gone through from end to end in every iteration: where it is large enough for a huge page it
  /// is aligned for them and the system is asked for them, or for none. A system without them is no error.
  ///
  /// - Throws: as `init`.
  package convenience init(
    streamedByteCount byteCount: Int, zeroed: Bool = false, hugePages: Bool = true, in jemallocArena: JemallocArena
  ) throws(ArenaMemoryError) {
    let isLarge = byteCount >= Arena.hugePageByteCount
    try self.init(
      byteCount: byteCount, alignment: isLarge ? Arena.hugePageByteCount : 64, zeroed: zeroed, in: jemallocArena)
    if isLarge { _ = pages.adviseHugePages(hugePages) }
  }

  /// The pages of the block.
  var pages: MemoryPages { MemoryPages(around: address, byteCount: byteCount) }

  /// Bytes of the block's pages that are in memory now, as the kernel says (`mincore`).
  package func residentBytes() throws(ArenaMemoryError) -> Int {
    do { return try pages.residentByteCount() } catch { throw .system(error) }
  }

  /// Bytes of the block's pages that are not in memory now.
  package func missingBytes() throws(ArenaMemoryError) -> Int { try pages.totalByteCount - residentBytes() }

  /// Puts memory behind the whole block, so that its use causes no page fault. What it holds stays.
  ///
  /// - Throws: `system` where the kernel refuses.
  package func prefault() throws(ArenaMemoryError) {
    do { try pages.prefault() } catch { throw .system(error) }
  }

  /// The same by several threads, as `MemoryPages.prefault(by:)`.
  package func prefault(
    by team: (_ part: (_ index: Int, _ count: Int) -> Void) -> Void
  ) throws(ArenaMemoryError) {
    do { try pages.prefault(by: team) } catch { throw .system(error) }
  }
}
