import Glibc

/// How much memory this machine, this process's control groups and its resource limits allow.
package struct MemoryLimits: Hashable, Sendable {
  /// The machine's memory (`MemTotal`).
  package let totalBytes: Int
  /// What the machine could still give without swapping (`MemAvailable`).
  package let availableBytes: Int
  /// What the control groups allow; nil where they set no limit.
  package let controlGroup: ControlGroupMemory?
  /// The limit on address space (`RLIMIT_AS`); nil where there is none.
  package let addressSpaceBytes: Int?
  /// This process's address space now.
  package let usedAddressSpaceBytes: Int

  package init(
    totalBytes: Int, availableBytes: Int, controlGroup: ControlGroupMemory?, addressSpaceBytes: Int?,
    usedAddressSpaceBytes: Int
  ) {
    self.totalBytes = totalBytes
    self.availableBytes = availableBytes
    self.controlGroup = controlGroup
    self.addressSpaceBytes = addressSpaceBytes
    self.usedAddressSpaceBytes = usedAddressSpaceBytes
  }

  /// What this process could still take now.
  package var furtherBytes: Int {
    let ofAddressSpace = addressSpaceBytes.map { max($0 - usedAddressSpaceBytes, 0) }
    return min(furtherResidentBytes, ofAddressSpace ?? .max)
  }

  /// What this process could still bring into memory behind addresses that it has.
  package var furtherResidentBytes: Int { min(availableBytes, controlGroup?.availableBytes ?? .max) }

  /// What a process may have in memory here that has so many bytes in memory now: that and the further bytes, less a
  /// sixteenth of them and 16 MiB. The margin is for address space that is reserved and not used, for page tables, and
  /// for what others take meanwhile.
  package func budgetBytes(residentBytes: Int) -> Int {
    residentBytes + max(0, furtherBytes - furtherBytes / 16 - 16 << 20)
  }

  /// The limits of this moment.
  ///
  /// - Throws: `SystemCallError` of reading `/proc` or of `getrlimit`; `ENODATA` where a figure is missing.
  package static func current() throws(SystemCallError) -> MemoryLimits {
    let path = "/proc/meminfo"
    let text = String(decoding: try readFile(atPath: path), as: UTF8.self)
    guard let machine = machineMemory(text) else {
      throw SystemCallError(call: "read", errorNumber: ENODATA, subject: path)
    }
    return MemoryLimits(
      totalBytes: machine.totalBytes, availableBytes: machine.availableBytes,
      controlGroup: ControlGroupMemory(
        groups: ControlGroup.groups(of: "memory"), readingFiles: systemText(atPath:)),
      addressSpaceBytes: try addressSpaceLimit(),
      usedAddressSpaceBytes: try ProcessMemory.current().addressSpaceBytes)
  }

  /// Whether the limit on address space leaves so many bytes in one piece. Takes microseconds.
  package static func haveAddresses(for byteCount: Int) throws(SystemCallError) -> Bool {
    guard try addressSpaceLimit() != nil else { return true }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let place = unsafe mmap(nil, byteCount, PROT_NONE, flags, -1, 0)
    guard unsafe place != MAP_FAILED else { return false }
    unsafe munmap(place, byteCount)
    return true
  }

  /// The limit on address space (`RLIMIT_AS`) in bytes; nil where there is none.
  ///
  /// - Throws: `SystemCallError` of `getrlimit`.
  static func addressSpaceLimit() throws(SystemCallError) -> Int? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
      throw SystemCallError(call: "getrlimit", errorNumber: errno)
    }
    // RLIM_INFINITY is the largest number.
    return Int(exactly: limit.rlim_cur)
  }

  /// `MemTotal` and `MemAvailable` of the text of `/proc/meminfo`; free memory stands for the latter in kernels before
  /// 3.14. Nil where they are missing.
  package static func machineMemory(_ text: String) -> (totalBytes: Int, availableBytes: Int)? {
    guard let total = kibibyteField("MemTotal", in: text),
      let available = kibibyteField("MemAvailable", in: text) ?? kibibyteField("MemFree", in: text)
    else { return nil }
    return (total, available)
  }
}
