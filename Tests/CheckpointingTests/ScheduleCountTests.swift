import Testing

import Checkpointing

/// Counts from the literature, each schedule replayed by code it shares nothing with.
@Suite struct ScheduleCountTests {
  static func summary(_ strategy: Strategy, _ stageCount: Int) throws -> (Schedule, ReplaySummary) {
    let chain = try Chain.unit(stageCount)
    let schedule = try makeSchedule(strategy, for: chain)
    let summary = try replay(schedule, on: chain)
    #expect(schedule.prescribedForwardExecutions == summary.forwardExecutions)
    #expect(schedule.recomputedExecutions == summary.forwardExecutions - stageCount)
    return (schedule, summary)
  }

  @Test(arguments: [
    (10, 2...9, [20, 15, 14, 13, 12, 11, 10, 9]), (14, 3...3, [27]), (100, 2...3, [845, 490]), (100, 5...5, [316]),
    (100, 10...10, [222]), (100, 20...20, [178]), (100, 50...50, [148]), (100, 99...99, [99]), (1000, 10...10, [3636]),
    (1000, 32...32, [2405]), (1000, 60...60, [1938]),
  ])
  func revolveAdvances(stageCount: Int, slots: ClosedRange<Int>, advances: [Int]) throws {
    for (slots, expected) in zip(slots, advances) {
      let (_, summary) = try Self.summary(.revolve(slots), stageCount)
      #expect(summary.forwardExecutions == stageCount + expected, "revolve:\(slots) on \(stageCount)")
      #expect(summary.peakRestartValues <= slots)
      #expect(summary.peakResidualSets == 1)
    }
  }

  @Test(arguments: [
    (10, [1, 2, 3, 4, 5, 6, 7, 8, 9], [54, 26, 19, 17, 15, 14, 13, 12, 10]),
    (100, [2, 3, 5, 10, 20, 50], [931, 554, 352, 237, 184, 150]),
    (1000, [5, 10, 20, 40, 60, 80], [6828, 3921, 2823, 2142, 1958, 1932]),
  ])
  func mixedExecutions(stageCount: Int, units: [Int], executions: [Int]) throws {
    for (units, expected) in zip(units, executions) {
      let (_, summary) = try Self.summary(.mixed(units), stageCount)
      #expect(summary.forwardExecutions == expected, "mixed:\(units) on \(stageCount)")
      #expect(summary.peakUnits <= units + 1)
    }
  }

  @Test(arguments: [(16, 4, 28, 7), (64, 8, 120, 15), (100, 10, 190, 19), (1000, 32, 1969, 62), (9, 5, 17, 5)])
  func segments(stageCount: Int, segmentCount: Int, executions: Int, units: Int) throws {
    let (schedule, summary) = try Self.summary(.segments(segmentCount), stageCount)
    #expect(summary.forwardExecutions == executions)
    #expect(summary.peakUnits == units)
    #expect(schedule.checkpoints.count == segmentCount - 1)
    if Int(Double(stageCount).squareRoot().rounded()) == segmentCount {
      #expect(try makeSchedule(.sqrt, for: Chain.unit(stageCount)).actions == schedule.actions)
    }
  }

  @Test func segmentsAreBalancedWithLongerOnesFirst() {
    #expect(balancedSegmentStarts(stageCount: 9, segmentCount: 5) == [0, 2, 4, 6, 8])
    for n in 1...64 {
      for k in 1...n {
        let starts = balancedSegmentStarts(stageCount: n, segmentCount: k) + [n]
        let lengths = zip(starts.dropFirst(), starts).map(-)
        #expect(lengths.count == k && lengths.reduce(0, +) == n)
        #expect(lengths == lengths.sorted(by: >) && lengths[0] - lengths[k - 1] <= 1, "\(n) in \(k)")
      }
    }
  }

  @Test func segmentStrategiesOnEverySmallChain() throws {
    for n in 1...64 {
      let (none, _) = try Self.summary(.none, n)
      #expect(none.prescribedForwardExecutions == n && none.checkpoints.isEmpty)
      for k in 1...(n + 2) {
        let (segments, summary) = try Self.summary(.segments(k), n)
        let used = min(k, n)
        #expect(summary.forwardExecutions == 2 * n - n / used)
        #expect(segments.strategy == "segments:\(used)")
        let (every, everySummary) = try Self.summary(.every(k), n)
        let last = n % k == 0 ? min(k, n) : n % k
        #expect(everySummary.forwardExecutions == 2 * n - last, "every:\(k) on \(n)")
        #expect(every.checkpoints == Array(stride(from: 0, to: n - last, by: k)))
        #expect(every.strategy == "every:\(used)")
      }
    }
  }

  @Test func bisectionCountsAndMemory() throws {
    var executions = [0, 1]
    for n in 2...300 { executions.append(n / 2 + executions[n / 2] + executions[n - n / 2]) }
    for n in 1...300 {
      let (_, summary) = try Self.summary(.recursive, n)
      #expect(summary.forwardExecutions == executions[n])
      let levels = Int.bitWidth - (n - 1).leadingZeroBitCount
      #expect(summary.peakRestartValues <= levels, "\(n)")
      #expect(summary.peakResidualSets == 1)
    }
  }

  @Test func revolveMeetsItsRecurrence() throws {
    let advances = Recurrences.revolveAdvances(upTo: 64)
    for n in 1...64 {
      for slots in 1...(n + 1) {
        let (schedule, summary) = try Self.summary(.revolve(slots), n)
        #expect(summary.forwardExecutions == n + advances[n][min(slots, n)], "revolve:\(slots) on \(n)")
        #expect(summary.peakRestartValues <= slots && summary.peakResidualSets == 1)
        #expect(schedule.strategy == "revolve:\(min(slots, n))")
      }
    }
  }

  @Test func mixedMeetsItsRecurrence() throws {
    let executions = Recurrences.mixedExecutions(stages: 64, units: 64)
    for n in 1...64 {
      for units in 1...(n + 1) {
        let (_, summary) = try Self.summary(.mixed(units), n)
        #expect(summary.forwardExecutions == executions[n][min(units, n)], "mixed:\(units) on \(n)")
        #expect(summary.peakUnits <= units + 1)
      }
    }
  }

  @Test func closedFormsMeetTheRecurrencesOnLongerChains() {
    let executions = Recurrences.mixedExecutions(stages: 500, units: 12)
    for n in 1...500 {
      for units in 1...min(n, 12) {
        #expect(Checkpointing.mixedExecutions(stageCount: n, units: units) == executions[n][units], "\(n), \(units)")
      }
    }
  }

  @Test(arguments: [
    (100_000, 2), (100_000, 3), (100_000, 7), (99_999, 40), (65_536, 300), (100_000, 450), (100_000, 2_000),
    (54_321, 54_320), (100_000, 99_998),
  ])
  func longChains(stageCount: Int, units: Int) throws {
    if units > 2 {
      let (_, revolve) = try Self.summary(.revolve(units), stageCount)
      #expect(revolve.forwardExecutions == revolveExecutions(stageCount: stageCount, slots: units))
      #expect(revolve.peakRestartValues <= units)
      let (_, mixed) = try Self.summary(.mixed(units), stageCount)
      #expect(mixed.forwardExecutions == Checkpointing.mixedExecutions(stageCount: stageCount, units: units))
      #expect(mixed.peakUnits <= units + 1)
      #expect(mixed.forwardExecutions <= revolve.forwardExecutions)
    } else {
      let chain = try Chain.unit(stageCount)
      #expect(throws: SchedulingError.self) { try makeSchedule(.revolve(units), for: chain) }
    }
  }

  @Test func fixedStrategiesOnALongChain() throws {
    let n = 100_000
    #expect(try Self.summary(.none, n).1.forwardExecutions == n)
    #expect(try Self.summary(.sqrt, n).1.forwardExecutions == 2 * n - n / 316)
    #expect(try Self.summary(.every(1), n).1.peakUnits == n)
    #expect(try Self.summary(.recursive, n).1.peakRestartValues <= 17)
  }

  @Test func greedyCutsWhenASegmentPasses() throws {
    func stage(_ bytes: Int) -> ChainStage {
      ChainStage(
        outputBytes: bytes, forwardSeconds: 1, backwardSeconds: 2,
        forms: [ResidualForm(name: "output", byteCount: 0, holdsOutput: true)])
    }
    let chain = try Chain(stages: [3, 4, 5, 1, 1, 9, 2].map(stage))
    for (size, starts) in [(6, [0, 2, 5, 6]), (7, [0, 3, 6]), (12, [0, 4]), (1000, [0])] {
      let schedule = try makeSchedule(.greedy(.bytes(size)), for: chain)
      _ = try replay(schedule, on: chain)
      #expect(schedule.checkpoints == starts.dropLast(), "greedy:\(size)")
      #expect(schedule.strategy == "greedy:\(size)")
    }
    let percent = try makeSchedule(.greedy(.percent(50)), for: chain)
    #expect(percent.checkpoints == [0])
    #expect(try makeSchedule(.greedy(.minimum), for: chain).checkpoints == Array(0..<6))
  }

  /// On equal stages a size is a length: 2n less the last segment in executions, and the peak of segments.
  @Test(arguments: [(16, 4), (64, 8), (100, 10), (100, 7), (1000, 32), (1000, 999)])
  func greedyCountsOnEqualStages(stageCount: Int, length: Int) throws {
    let bytes = 48
    let stage = ChainStage(
      outputBytes: bytes, forwardSeconds: 1, backwardSeconds: 2,
      forms: [ResidualForm(name: "output", byteCount: 0, holdsOutput: true)])
    let chain = try Chain(stages: Array(repeating: stage, count: stageCount))
    let last = stageCount % length == 0 ? length : stageCount % length
    for size in [length * bytes - 1, (length - 1) * bytes] {
      let schedule = try makeSchedule(.greedy(.bytes(size)), for: chain)
      let summary = try replay(schedule, on: chain)
      #expect(schedule.actions == (try makeSchedule(.every(length), for: chain)).actions, "greedy:\(size)")
      #expect(summary.forwardExecutions == 2 * stageCount - last, "greedy:\(size)")
      let segments = (stageCount + length - 1) / length
      #expect(summary.peakUnits == max(segments - 1 + last, segments - 2 + length), "greedy:\(size)")
    }
  }

  @Test func whatIsNotComputedIsRefused() throws {
    let chain = try Chain.unit(3)
    #expect(throws: SchedulingError.readFromFile(path: "a.json")) { try makeSchedule(.file("a.json"), for: chain) }
  }
}

/// The literature's recurrences, as they stand, in quadratic time.
enum Recurrences {
  /// t(n, S), Griewank & Walther 2000.
  static func revolveAdvances(upTo count: Int) -> [[Int]] {
    var t = Array(repeating: Array(repeating: 0, count: count + 1), count: count + 1)
    for slots in 1...count {
      for n in stride(from: 2, through: count, by: 1) {
        t[n][slots] =
          slots == 1 ? n * (n - 1) / 2 : (1..<n).map { $0 + t[$0][slots] + t[n - $0][slots - 1] }.min() ?? 0
      }
    }
    return t
  }

  /// E(n, S), Maddison 2024.
  static func mixedExecutions(stages count: Int, units: Int) -> [[Int]] {
    var e = Array(repeating: Array(repeating: 0, count: units + 1), count: count + 1)
    for s in 1...units {
      for n in 1...count {
        if n <= s + 1 {
          e[n][s] = n
        } else if s == 1 {
          e[n][s] = n * (n + 1) / 2 - 1
        } else {
          var best = 1 + e[n - 1][s - 1]
          for i in 2..<n { best = min(best, i + e[i][s] + e[n - i][s - 1]) }
          e[n][s] = best
        }
      }
    }
    return e
  }
}
