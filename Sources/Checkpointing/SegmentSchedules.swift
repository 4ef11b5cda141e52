/// Cuts `stageCount` stages into segments whose lengths differ by at most one, longer ones first.
///
///     balancedSegmentStarts(stageCount: 9, segmentCount: 5) == [0, 2, 4, 6, 8]
///
/// - Parameter segmentCount: In `1 ... stageCount`.
/// - Returns: Each segment's first stage.
package func balancedSegmentStarts(stageCount: Int, segmentCount: Int) -> [Int] {
  let (length, longer) = stageCount.quotientAndRemainder(dividingBy: segmentCount)
  return (0..<segmentCount).map { $0 * length + min($0, longer) }
}

/// Cuts a segment after the stage with which the bytes of its kept values pass `bytes` (Chen et al. 2016, algorithm 3).
///
/// - Returns: Each segment's first stage.
func greedySegmentStarts(of chain: Chain, passing bytes: Int) -> [Int] {
  var starts = [0]
  var segmentBytes = 0
  for stage in 0..<chain.count {
    segmentBytes += chain.bytesAddedByKeeping(stage)
    if segmentBytes > bytes && stage + 1 < chain.count {
      starts.append(stage + 1)
      segmentBytes = 0
    }
  }
  return starts
}

extension Chain {
  /// Bytes that keeping the stage in its first form adds when all stages are kept: its interior values, and its output
  /// where a reverse step reads it and it cannot be derived.
  func bytesAddedByKeeping(_ stage: Int) -> Int {
    let form = stages[stage].forms[0]
    let nextHoldsIt = stage + 1 < count && stages[stage + 1].readsInput && !form.derivesOutput
    return form.byteCount + (form.holdsOutput || nextHoldsIt ? stages[stage].keptOutputBytes : 0)
  }
}

/// Keeps the input of every segment in the first sweep and the residuals of the last one; computes each other segment
/// again, keeping its residuals, when the reverse pass reaches it. One segment is keep-all.
///
/// - Parameter starts: Each segment's first stage, ascending from 0.
func segmentSchedule(_ strategy: Strategy, starts: [Int], for chain: Chain) -> Schedule {
  let n = chain.count
  let last = starts[starts.count - 1]
  var actions: [Action] = []
  actions.reserveCapacity(2 * last + 3 * n + 2 * starts.count)
  var segment = 0
  for stage in 0..<last {
    let isStart = stage == starts[segment]
    if isStart { segment += 1 }
    actions.append(.forward(stage: stage, keep: isStart ? .checkpoint : .nothing, form: 0))
  }
  actions.appendReversal(of: last..<n)
  for segment in (0..<(starts.count - 1)).reversed() {
    actions.append(.restore(stage: starts[segment]))
    actions.append(.discard(stage: starts[segment], what: .checkpoint))
    actions.appendReversal(of: starts[segment]..<starts[segment + 1])
  }
  return Schedule(strategy: strategy.description, stageCount: n, actions: actions)
}

extension [Action] {
  /// Executes the stages from the running value, keeping all residuals in the first form, and reverses them.
  mutating func appendReversal(of stages: Range<Int>) {
    for stage in stages { append(.forward(stage: stage, keep: .residuals, form: 0)) }
    for stage in stages.reversed() {
      append(.backward(stage: stage))
      append(.discard(stage: stage, what: .residuals))
    }
  }
}
