import Glibc

/// What this process has used since it began (`getrusage`).
package struct ResourceUsage: Hashable, Sendable {
  /// Page faults that found their page in memory, or an empty one.
  package let minorPageFaults: Int
  /// Page faults that waited for a disk.
  package let majorPageFaults: Int
  /// The most bytes that were ever in memory.
  package let peakResidentBytes: Int
  /// Seconds of all threads in the program.
  package let userSeconds: Double
  /// Seconds of all threads in the kernel.
  package let systemSeconds: Double

  package var pageFaults: Int { minorPageFaults + majorPageFaults }
  package var processorSeconds: Double { userSeconds + systemSeconds }

  /// The use up to this moment.
  ///
  /// - Throws: `SystemCallError` of `getrusage`.
  package static func current() throws(SystemCallError) -> ResourceUsage {
    var usage = rusage()
    guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else {
      throw SystemCallError(call: "getrusage", errorNumber: errno)
    }
    return ResourceUsage(
      minorPageFaults: usage.ru_minflt, majorPageFaults: usage.ru_majflt,
      peakResidentBytes: usage.ru_maxrss * 1024, userSeconds: seconds(usage.ru_utime),
      systemSeconds: seconds(usage.ru_stime))
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }
}
