internal import COneDNN

/// The threads that compute: oneDNN's own OpenMP team, borrowed for kernels that oneDNN does not have.
///
/// libgomp keeps one team per calling thread and reuses it while the thread count stays the same. A `ThreadTeam` is
/// therefore made and used on one thread, the one that calls oneDNN too, and there is never a second pool.
///
/// ```
/// let team = ThreadTeam(threadCount: 2)
/// team.parallel { threadIndex, threadCount in
///   for row in ThreadTeam.range(of: rows, part: threadIndex, parts: threadCount) { ... }
/// }
/// ```
package final class ThreadTeam: Sendable {
  package let threadCount: Int

  /// Sets the size of the calling thread's team, for oneDNN's kernels and for ``parallel(_:)``.
  ///
  /// - Precondition: `threadCount` is at least 1.
  package init(threadCount: Int) {
    precondition(threadCount >= 1 && threadCount <= Int(Int32.max), "a thread team has at least one thread")
    self.threadCount = threadCount
    omp_set_dynamic(0)
    omp_set_num_threads(Int32(threadCount))
  }

  /// Threads that really run, at most ``threadCount``: fewer where OpenMP's own limits say so (`OMP_THREAD_LIMIT`,
  /// `OMP_MAX_ACTIVE_LEVELS`). oneDNN's kernels leave parts of their outputs unwritten then: nothing is to be computed
  /// with such a team.
  package func countRunningThreads() -> Int {
    var count = 0
    // Every thread is told the same number; the calling thread is number 0.
    parallel { threadIndex, threadCount in
      if threadIndex == 0 { count = threadCount }
    }
    return count
  }

  /// The calling thread alone. Leaves OpenMP as it is: for kernels that run inside somebody's parallel region.
  package static let single = ThreadTeam.ofOneThread()

  /// A team like ``single`` that nobody else has: kernels count references to their team, and threads that did so to
  /// one and the same object would wait for each other.
  package static func ofOneThread() -> ThreadTeam { ThreadTeam() }

  private init() {
    threadCount = 1
  }

  /// Calls `body` while the calling thread's team has this team's size in OpenMP: what oneDNN makes then is made for so
  /// many threads, however many the caller otherwise has.
  func withOpenMPThreadCount<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let before = omp_get_max_threads()
    guard before != Int32(threadCount) else { return try body() }
    omp_set_num_threads(Int32(threadCount))
    defer { omp_set_num_threads(before) }
    return try body()
  }

  /// Calls `body` once on every thread of the team and returns when all are done. Allocates nothing.
  ///
  /// The second argument is the number of threads that run, which the split goes by. With one thread `body` is simply
  /// called. `body` must not be isolated to an actor.
  @inline(__always)
  package func parallel(_ body: (_ threadIndex: Int, _ threadCount: Int) -> Void) {
    if threadCount == 1 {
      body(0, 1)
    } else {
      parallelRegion(body, UInt32(truncatingIfNeeded: threadCount))
    }
  }

  /// Part `part` of `count` items cut into `parts` contiguous ranges, which differ by at most one `granularity` and
  /// start at its multiples. The first parts are the longer ones; parts beyond the items are empty.
  package static func range(of count: Int, part: Int, parts: Int, granularity: Int = 1) -> Range<Int> {
    let blocks = count / granularity + (count % granularity == 0 ? 0 : 1)
    let (each, longer) = blocks.quotientAndRemainder(dividingBy: parts)
    let start = part * each + min(part, longer)
    let end = start + each + (part < longer ? 1 : 0)
    return min(start * granularity, count)..<min(end * granularity, count)
  }

  /// Makes subnormal numbers zero in the arithmetic of every thread of the team, for as long as the team lives:
  /// vanishing gradients would otherwise slow it many times over.
  package func setFlushToZero() {
    parallel { _, _ in bptrainSetFlushToZero() }
  }

  /// Puts memory behind the next pages of every thread's stack, so that a deeper call causes no page fault.
  package func touchStacks() {
    parallel { _, _ in bptrainTouchStack() }
  }

  /// Whether ``setFlushToZero()`` is in force on the calling thread.
  package static var flushesToZero: Bool { bptrainFlushesToZero() }
}

/// `Sources/COneDNN/ThreadTeam.c`, which takes the closure apart as Swift's calling convention passes it.
@_silgen_name("bptrainParallel")
private func parallelRegion(_ body: (Int, Int) -> Void, _ threadCount: UInt32)
