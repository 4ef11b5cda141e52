/// In longer chains every stage after a restart value is reversed before that is let go of.
private let maximumSkippedStageCount = 10
/// Of more unequal stages what holds the start of a part is told apart in two ways instead of five: a search over 39
/// GELU layers of random widths takes a third of the time, and finds plans that take up to 1.5 % longer.
private let maximumToldApartStageCount = 24

/// Of more stages with sizes of all kinds fronts have so many points that the search would take hundreds of megabytes:
/// one is kept for each range of bytes at once.
private let maximumExactStageCount = 16
/// Where all bytes of a chain are no more multiples of what divides its sizes, fronts have hardly more points (those that
/// workspaces add), and every one may be kept: 40 layers whose widths are multiples of 16 up to 1,024 have 2,600.
private let maximumExactMultiples = 4096

/// In no longer chains every part is looked at for few bytes: some tenths of a second at most.
let maximumWholeStageCount = 80

extension IntervalOptima.Limits {
  /// Exact for short chains, coarser for longer ones.
  static func suiting(_ chain: Chain, effort: ScheduleChoices.Effort) -> Self {
    if chain.count <= 40 {
      var limits = exact
      limits.skips = chain.count <= maximumSkippedStageCount
      limits.tellsStartsApart = chain.count <= maximumToldApartStageCount || chain.isNearlyUniform
      let isExact = chain.count <= maximumExactStageCount || chain.multiples <= maximumExactMultiples
      if !isExact { limits.mostPoints = 0 }
      if effort == .leastBytes, chain.count > maximumExactStageCount {
        (limits.mostPoints, limits.byteCount) = (0, chain.peakOfFewUnits)
      }
      return limits
    }
    let isShort = chain.count <= 256
    switch effort {
    case .anyBudget, .largeBudget, .oneBudget:
      return Self(
        rangesPerOctave: isShort ? 64 : 32,
        resolution: isShort ? .init(ends: 4, starts: 32) : .init(ends: 2, starts: 16), variantsUpTo: 8)
    case .leastBytes:
      return Self(
        rangesPerOctave: 16, resolution: isShort ? .init(ends: 16, starts: 64) : .init(ends: 4, starts: 32),
        variantsUpTo: 8, byteCount: chain.peakOfFewUnits)
    }
  }

  /// For a chain whose counts are not to be relied on, so that not every point of theirs matters.
  static func ofOtherCounts(_ chain: Chain) -> Self {
    var limits = suiting(chain, effort: .anyBudget)
    if chain.count > maximumExactStageCount { (limits.mostPoints, limits.rangesPerOctave) = (0, 32) }
    return limits
  }

  /// For little more than the least bytes, of which the search for any budget may miss the plans by some percent where
  /// it does not tell starts apart; none where it does.
  ///
  /// Of 81 stages and more two: with many variants schedules of 200 layers are up to three times as fast, in 2 to 13 %
  /// more than the least bytes; with few some have lower layouts.
  static func ofFewBytes(_ chain: Chain) -> [Self] {
    guard !suiting(chain, effort: .anyBudget).tellsStartsApart else { return [] }
    let bytes = chain.peakOfFewUnits / 8 * 9
    if chain.count <= maximumWholeStageCount {
      return [
        Self(
          rangesPerOctave: 128, resolution: .all, variantsUpTo: Int.max, byteCount: bytes, tellsStartsApart: true)
      ]
    }
    return [(ranges: 64, variants: 32), (32, 8)].map { ranges, variants in
      Self(
        rangesPerOctave: ranges, resolution: .init(ends: 16, starts: 64), variantsUpTo: variants, byteCount: bytes)
    }
  }
}

extension Chain {
  /// Of the greatest number that divides the sizes of all values, in everything that can be kept.
  fileprivate var multiples: Int {
    var (divisor, total) = (0, 0)
    for stage in stages {
      for size in stage.forms.map(\.byteCount) + [stage.outputBytes, stage.keptOutputBytes] {
        var (a, b) = (divisor, size)
        while b != 0 { (a, b) = (b, a % b) }
        divisor = a
      }
      total += stage.keptOutputBytes + (stage.forms.map(\.byteCount).max() ?? 0)
    }
    return divisor == 0 ? 0 : total / divisor
  }

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
    return fewest { mixedExecutions(stageCount: count, units: $0) <= limit }
  }

  /// The fewest slots with which binomial checkpointing, as Griewank and Walther have it, stays within it.
  var fewestSlots: Int {
    let limit = ScheduleChoices.maximumExecutions(stageCount: count)
    return fewest { revolveExecutions(stageCount: count, slots: $0) <= limit }
  }

  /// The least number up to the stages' of which something holds that holds of every larger one.
  private func fewest(where holds: (Int) -> Bool) -> Int {
    var (low, high) = (1, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
