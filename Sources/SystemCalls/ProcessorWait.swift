import Glibc

/// Nanoseconds that the threads of this process have been ready to run while other threads had the processors, since
/// each began; nil where the kernel does not count them.
///
/// Measurements of time taken while this grows are measurements of a busy machine. Some 20 microseconds.
package func processorWaitNanoseconds() -> UInt64? {
  guard let directory = unsafe opendir("/proc/self/task") else { return nil }
  defer { unsafe closedir(directory) }
  var sum: UInt64 = 0
  var isKnown = false
  while let entry = unsafe readdir(directory) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    // Seconds on a processor, seconds of waiting for one, time slices. A thread may end meanwhile.
    guard Int(name) != nil, let text = systemText(atPath: "/proc/self/task/\(name)/schedstat"),
      let waited = schedulerWait(text)
    else { continue }
    isKnown = true
    sum &+= waited
  }
  return isKnown ? sum : nil
}

/// The second number of the text of a `schedstat` file; nil where there are not three.
func schedulerWait(_ text: String) -> UInt64? {
  let fields = text.split(whereSeparator: \.isWhitespace)
  return fields.count == 3 ? UInt64(fields[1]) : nil
}
