import Glibc
import Synchronization

/// The pages behind a range of this process's memory, for asking and telling the kernel about them.
///
/// The range is widened to whole pages: its owner must own those.
package struct MemoryPages: Hashable, Sendable {
  /// Bytes of one page.
  package static let byteCount = sysconf(Int32(_SC_PAGESIZE))

  /// The first page's address.
  package let address: MemoryAddress
  /// Bytes of all pages together.
  package let totalByteCount: Int

  /// The pages of `byteCount` bytes from `address` on, which do not pass the end of the address space.
  package init(around address: MemoryAddress, byteCount: Int) {
    let mask = UInt(Self.byteCount - 1)
    let start = address.bitPattern & ~mask
    let end = (address.bitPattern + UInt(byteCount) + mask) & ~mask
    self.address = MemoryAddress(bitPattern: start)
    totalByteCount = byteCount == 0 ? 0 : Int(end - start)
  }

  /// Asks for huge pages, or for none, which holds for the addresses until told otherwise. False where the kernel has
  /// no such choice: it is advice.
  package func adviseHugePages(_ wanted: Bool) -> Bool {
    unsafe totalByteCount > 0 && madvise(start, totalByteCount, wanted ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) == 0
  }

  /// Puts memory behind every page. What the pages hold stays.
  ///
  /// - Throws: `SystemCallError` of `madvise`.
  package func prefault() throws(SystemCallError) {
    guard totalByteCount > 0, let start = unsafe start else { return }
    while unsafe madvise(start, totalByteCount, MADV_POPULATE_WRITE) != 0 {
      switch errno {
      case EINTR: continue
      case EINVAL:
        // Kernels before 5.14 know no such advice: a byte of each page is written, as it is.
        for offset in stride(from: 0, to: totalByteCount, by: Self.byteCount) {
          let byte = unsafe start.load(fromByteOffset: offset, as: UInt8.self)
          unsafe start.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
        }
        return
      default: throw SystemCallError(call: "madvise", errorNumber: errno)
      }
    }
  }

  /// The same, where several threads each put memory behind a part.
  ///
  /// - Parameter team: calls what it is given on each of its threads, with the thread's number and their count.
  /// - Throws: `SystemCallError` of `madvise`.
  package func prefault(by team: (_ part: (_ index: Int, _ count: Int) -> Void) -> Void) throws(SystemCallError) {
    let isRefused = Atomic<Bool>(false)
    team { index, count in
      do throws(SystemCallError) {
        try part(index, of: count).prefault()
      } catch {
        isRefused.store(true, ordering: .relaxed)
      }
    }
    // What is refused to a part is refused again, and told.
    if isRefused.load(ordering: .relaxed) { try prefault() }
  }

  /// One of several parts, all of about the same length and cut where huge pages begin.
  private func part(_ index: Int, of count: Int) -> MemoryPages {
    let hugePage = 2 << 20
    let length = (totalByteCount / count + hugePage - 1) / hugePage * hugePage
    let start = min(index * length, totalByteCount)
    let end = index + 1 == count ? totalByteCount : min(start + length, totalByteCount)
    return MemoryPages(around: address.advanced(by: start), byteCount: end - start)
  }

  /// Gives the memory back; the pages read as zeros afterwards.
  ///
  /// - Throws: `SystemCallError` of `madvise`.
  package func release() throws(SystemCallError) {
    guard totalByteCount > 0 else { return }
    guard unsafe madvise(start, totalByteCount, MADV_DONTNEED) == 0 else {
      throw SystemCallError(call: "madvise", errorNumber: errno)
    }
  }

  /// Bytes of the pages that are in memory (`mincore`).
  ///
  /// - Throws: `SystemCallError` of `mincore`.
  package func residentByteCount() throws(SystemCallError) -> Int {
    guard totalByteCount > 0, let start = unsafe start else { return 0 }
    // A byte for each page, 256 MiB of memory at a time.
    var residency = [UInt8](repeating: 0, count: min(totalByteCount / Self.byteCount, 1 << 16))
    var residentPages = 0
    var offset = 0
    while offset < totalByteCount {
      let length = min(totalByteCount - offset, residency.count * Self.byteCount)
      let result = unsafe residency.withUnsafeMutableBufferPointer {
        unsafe mincore(start + offset, length, $0.baseAddress)
      }
      guard result == 0 else { throw SystemCallError(call: "mincore", errorNumber: errno) }
      residentPages += residency[..<(length / Self.byteCount)].count { $0 & 1 == 1 }
      offset += length
    }
    return residentPages * Self.byteCount
  }

  private var start: UnsafeMutableRawPointer? {
    unsafe UnsafeMutableRawPointer(bitPattern: address.bitPattern)
  }
}
