import Glibc

/// How threads of the kernels' team wait for each other between two kernels: libgomp's setting, which it reads from the
/// environment before `main` begins.
///
/// By itself libgomp spins for some milliseconds before it sleeps. That is longer than the scheduler's turns: where
/// anything else runs on the machine, a thread then spins away its own processor's share while the one that it waits for
/// does not get another, and an iteration takes up to fifty times as long. Some ten microseconds are as fast on a quiet
/// machine, and a busy one shares its processors fairly.
package struct WaitingThreads: Hashable, Sendable {
  /// Turns of the loop in which a waiting thread looks, before it sleeps.
  private static let boundedSpinCount = 1000

  /// What the environment says: `GOMP_SPINCOUNT` or `OMP_WAIT_POLICY` with its value; nil where it says nothing.
  package let setting: String?

  package static var current: WaitingThreads {
    for name in [spinCountVariable, policyVariable] {
      if let value = environmentVariable(name) { return WaitingThreads(setting: "\(name)=\(value)") }
    }
    return WaitingThreads(setting: nil)
  }

  /// What ``boundSpinning()`` sets.
  package static let bounded = WaitingThreads(setting: "\(spinCountVariable)=\(boundedSpinCount)")

  private static let spinCountVariable = "GOMP_SPINCOUNT"
  private static let policyVariable = "OMP_WAIT_POLICY"

  /// Starts this program anew, with the same arguments, where its threads would spin unboundedly and nobody has asked for
  /// that; it does not return then. It must be called before anything is opened or started.
  ///
  /// Where the system refuses, all goes on as it was: slower while something else runs, as ``current`` tells.
  package static func boundSpinning() {
    guard current.setting == nil, let path = linkTarget("/proc/self/exe"),
      unsafe setenv(spinCountVariable, "\(boundedSpinCount)", 1) == 0
    else { return }
    unsafe execv(path, CommandLine.unsafeArgv)
    unsafe unsetenv(spinCountVariable)
  }

  private static func linkTarget(_ path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &bytes, bytes.count)
    guard count > 0, count < bytes.count else { return nil }
    return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
