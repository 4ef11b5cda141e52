extension ThreadTeam {
  /// Elements below which waking the team costs more than it saves. Every split is a function of shape and thread
  /// count alone, so that a computation repeated is the same to the bit.
  package static let smallestSharedCount = 16_384

  /// Calls `body` for contiguous parts of `count` items, each on a thread of its own, or for all of them on the
  /// calling thread where the whole work is small.
  ///
  /// - Parameter granularity: every part but the last is a multiple of it.
  /// - Parameter elements: what the work amounts to, in elements read.
  @inline(__always)
  package func split(_ count: Int, granularity: Int = 1, elements: Int, _ body: (Range<Int>) -> Void) {
    if threadCount == 1 || elements < Self.smallestSharedCount {
      body(0..<count)
    } else {
      parallel { threadIndex, threadCount in
        let range = Self.range(of: count, part: threadIndex, parts: threadCount, granularity: granularity)
        if !range.isEmpty { body(range) }
      }
    }
  }
}

/// One number per thread, added up in the order of the threads.
///
/// The memory is made once, so that a sum allocates nothing. Not to be used from two threads at once, except by a team
/// of one, which does not touch it.
@safe final class PartialSums {
  private let team: ThreadTeam
  private let partials: UnsafeMutablePointer<Double>
  /// A cache line apart, so that threads do not wait for each other.
  private let stride = 8

  init(team: ThreadTeam) {
    self.team = team
    unsafe partials = .allocate(capacity: team.threadCount * stride)
    unsafe partials.initialize(repeating: 0, count: team.threadCount * stride)
  }

  deinit {
    unsafe partials.deallocate()
  }

  /// The sum of `body` over the parts of ``ThreadTeam/split(_:granularity:elements:_:)``.
  @inline(__always)
  func sum(of count: Int, granularity: Int = 1, elements: Int, _ body: (Range<Int>) -> Double) -> Double {
    if team.threadCount == 1 || elements < ThreadTeam.smallestSharedCount { return body(0..<count) }
    for thread in 0..<team.threadCount { unsafe partials[thread * stride] = 0 }
    team.parallel { threadIndex, threadCount in
      let range = ThreadTeam.range(of: count, part: threadIndex, parts: threadCount, granularity: granularity)
      if !range.isEmpty { unsafe partials[threadIndex * stride] = body(range) }
    }
    var sum = 0.0
    for thread in 0..<team.threadCount { unsafe sum += partials[thread * stride] }
    return sum
  }
}
