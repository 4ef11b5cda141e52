import Glibc

/// The one thread that makes every kernel call: a plain pthread, made once.
///
/// OpenMP builds a team for each thread that calls it, so all work goes through one. Every signal is blocked before the
/// thread starts, and its team inherits that: no handler ever runs on a stack that a generated kernel has moved.
///
/// ```swift
/// let thread = try ComputeThread()
/// let loss = try thread.run { try loop.runToEnd() }
/// ```
///
/// Handing a body over takes two changes of thread, some 30 microseconds: hand over loops, not iterations.
package final class ComputeThread: Sendable {
  private let thread: pthread_t
  private let work = WorkSlot()

  /// Starts the thread.
  ///
  /// - Parameter stackByteCount: address space for the stack; memory comes with its use.
  /// - Throws: `SystemCallError`, for example `EAGAIN` of `pthread_create`.
  package init(stackByteCount: Int = 8 << 20) throws(SystemCallError) {
    thread = try startThread(named: "bptrain-compute", stackByteCount: stackByteCount) { [work] in
      work.runUntilClosed()
    }
  }

  deinit {
    work.close()
    if isCurrent {
      // The last reference went inside a body: the thread cannot wait for itself.
      pthread_detach(thread)
    } else {
      pthread_join(thread, nil)
    }
  }

  /// Whether the caller is this thread.
  package var isCurrent: Bool { pthread_equal(pthread_self(), thread) != 0 }

  /// Runs `body` on the thread and waits for its result. Callers from several threads take turns; a body that calls
  /// `run` again is run in place.
  ///
  /// - Throws: what `body` throws.
  package func run<Result: Sendable, Failure: Error>(
    _ body: @Sendable () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard !isCurrent else { return try body() }
    let outcome: Swift.Result<Result, Failure> = withoutActuallyEscaping(body) { body in
      let outcome = Outcome<Result, Failure>()
      work.perform {
        do throws(Failure) {
          outcome.value = .success(try body())
        } catch {
          outcome.value = .failure(error)
        }
      }
      return outcome.value!
    }
    return try outcome.get()
  }
}

/// What a body left behind, written on the compute thread and read by the waiting caller after it.
private final class Outcome<Value: Sendable, Failure: Error>: @unchecked Sendable {
  var value: Result<Value, Failure>?
}

/// At most one piece of work that a caller has handed over.
private final class WorkSlot: @unchecked Sendable {
  private let monitor = ThreadMonitor()
  private var work: (@Sendable () -> Void)?
  private var isTaken = false
  private var isDone = false
  private var isClosed = false

  /// Hands `body` over and waits until it has run.
  func perform(_ body: @escaping @Sendable () -> Void) {
    monitor.locked {
      monitor.wait { !isTaken }
      isTaken = true
      isDone = false
      work = body
      monitor.wakeAll()
      monitor.wait { isDone }
      isTaken = false
      monitor.wakeAll()
    }
  }

  /// Runs what is handed over until the slot is closed.
  func runUntilClosed() {
    while runNext() {
      monitor.locked {
        isDone = true
        monitor.wakeAll()
      }
    }
  }

  /// Runs one piece of work and has let go of it on return, as its caller's stack ends with it. False when closed.
  @inline(never)
  private func runNext() -> Bool {
    let body = monitor.locked {
      monitor.wait { work != nil || isClosed }
      defer { work = nil }
      return work
    }
    guard let body else { return false }
    body()
    return true
  }

  /// Ends `runUntilClosed` after the work in hand.
  func close() {
    monitor.locked {
      isClosed = true
      monitor.wakeAll()
    }
  }
}
