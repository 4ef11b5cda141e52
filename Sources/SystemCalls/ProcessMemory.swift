import Glibc

/// What memory this process has, from `/proc/self/status`.
package struct ProcessMemory: Hashable, Sendable {
  /// Bytes in memory now (`VmRSS`).
  package let residentBytes: Int
  /// The most bytes that were ever in memory (`VmHWM`).
  package let peakResidentBytes: Int
  /// Bytes of address space (`VmSize`).
  package let addressSpaceBytes: Int

  /// The memory of this moment.
  ///
  /// - Throws: `SystemCallError` of reading the file; `ENODATA` where a figure is not in it.
  package static func current() throws(SystemCallError) -> ProcessMemory {
    let path = "/proc/self/status"
    let text = String(decoding: try readFile(atPath: path), as: UTF8.self)
    guard let memory = ProcessMemory(statusText: text) else {
      throw SystemCallError(call: "read", errorNumber: ENODATA, subject: path)
    }
    return memory
  }

  /// Reads the text of a `status` file; nil where one of the figures is missing.
  package init?(statusText text: String) {
    guard let resident = kibibyteField("VmRSS", in: text), let peak = kibibyteField("VmHWM", in: text),
      let size = kibibyteField("VmSize", in: text)
    else { return nil }
    residentBytes = resident
    peakResidentBytes = peak
    addressSpaceBytes = size
  }
}
