import Glibc
import Synchronization
import Testing

import Kernels

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

  /// On a thread that ends with the test: the mode would stay with it.
  @Test nonisolated func flushToZeroReachesEveryThread() {
    var thread = pthread_t()
    let failure = unsafe pthread_create(
      &thread, nil,
      { _ in
        let team = ThreadTeam(threadCount: 2)
        let tiny = Mutex(Float.leastNormalMagnitude)
        func zeroCount() -> Int {
          let zeros = Mutex(0)
          team.parallel { _, _ in
            let half = tiny.withLock { $0 } * 0.5
            if ThreadTeam.flushesToZero, half == 0 { zeros.withLock { $0 += 1 } }
          }
          return zeros.withLock { $0 }
        }
        let before = zeroCount()
        team.setFlushToZero()
        return unsafe UnsafeMutableRawPointer(bitPattern: before == 0 && zeroCount() == 2 ? 1 : 2)
      }, nil)
    #expect(failure == 0)
    var result: UnsafeMutableRawPointer?
    let joined = unsafe pthread_join(thread, &result)
    #expect(joined == 0)
    let answer = UInt(bitPattern: result)
    #expect(answer == 1)
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
