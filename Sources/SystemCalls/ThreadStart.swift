import Glibc

/// Starts a thread on which every signal is blocked from its first instruction on, so that threads it starts inherit
/// that, and which runs `body` to its end.
///
/// - Parameters:
///   - name: at most 15 bytes, as tools show it.
///   - stackByteCount: at least 16 KiB.
/// - Throws: `SystemCallError` of the pthread call that failed.
func startThread(
  named name: String, stackByteCount: Int, body: @escaping @Sendable () -> Void
) throws(SystemCallError) -> pthread_t {
  func check(_ call: String, _ failure: Int32) throws(SystemCallError) {
    guard failure == 0 else { throw SystemCallError(call: call, errorNumber: failure, subject: "thread \(name)") }
  }

  var attributes = pthread_attr_t()
  try check("pthread_attr_init", unsafe pthread_attr_init(&attributes))
  defer { unsafe pthread_attr_destroy(&attributes) }
  try check("pthread_attr_setstacksize", unsafe pthread_attr_setstacksize(&attributes, stackByteCount))

  // A thread begins with its maker's mask.
  var everySignal = sigset_t()
  var previousMask = sigset_t()
  unsafe sigfillset(&everySignal)
  try check("pthread_sigmask", unsafe pthread_sigmask(SIG_SETMASK, &everySignal, &previousMask))
  let start = unsafe Unmanaged.passRetained(ThreadStart(name: name, body: body))
  var thread = pthread_t()
  let failure = unsafe pthread_create(
    &thread, &attributes,
    { argument in
      let start = unsafe Unmanaged<ThreadStart>.fromOpaque(argument!).takeRetainedValue()
      start.run()
      return nil
    }, start.toOpaque())
  try check("pthread_sigmask", unsafe pthread_sigmask(SIG_SETMASK, &previousMask, nil))
  if failure != 0 { unsafe start.release() }
  try check("pthread_create", failure)
  return thread
}

/// Starts so many more threads, all there at once, and ends them: libraries that start threads of their own end the
/// process where the system refuses one.
///
/// - Throws: `SystemCallError` of `pthread_create`, for example `EAGAIN` beyond the limit on processes.
package func tryStarting(threadCount: Int) throws(SystemCallError) {
  let monitor = ThreadMonitor()
  let gate = Gate()
  var threads: [pthread_t] = []
  defer {
    monitor.locked {
      gate.isOpen = true
      monitor.wakeAll()
    }
    for thread in threads { pthread_join(thread, nil) }
  }
  for _ in 0..<threadCount {
    threads.append(
      try startThread(named: "bptrain-trial", stackByteCount: 64 << 10) {
        monitor.locked { monitor.wait { gate.isOpen } }
      })
  }
}

/// Read and written by the holder of a monitor.
private final class Gate: @unchecked Sendable {
  var isOpen = false
}

private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }

  func run() {
    // Without `/proc` the thread keeps the program's name, which only those notice who look at it in a tool.
    if let descriptor = try? FileDescriptor(opening: "/proc/thread-self/comm", O_WRONLY, subject: name) {
      try? writeAll(Array(name.utf8), to: descriptor.rawValue)
    }
    body()
  }
}
