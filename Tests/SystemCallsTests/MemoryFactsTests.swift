import Glibc
import SystemCalls
import Testing

@Suite("Memory facts")
struct MemoryFactsTests {
  static let status = """
    Name:\tbptrain
    VmPeak:\t  999999 kB
    VmSize:\t  200000 kB
    VmHWM:\t   30000 kB
    VmRSS:\t   20000 kB
    RssAnon:\t     116 kB
    Threads:\t1

    """

  @Test("the status file is read in bytes")
  func statusText() throws {
    let memory = try #require(ProcessMemory(statusText: Self.status))
    #expect(memory.residentBytes == 20_480_000)
    #expect(memory.peakResidentBytes == 30_720_000)
    #expect(memory.addressSpaceBytes == 204_800_000)
  }

  @Test(
    "a status file without a figure is none",
    arguments: [
      "", "VmRSS:\t1 kB\nVmHWM:\t1 kB\n", "VmRSS:\tx kB\nVmHWM:\t1 kB\nVmSize:\t1 kB\n",
      "VmRSS:\t-1 kB\nVmHWM:\t1 kB\nVmSize:\t1 kB\n", "VmRSS:\t1 MB\nVmHWM:\t1 kB\nVmSize:\t1 kB\n",
      "VmRSS:\t9223372036854775807 kB\nVmHWM:\t1 kB\nVmSize:\t1 kB\n", "XVmRSS:\t1 kB\nVmHWM:\t1 kB\nVmSize:\t1 kB\n",
    ])
  func badStatusText(text: String) {
    #expect(ProcessMemory(statusText: text) == nil)
  }

  @Test("this process's figures agree with each other and move with its memory")
  func current() async {
    // Other tests would move them too.
    await #expect(processExitsWith: .success) {
      let before = try ProcessMemory.current()
      #expect(before.residentBytes > 0)
      // The kernel adds up its counters now and then.
      let slack = 4 << 20
      #expect(before.residentBytes <= before.peakResidentBytes + slack)
      #expect(before.residentBytes <= before.addressSpaceBytes)

      let size = 256 << 20
      let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      try #require(unsafe address != MAP_FAILED)
      let pages = MemoryPages(around: MemoryAddress(bitPattern: UInt(bitPattern: address)), byteCount: size)
      try pages.prefault()
      let during = try ProcessMemory.current()
      unsafe munmap(address, size)
      let after = try ProcessMemory.current()
      #expect(during.residentBytes >= before.residentBytes + size - slack)
      #expect(during.addressSpaceBytes >= before.addressSpaceBytes + size)
      #expect(after.residentBytes <= during.residentBytes - size + slack)
      #expect(after.peakResidentBytes >= during.residentBytes - slack)
      #expect(try ResourceUsage.current().peakResidentBytes >= size)
    }
  }

  @Test("page faults and seconds are counted")
  func usage() throws {
    let before = try ResourceUsage.current()
    let size = 1000 * MemoryPages.byteCount
    let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    try #require(unsafe address != MAP_FAILED)
    unsafe madvise(address, size, MADV_NOHUGEPAGE)
    unsafe memset(address!, 1, size)
    unsafe munmap(address, size)
    let after = try ResourceUsage.current()
    #expect(after.minorPageFaults >= before.minorPageFaults + 1000)
    #expect(after.majorPageFaults >= before.majorPageFaults)
    #expect(after.userSeconds >= before.userSeconds)
    #expect(after.systemSeconds >= before.systemSeconds)
    #expect(after.userSeconds + after.systemSeconds > 0)
  }

  @Test("pages are those around a range, and only touched ones are in memory")
  func pages() throws {
    let page = MemoryPages.byteCount
    let base = MemoryAddress(bitPattern: UInt(page) * 1000)
    let cases: [(offset: Int, byteCount: Int, pages: Int)] = [
      (0, 0, 0), (0, 1, 1), (0, page, 1), (0, page + 1, 2), (1, page, 2), (page - 1, 2, 2), (5, 10 * page, 11),
    ]
    for (offset, byteCount, count) in cases {
      let pages = MemoryPages(around: base.advanced(by: offset), byteCount: byteCount)
      #expect(pages.totalByteCount == count * page, "\(byteCount) bytes at \(offset)")
      #expect(pages.address == base)
    }

    // More pages than one call of mincore is asked about.
    let size = 70_000 * page
    let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    try #require(unsafe address != MAP_FAILED)
    defer { unsafe munmap(address, size) }
    unsafe madvise(address, size, MADV_NOHUGEPAGE)
    let all = MemoryPages(around: MemoryAddress(bitPattern: UInt(bitPattern: address)), byteCount: size)
    #expect(try all.residentByteCount() == 0)
    for index in [0, 1, 65_535, 65_536, 69_999] {
      unsafe address!.storeBytes(of: 1, toByteOffset: index * page, as: UInt8.self)
    }
    #expect(try all.residentByteCount() == 5 * page)
    try all.release()
    #expect(try all.residentByteCount() == 0)
  }

  @Test("an unmapped page is an error value")
  func unmapped() {
    let pages = MemoryPages(around: MemoryAddress(bitPattern: UInt(MemoryPages.byteCount)), byteCount: 1)
    let resident = #expect(throws: SystemCallError.self) { try pages.residentByteCount() }
    #expect(resident == SystemCallError(call: "mincore", errorNumber: ENOMEM))
    let prefault = #expect(throws: SystemCallError.self) { try pages.prefault() }
    #expect(prefault == SystemCallError(call: "madvise", errorNumber: ENOMEM))
    #expect(!pages.adviseHugePages(true))
  }
}
