/// In longer chains every stage after a restart value is reversed before that is let go of.
private let maximumSkippedStageCount = 10
/// Of more unequal stages what holds the start of a part is told apart in two ways instead of five: a search over 39
/// GELU layers of random widths takes a third of the time, and finds plans that take up to 1.5 % longer.
private let maximumToldApartStageCount = 24

extension IntervalOptima.Limits {
  /// Exact for short chains, coarser for longer ones.
  static func suiting(_ chain: Chain, effort: ScheduleChoices.Effort) -> Self {
    if chain.count <= 40 {
      var limits = exact
      limits.skips = chain.count <= maximumSkippedStageCount
      limits.tellsStartsApart = chain.count <= maximumToldApartStageCount || chain.isNearlyUniform
      return limits
    }
    let isShort = chain.count <= 256
    switch effort {
    case .anyBudget:
      return Self(
        rangesPerOctave: isShort ? 64 : 32,
        resolution: isShort ? .init(ends: 4, starts: 32) : .init(ends: 2, starts: 16), variantsUpTo: 8)
    case .leastBytes:
      return Self(
        rangesPerOctave: 16, resolution: isShort ? .init(ends: 16, starts: 64) : .init(ends: 4, starts: 32),
        variantsUpTo: 8, byteCount: chain.peakOfFewUnits)
    }
  }
}

extension Chain {
  /// Bytes within which mixed checkpointing or bisection reverses the chain with few executions, beyond which no
  /// schedule of the least bytes is to be looked for.
  fileprivate var peakOfFewUnits: Int {
    let limit = ScheduleChoices.maximumExecutions(stageCount: count)
    let summaries = [Strategy.recursive, .mixed(fewestUnits)].compactMap { strategy -> ReplaySummary? in
      do {
        return try replay(makeSchedule(strategy, for: self), on: self)
      } catch is SchedulingError {
        // It would execute stages too often.
        return nil
      } catch {
        preconditionFailure("a computed schedule keeps every law: \(error)")
      }
    }
    return summaries.filter { $0.forwardExecutions <= limit }.map(\.peakBytes).min() ?? Int.max
  }

  /// The fewest units with which mixed checkpointing stays within the limit of executions.
  var fewestUnits: Int {
    let limit = ScheduleChoices.maximumExecutions(stageCount: count)
    var (low, high) = (1, count)
    while low < high {
      let units = (low + high) / 2
      if mixedExecutions(stageCount: count, units: units) <= limit { high = units } else { low = units + 1 }
    }
    return low
  }
}
