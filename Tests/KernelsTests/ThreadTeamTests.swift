import Synchronization
import Testing

@testable import Kernels

@Suite struct ThreadTeamTests {
  @Test(arguments: [1, 2, 3])
  nonisolated func everyThreadRunsTheBodyOnce(threadCount: Int) {
    let team = ThreadTeam(threadCount: threadCount)
    let calls = Mutex([Int: Int]())
    for _ in 0..<100 {
      team.parallel { threadIndex, count in
        #expect(count == threadCount)
        calls.withLock { $0[threadIndex, default: 0] += 1 }
      }
    }
    #expect(calls.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<threadCount).map { ($0, 100) }))
  }

  @Test nonisolated func flushToZeroReachesEveryThread() {
    let team = ThreadTeam(threadCount: 2)
    team.setFlushToZero()
    let flushing = Mutex(0)
    let zeros = Mutex(0)
    let tiny = Mutex(Float.leastNormalMagnitude)
    team.parallel { _, _ in
      flushing.withLock { $0 += ThreadTeam.flushesToZero ? 1 : 0 }
      let half = tiny.withLock { $0 } * 0.5
      zeros.withLock { $0 += half == 0 ? 1 : 0 }
    }
    #expect(flushing.withLock { $0 } == 2)
    #expect(zeros.withLock { $0 } == 2)
  }

  @Test nonisolated func rangesCoverAllItemsInOrder() {
    for count in 0..<70 {
      for parts in 1...5 {
        for granularity in [1, 2, 7, 16] {
          var next = 0
          var lengths: [Int] = []
          for part in 0..<parts {
            let range = ThreadTeam.range(of: count, part: part, parts: parts, granularity: granularity)
            #expect(range.lowerBound == next || range.isEmpty, "\(count) in \(parts) by \(granularity)")
            #expect(range.isEmpty || range.lowerBound % granularity == 0)
            next = max(next, range.upperBound)
            lengths.append((range.count + granularity - 1) / granularity)
          }
          #expect(next == count)
          #expect(lengths.max()! - lengths.min()! <= 1)
        }
      }
    }
  }
}
