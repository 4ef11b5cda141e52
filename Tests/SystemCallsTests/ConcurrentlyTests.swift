import Glibc
import Synchronization
import SystemCalls
import Testing

@Suite("Two bodies at once")
struct ConcurrentlyTests {
  private struct Refusal: Error, Equatable {
    let reason: Int
  }

  @Test("run at the same time, the first on the caller's thread")
  func atOnce() throws {
    let present = Atomic(0)
    // Each waits until the other is there.
    let meet = { @Sendable () -> pthread_t in
      present.add(1, ordering: .sequentiallyConsistent)
      while present.load(ordering: .sequentiallyConsistent) < 2 { sched_yield() }
      return pthread_self()
    }
    let (first, second) = concurrently(meet, and: meet)
    #expect(first == pthread_self() && second != first)
  }

  @Test("run one after the other on the caller's thread where that is asked for")
  func inTurn() throws {
    let (first, second) = concurrently(when: false, { pthread_self() }, and: { pthread_self() })
    #expect(first == pthread_self() && second == first)
  }

  @Test("what either throws is thrown, what the first throws before what the second does")
  func errors() {
    func run(_ first: Int?, _ second: Int?) throws {
      _ = try concurrently {
        if let first { throw Refusal(reason: first) }
      } and: {
        if let second { throw Refusal(reason: second) }
      }
    }
    #expect(throws: Never.self) { try run(nil, nil) }
    #expect(throws: Refusal(reason: 1)) { try run(1, nil) }
    #expect(throws: Refusal(reason: 2)) { try run(nil, 2) }
    #expect(throws: Refusal(reason: 1)) { try run(1, 2) }
  }
}
