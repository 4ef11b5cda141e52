import Glibc
import SystemCalls
import Testing

private struct Refusal: Error, Equatable {
  let reason: Int
}

@Suite("Compute thread")
struct ComputeThreadTests {
  @Test("runs every body on one thread of its own")
  func oneThread() throws {
    let thread = try ComputeThread()
    let caller = pthread_self()
    let threads = (0..<100).map { _ in thread.run { pthread_self() } }
    #expect(Set(threads).count == 1)
    #expect(threads[0] != caller)
    #expect(!thread.isCurrent)
    #expect(thread.run { thread.isCurrent })
  }

  @Test("throws what the body throws, as its own type")
  func errors() throws {
    let thread = try ComputeThread()
    let body: @Sendable () throws(Refusal) -> Int = { () throws(Refusal) in throw Refusal(reason: 7) }
    do throws(Refusal) {
      _ = try thread.run(body)
      Issue.record("the error was lost")
    } catch {
      #expect(error == Refusal(reason: 7))
    }
    #expect(thread.run { 3 } == 3)
  }

  @Test("a body may call run again")
  func reentry() throws {
    let thread = try ComputeThread()
    #expect(thread.run { thread.run { thread.run { 5 } } } == 5)
  }

  @Test("callers from many threads take turns")
  func manyCallers() async throws {
    let thread = try ComputeThread()
    // Written on the compute thread alone.
    nonisolated(unsafe) var counter = 0
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<200 { thread.run { unsafe counter += 1 } }
        }
      }
    }
    #expect(thread.run { unsafe counter } == 1600)
  }

  @Test("every signal is blocked, while the caller's mask stays")
  func signalMask() throws {
    let before = blockedSignals()
    let thread = try ComputeThread()
    #expect(blockedSignals() == before)
    let blocked = thread.run { blockedSignals() }
    for signal in [SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGPIPE, SIGALRM, SIGCHLD, SIGPROF, SIGSEGV] {
      #expect(blocked.contains(signal), "signal \(signal)")
    }
    #expect(blocked.contains(37))
  }

  @Test("has the stack that was asked for")
  func stack() throws {
    let thread = try ComputeThread(stackByteCount: 64 << 20)
    // 40,000 frames of a kilobyte and more: five times the stack that threads usually get.
    #expect(thread.run { depth(40_000) } == 40_000)
  }

  @Test("a stack beyond all memory is an error value")
  func refusal() {
    let error = #expect(throws: SystemCallError.self) { try ComputeThread(stackByteCount: 1 << 50) }
    #expect(error?.call == "pthread_create")
    #expect(error?.errorNumber == EAGAIN)
    #expect(throws: SystemCallError.self) { try ComputeThread(stackByteCount: 1) }
  }

  @Test("the last reference may go inside a body")
  func lastReferenceInside() throws {
    for _ in 0..<50 {
      let held = try ThreadHolder()
      held.dropInside()
      #expect(held.thread == nil)
    }
  }
}

/// Gives up its thread from inside a body.
private final class ThreadHolder: @unchecked Sendable {
  var thread: ComputeThread?

  init() throws {
    thread = try ComputeThread()
  }

  func dropInside() {
    thread?.run { self.thread = nil }
  }
}

private func blockedSignals() -> Set<Int32> {
  var mask = sigset_t()
  unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
  return Set((1...64).filter { unsafe sigismember(&mask, $0) == 1 })
}

@inline(never)
private func depth(_ remaining: Int) -> Int {
  var frame = (UInt64(remaining), SIMD64<UInt64>(repeating: UInt64(remaining)), SIMD64<UInt64>.zero)
  return unsafe withUnsafeMutableBytes(of: &frame) { bytes in
    unsafe bytes[0] &+= 0
    return remaining == 0 ? 0 : 1 + depth(remaining - 1)
  }
}
