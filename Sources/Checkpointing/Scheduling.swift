/// More stage executions than this in one iteration are refused.
package let maximumScheduledExecutions = 1 << 24

/// The schedule a strategy gives on a chain. Residuals are kept in each stage's first form, but for `optimal`.
///
/// Counts beyond the chain's length are taken as its length (`segments:9` on 5 stages is `segments:5`), and the
/// schedule's `strategy` says so. In `greedy:SIZE` a percentage is of the bytes keep-all holds, and `min` cuts after
/// every stage that adds bytes.
///
/// - Throws: `SchedulingError`.
/// - Complexity: O(actions), and a term of the order of `S + r` for each split of `revolve:S` and `mixed:S`, where no
///   stage is executed more than about r times.
package func makeSchedule(
  _ strategy: Strategy, for chain: Chain
) throws(SchedulingError) -> Schedule {
  let n = chain.count
  switch strategy {
  case .none: return segmentSchedule(.none, starts: [0], for: chain)
  case .sqrt:
    let count = max(1, Int(Double(n).squareRoot().rounded()))
    return segmentSchedule(.sqrt, starts: balancedSegmentStarts(stageCount: n, segmentCount: count), for: chain)
  case .segments(let asked):
    let count = min(max(1, asked), n)
    let starts = balancedSegmentStarts(stageCount: n, segmentCount: count)
    return segmentSchedule(.segments(count), starts: starts, for: chain)
  case .every(let asked):
    let length = min(max(1, asked), n)
    return segmentSchedule(.every(length), starts: Array(stride(from: 0, to: n, by: length)), for: chain)
  case .greedy(let size):
    let bytes = size.resolved(
      keepAllBytes: (0..<n).reduce(0) { $0 + chain.bytesAddedByKeeping($1) }, minimumBytes: 0)
    return segmentSchedule(strategy, starts: greedySegmentStarts(of: chain, passing: bytes), for: chain)
  case .recursive: return splitSchedule(strategy, stageCount: n, units: n, RecursiveSplitting())
  case .revolve(let asked):
    let slots = min(max(1, asked), n)
    try refuse(.revolve(slots), executions: revolveExecutions(stageCount: n, slots: slots))
    return splitSchedule(.revolve(slots), stageCount: n, units: slots, RevolveSplitting())
  case .mixed(let asked):
    let units = min(max(1, asked), n)
    try refuse(.mixed(units), executions: mixedExecutions(stageCount: n, units: units))
    return splitSchedule(.mixed(units), stageCount: n, units: units, MixedSplitting())
  case .optimal: throw .chosenByPlan
  case .file(let path): throw .readFromFile(path: path)
  }
}

private func refuse(_ strategy: Strategy, executions: Int) throws(SchedulingError) {
  guard executions <= maximumScheduledExecutions else {
    throw .tooManyExecutions(
      strategy: strategy.description, executions: executions, limit: maximumScheduledExecutions)
  }
}
