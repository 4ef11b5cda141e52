import Glibc

/// Runs two bodies at once, the second on a thread of its own, and returns when both are done; one after the other where
/// the system refuses a thread.
///
/// Signals are blocked on that thread. It is to make no kernel calls, which belong to the ``ComputeThread``.
///
/// ```swift
/// let (smallest, keepAll) = try concurrently { try leastPlan() } and: { try planKeepingAll() }
/// ```
///
/// - Parameter isWanted: whether they are to be run at once; else one after the other.
/// - Throws: what `first` throws, else what `second` throws.
package func concurrently<First, Second: Sendable, Failure: Error>(
  when isWanted: Bool = true, _ first: () throws(Failure) -> First, and second: @Sendable () throws(Failure) -> Second
) throws(Failure) -> (First, Second) {
  guard isWanted else { return (try first(), try second()) }
  return try withoutActuallyEscaping(second) { second throws(Failure) in
    let outcome = SecondOutcome<Second, Failure>()
    let thread: pthread_t
    do throws(SystemCallError) {
      thread = try startThread(named: "bptrain-aside", stackByteCount: 8 << 20) { outcome.run(second) }
    } catch {
      return (try first(), try second())
    }
    let firstOutcome = Result { () throws(Failure) in try first() }
    pthread_join(thread, nil)
    return (try firstOutcome.get(), try outcome.take())
  }
}

/// Written on the second thread, and read once that has ended.
private final class SecondOutcome<Value: Sendable, Failure: Error>: @unchecked Sendable {
  private var result: Result<Value, Failure>?

  func run(_ body: () throws(Failure) -> Value) { result = Result { () throws(Failure) in try body() } }

  func take() throws(Failure) -> Value {
    guard let result else { preconditionFailure("the thread has ended") }
    return try result.get()
  }
}
