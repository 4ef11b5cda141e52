import Glibc
import Synchronization

/// A signal that asks the program to end.
package enum Interrupt: Int32, Sendable {
  /// SIGHUP, as a terminal that goes away sends it.
  case hangUp = 1
  /// SIGINT, as Ctrl-C sends it.
  case interrupt = 2
  /// SIGTERM, as schedulers and service managers send it.
  case terminate = 15

  /// The exit code that tells of it: 128 and the signal's number.
  package var exitCode: Int32 { 128 + rawValue }
}

/// Takes SIGINT, SIGTERM, SIGHUP and SIGUSR1 as values to ask for instead of handlers that run anywhere.
///
/// They are blocked in every thread, and one small thread waits for them (`sigwait`). What is ignored from the start, as
/// SIGHUP is under `nohup` and SIGINT in a script's background, stays so. As long as nobody attends, each but SIGUSR1
/// ends the process at once, and no file stays half written (``WholeFile``). Afterwards the first is remembered for the
/// training loop to find between two iterations, and the second ends the process at once. SIGUSR1 asks to save now.
///
/// ```swift
/// let signals = try SignalWatcher { tell($0) }  // before any other thread is started: they inherit what is blocked
/// prepare()
/// signals.attend()
/// while !finished {
///   runIteration()
///   if signals.takeSaveRequest() { save() }
///   if let interrupt = signals.pendingInterrupt { save(); exit(interrupt.exitCode) }
/// }
/// ```
package final class SignalWatcher: Sendable {
  private let state: SignalState
  private let thread: pthread_t

  /// Blocks the signals in the calling thread and begins to wait for them. Signals that arrived and were not yet
  /// delivered count.
  ///
  /// - Parameter farewell: called on the waiting thread before an unattended signal ends the process.
  /// - Throws: `SystemCallError` of the thread that cannot be started.
  package init(farewell: @escaping @Sendable (Interrupt) -> Void = { _ in }) throws(SystemCallError) {
    let state = SignalState(farewell: farewell)
    var signals = SignalState.signals
    let failure = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    guard failure == 0 else { throw SystemCallError(call: "pthread_sigmask", errorNumber: failure) }
    self.state = state
    thread = try startThread(named: "bptrain-signals", stackByteCount: 256 << 10) {
      state.watch()
    }
  }

  deinit {
    // The waiting thread wakes by a signal of its own; no one else's is lost, as theirs go to the process.
    state.isStopped.store(true, ordering: .releasing)
    pthread_kill(thread, SIGUSR1)
    pthread_join(thread, nil)
  }

  /// From now on the caller asks for `pendingInterrupt` often enough that nobody need end the process for it.
  package func attend() {
    state.isAttended.store(true, ordering: .releasing)
  }

  /// The first SIGINT, SIGTERM or SIGHUP that arrived; nil until one does. An atomic load.
  package var pendingInterrupt: Interrupt? {
    Interrupt(rawValue: state.interrupt.load(ordering: .relaxed))
  }

  /// Whether SIGUSR1 arrived since this was last asked.
  package func takeSaveRequest() -> Bool {
    state.saveRequested.load(ordering: .relaxed) && state.saveRequested.exchange(false, ordering: .relaxed)
  }
}

/// What arrived, shared with the waiting thread.
private final class SignalState: Sendable {
  let interrupt = Atomic<Int32>(0)
  let saveRequested = Atomic<Bool>(false)
  let isAttended = Atomic<Bool>(false)
  let isStopped = Atomic<Bool>(false)
  let farewell: @Sendable (Interrupt) -> Void

  init(farewell: @escaping @Sendable (Interrupt) -> Void) {
    self.farewell = farewell
  }

  static var signals: sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGUSR1)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(signal) { unsafe sigaddset(&signals, signal) }
    return signals
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Waits for signals until stopped.
  func watch() {
    var signals = Self.signals
    while true {
      var signal: Int32 = 0
      // It fails on an invalid signal number alone.
      let failure = unsafe sigwait(&signals, &signal)
      precondition(failure == 0, "sigwait: error \(failure)")
      if isStopped.load(ordering: .acquiring) { return }
      if let received = Interrupt(rawValue: signal) {
        if !isAttended.load(ordering: .acquiring) {
          farewell(received)
          end(received)
        }
        let (isFirst, _) = interrupt.compareExchange(expected: 0, desired: signal, ordering: .relaxed)
        if !isFirst { end(received) }
      } else {
        saveRequested.store(true, ordering: .relaxed)
      }
    }
  }

  private func end(_ interrupt: Interrupt) -> Never {
    WholeFile.removeUnfinished { _exit(interrupt.exitCode) }
  }
}

/// Lets a write to a pipe without a reader fail with `EPIPE`, and one past the limit on a file's size with `EFBIG`,
/// instead of ending the process without a word.
///
/// - Throws: `SystemCallError` of `sigaction`.
package func ignoreSignalsOfFailedWrites() throws(SystemCallError) {
  for signal in [SIGPIPE, SIGXFSZ] {
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = SIG_IGN
    guard unsafe sigaction(signal, &action, nil) == 0 else {
      throw SystemCallError(call: "sigaction", errorNumber: errno)
    }
  }
}
