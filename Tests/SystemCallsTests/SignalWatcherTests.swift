import Glibc
import SystemCalls
import TestSupport
import Testing

/// Every test has a process of its own: what is blocked and what arrives holds for a whole one.
@Suite("Signal watcher")
struct SignalWatcherTests {
  @Test("the first interrupt is found by asking", arguments: [SIGINT, SIGTERM, SIGHUP])
  func first(signal: Int32) async {
    await #expect(processExitsWith: .success) { [signal] in
      let watcher = try SignalWatcher()
      watcher.attend()
      #expect(watcher.pendingInterrupt == nil)
      try send(signal)
      let interrupt = try #require(eventually { watcher.pendingInterrupt })
      #expect(interrupt.rawValue == signal)
      #expect(interrupt.exitCode == 128 + signal)
      #expect(!watcher.takeSaveRequest())
    }
  }

  @Test("the second interrupt ends the process at once, with its own code")
  func second() async {
    await #expect(processExitsWith: .exitCode(130)) { try interruptTwice(SIGTERM, SIGINT) }
    await #expect(processExitsWith: .exitCode(143)) { try interruptTwice(SIGINT, SIGTERM) }
    await #expect(processExitsWith: .exitCode(130)) { try interruptTwice(SIGINT, SIGINT) }
  }

  @Test("as long as nobody attends, one interrupt ends the process, and it may say so")
  func unattended() async throws {
    let result = try #require(
      await #expect(processExitsWith: .exitCode(143), observing: [\.standardErrorContent]) {
        let watcher = try SignalWatcher { interrupt in
          // What the test reads is all that matters of it.
          try? writeToStandardError("ended by \(interrupt)\n")
        }
        try send(SIGTERM)
        let ended: Bool? = eventually { nil }
        Issue.record("the process still runs: \(String(describing: ended)), \(watcher)")
      })
    #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("ended by terminate\n"))
    await #expect(processExitsWith: .exitCode(130)) {
      let watcher = try SignalWatcher()
      try send(SIGINT)
      let ended: Bool? = eventually { nil }
      Issue.record("the process still runs: \(String(describing: ended)), \(watcher)")
    }
  }

  @Test("a hang-up that is ignored, as under nohup, stays ignored")
  func ignoredHangUp() async {
    await #expect(processExitsWith: .success) {
      signal(SIGHUP, SIG_IGN)
      let watcher = try SignalWatcher()
      watcher.attend()
      try send(SIGHUP)
      try send(SIGINT)
      #expect(eventually { watcher.pendingInterrupt } == .interrupt)
    }
  }

  @Test("a request to save is taken once and interrupts nothing")
  func saveRequest() async {
    await #expect(processExitsWith: .success) {
      let watcher = try SignalWatcher()
      for _ in 0..<3 {
        #expect(!watcher.takeSaveRequest())
        try send(SIGUSR1)
        #expect(eventually { watcher.takeSaveRequest() ? true : nil } == true)
      }
      #expect(!watcher.takeSaveRequest())
      #expect(watcher.pendingInterrupt == nil)
    }
  }

  @Test("goes without waiting for a signal, and can be made again")
  func end() async {
    await #expect(processExitsWith: .success) {
      for _ in 0..<20 { _ = try SignalWatcher() }
      let watcher = try SignalWatcher()
      watcher.attend()
      try send(SIGINT)
      #expect(eventually { watcher.pendingInterrupt } == .interrupt)
    }
  }
}

private func interruptTwice(_ first: Int32, _ second: Int32) throws {
  let watcher = try SignalWatcher()
  watcher.attend()
  try send(first)
  let interrupt = eventually { watcher.pendingInterrupt }
  #expect(interrupt?.rawValue == first)
  try send(second)
  let ended: Bool? = eventually { nil }
  Issue.record("the process still runs: \(String(describing: ended))")
}

/// Sends a signal to the watcher's thread: one sent to the whole process would end it by the test's other threads,
/// which were there before and block nothing.
private func send(_ signal: Int32) throws {
  // A thread gives itself its name soon after it began.
  let thread = try #require(eventually { watcherThread() }, "there is no thread named bptrain-signals")
  try #require(tgkill(getpid(), thread, signal) == 0)
}

private func watcherThread() -> Int32? {
  TemporaryFolder.names(at: "/proc/self/task").lazy.compactMap { thread -> Int32? in
    // A thread may end while its name is read.
    guard let name = try? readFile(atPath: "/proc/self/task/\(thread)/comm"),
      String(decoding: name, as: UTF8.self) == "bptrain-signals\n"
    else { return nil }
    return Int32(thread)
  }.first
}

@_silgen_name("tgkill")
private func tgkill(_ process: Int32, _ thread: Int32, _ signal: Int32) -> Int32

/// The first value that `body` gives, asked every millisecond for ten seconds.
private func eventually<Value>(_ body: () -> Value?) -> Value? {
  for _ in 0..<10_000 {
    if let value = body() { return value }
    usleep(1000)
  }
  return nil
}
