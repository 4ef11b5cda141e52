import Glibc

/// How threads of the kernels' team wait for each other between two kernels: libgomp's setting, which it reads from the
/// environment before `main` begins.
///
/// By itself libgomp spins for some milliseconds before it sleeps. That is longer than the scheduler's turns: where
/// anything else runs on the machine, a thread then spins away its own processor's share while the one that it waits for
/// does not get another. Measured on two processors beside one busy process, a network of 100 narrow layers:
///
/// | turns of the loop | an iteration, quiet | busy |
/// | --- | --- | --- |
/// | 300,000, libgomp's own | 172 ms | 5,000 ms and more |
/// | 30,000 | 157 ms | 1,319 ms |
/// | 1,000 | 197 ms | 349 ms |
package struct WaitingThreads: Hashable, Sendable {
  /// Turns of the loop in which a waiting thread looks before it sleeps, where the machine has a processor for each
  /// thread: some hundred microseconds, in which all who are on their processors arrive.
  package static let quietSpinCount = 30_000
  /// The same where others run on them: some ten microseconds.
  package static let busySpinCount = 1000

  /// What the environment says: `GOMP_SPINCOUNT` or `OMP_WAIT_POLICY` with its value; nil where it says nothing.
  package let setting: String?

  package init(setting: String?) {
    self.setting = setting
  }

  /// Waiting threads that spin so many turns.
  package init(spinCount: Int) {
    setting = "\(WaitingThreads.spinCountVariable)=\(spinCount)"
  }

  package static var current: WaitingThreads {
    for name in [spinCountVariable, policyVariable] {
      if let value = environmentVariable(name) { return WaitingThreads(setting: "\(name)=\(value)") }
    }
    return WaitingThreads(setting: nil)
  }

  private static let spinCountVariable = "GOMP_SPINCOUNT"
  private static let policyVariable = "OMP_WAIT_POLICY"

  /// Starts this program anew, with the same arguments, where its threads would spin for long and nobody has asked for
  /// that; it does not return then. It must be called before anything is opened or started.
  ///
  /// - Parameter unbind: lets the calling thread run wherever the process may, where a library has bound it.
  ///
  /// Where the system refuses, all goes on as it was: slower while something else runs, as ``current`` tells.
  package static func boundSpinning(unbind: () -> Void) {
    guard current.setting == nil, let path = linkTarget("/proc/self/exe"),
      unsafe setenv(spinCountVariable, "\(othersTakeProcessors() ? busySpinCount : quietSpinCount)", 1) == 0
    else { return }
    unbind()
    unsafe execv(path, CommandLine.unsafeArgv)
    unsafe unsetenv(spinCountVariable)
  }

  /// Whether other processes want so many processors that too few are left for a thread on each of those that this one
  /// may use: over two milliseconds without a break.
  private static func othersTakeProcessors() -> Bool {
    var spare: Int?
    for look in 0..<8 {
      if look > 0 { usleep(250) }
      guard let text = systemText(atPath: "/proc/loadavg"), let others = otherRunningCount(loadText: text), others > 0
      else { return false }
      if spare == nil { spare = processorsOfOthers() }
      guard let spare, others > spare else { return false }
    }
    return true
  }

  /// Tasks beside the one that asks that run or could, from the text of `/proc/loadavg`, such as `0.31 0.20 0.18 2/79 2434`;
  /// nil where it has no such figure.
  package static func otherRunningCount(loadText: String) -> Int? {
    let words = loadText.split(separator: " ")
    guard words.count >= 4, let running = words[3].split(separator: "/").first.flatMap({ Int($0) }), running > 0 else {
      return nil
    }
    return running - 1
  }

  /// Processors that this process may not use.
  private static func processorsOfOthers() -> Int {
    let online = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let own = systemText(atPath: "/proc/thread-self/status").flatMap { Hardware.allowedProcessors($0)?.count }
    return max(0, online - (own ?? online))
  }

  private static func linkTarget(_ path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &bytes, bytes.count)
    guard count > 0, count < bytes.count else { return nil }
    return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
