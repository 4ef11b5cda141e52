import Glibc

/// Seconds since 1970-01-01 00:00 UTC: for people, never for differences.
package func wallClockSeconds() -> Int {
  var time = timespec()
  // It cannot fail: the clock exists on every Linux and the address is valid.
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return time.tv_sec
}

/// The machine's name on its network.
///
/// - Throws: `SystemCallError` of `gethostname`.
package func hostName() throws(SystemCallError) -> String {
  // The longest name that Linux allows is 64 bytes.
  var name = [CChar](repeating: 0, count: 65)
  guard unsafe gethostname(&name, name.count - 1) == 0 else {
    throw SystemCallError(call: "gethostname", errorNumber: errno)
  }
  return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// This process's number.
package var processNumber: Int { Int(getpid()) }

/// Processes that ran or waited over the last 1, 5 and 15 minutes; empty where the system does not say.
package func loadAverages() -> [Double] {
  var averages = [Double](repeating: 0, count: 3)
  let count = unsafe getloadavg(&averages, 3)
  return Array(averages.prefix(max(0, Int(count))))
}
