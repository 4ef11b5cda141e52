/// In longer chains every stage after a restart value is reversed before that is let go of.
private let maximumSkippedStageCount = 10
/// Of more unequal stages what holds the start of a part is told apart in two ways instead of five: a search over 39
/// GELU layers of random widths takes a third of the time, and finds plans that take up to 1.5 % longer.
private let maximumToldApartStageCount = 24
/// For few bytes a further search does so of no longer chain.
private let maximumToldApartNearLeastStageCount = 256
/// Of more stages one coarser search looks for few bytes. Of 520 to 2,000 layers it takes one to five seconds, and
/// finds schedules that are up to ten times as fast as those of the search for any budget.
private let maximumSearchedTwiceNearLeastStageCount = 512

/// Of more stages with sizes of all kinds fronts have so many points that the search would take hundreds of megabytes:
/// one is kept for each range of bytes at once.
private let maximumExactStageCount = 16
/// Where all bytes of a chain are no more multiples of what divides its sizes, fronts have hardly more points (those that
/// workspaces add), and every one may be kept: 40 layers whose widths are multiples of 16 up to 1,024 have 2,600.
private let maximumExactMultiples = 4096

/// In no longer chains every part is looked at for few bytes: some tenths of a second at most.
let maximumWholeStageCount = 80

extension IntervalOptima {
  /// How thorough the search is.
  struct Limits: Hashable, Sendable {
    /// So many points of all fronts together are kept as they are.
    var mostExactPoints = 0
    /// Where there are more, ranges of bytes per octave of which one point each is kept, a power of two.
    var rangesPerOctave: Int
    /// Which parts are looked at.
    var resolution: DistinctParts.Resolution
    /// In parts longer than this the restart residuals of a stage stand for its output wherever they take no more
    /// bytes.
    var variantsUpTo: Int
    /// What a part may take in bytes.
    var byteCount = Int.max
    /// Whether parts are left out that no schedule of so few bytes has, which is worth its time where these are few or
    /// points are many.
    var leavesPartsOut = false
    /// And those of schedules that take more than the least bytes of the whole chain by a larger share than this.
    var shareBeyondLeast = Double.infinity
    /// Whether parts of which some stages are not reversed are looked at; only where all points and parts are.
    var skips = false
    /// Whether parts are told apart by all that may hold their start; else by whether residuals derive it.
    var tellsStartsApart = false
    /// Of more points in all the search is given up, so that what it takes in memory is bounded.
    var mostPoints = Int.max

    /// Every point as far as they are not very many, every part, every variant of persistent schedules.
    static let exact = Limits(
      mostExactPoints: 2_000_000, rangesPerOctave: 256, resolution: .all, variantsUpTo: Int.max, tellsStartsApart: true)
  }
}

extension IntervalOptima.Limits {
  /// Exact for short chains, coarser for longer ones.
  static func suiting(_ chain: Chain, effort: ScheduleChoices.Effort) -> Self {
    if chain.count <= 40 {
      var limits = exact
      limits.skips = chain.count <= maximumSkippedStageCount
      limits.tellsStartsApart = chain.count <= maximumToldApartStageCount || chain.isNearlyUniform
      let isExact = chain.count <= maximumExactStageCount || chain.multiples <= maximumExactMultiples
      if !isExact { limits.mostExactPoints = 0 }
      if effort == .leastBytes, chain.count > maximumExactStageCount {
        (limits.mostExactPoints, limits.byteCount, limits.leavesPartsOut) = (0, chain.peakOfFewUnits, true)
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
        variantsUpTo: 8, byteCount: chain.peakOfFewUnits, leavesPartsOut: true, shareBeyondLeast: 1 / 16)
    }
  }

  /// For a chain whose counts are not to be relied on, so that not every point of theirs matters.
  static func ofOtherCounts(_ chain: Chain) -> Self {
    var limits = suiting(chain, effort: .anyBudget)
    if chain.count > maximumExactStageCount { (limits.mostExactPoints, limits.rangesPerOctave) = (0, 32) }
    return limits
  }

  /// For little more than the least bytes, of which the search for any budget may miss the plans by some percent where
  /// it does not tell starts apart; none where it does.
  ///
  /// Of 81 stages and more several: with many variants schedules of 200 layers are up to three times as fast, in 2 to
  /// 13 % more than the least bytes; with few some have lower layouts; where starts are told apart, which takes twice
  /// the memory, schedules in a few percent more than the least bytes are mostly some percent faster, now and then
  /// three times as fast.
  static func ofFewBytes(_ chain: Chain, _ scope: SearchScope) -> [Self] {
    guard !suiting(chain, effort: .anyBudget).tellsStartsApart else { return [] }
    let bytes = chain.mostOfFewBytes
    if chain.count <= maximumWholeStageCount {
      return [
        Self(
          rangesPerOctave: 128, resolution: .all, variantsUpTo: Int.max, byteCount: bytes, leavesPartsOut: true,
          tellsStartsApart: true)
      ]
    }
    if chain.count > maximumSearchedTwiceNearLeastStageCount {
      guard scope == .full else { return [] }
      let isShort = chain.count <= maximumUngroupedStageCount
      // GELU layers of random widths need up to 2,400 points a stage, in half as many ranges little more than half.
      return [
        Self(
          rangesPerOctave: isShort ? 16 : 8, resolution: .init(ends: 16, starts: 64), variantsUpTo: 32,
          byteCount: bytes, mostPoints: (isShort ? 3600 : 2200) * chain.count)
      ]
    }
    // With GELU layers of random widths up to 41, 10 and 118 times the product are needed.
    let product = min(chain.count, 200) * min(chain.count, 400)
    var limits = Self(
      rangesPerOctave: 64, resolution: .init(ends: 16, starts: 64), variantsUpTo: 32, byteCount: bytes,
      leavesPartsOut: true, mostPoints: 60 * product)
    var searches = [limits]
    (limits.rangesPerOctave, limits.variantsUpTo, limits.mostPoints) = (32, 8, 15 * product)
    searches.append(limits)
    guard scope == .full, chain.count <= maximumToldApartNearLeastStageCount else { return searches }
    (limits.rangesPerOctave, limits.variantsUpTo, limits.mostPoints) = (64, Int.max, 135 * product)
    limits.tellsStartsApart = true
    return searches + [limits]
  }
}

extension Chain {
  /// The most that the tables for few bytes take, of more than 80 stages.
  package func fewBytesTableByteCount(_ scope: SearchScope) -> Int {
    guard count > maximumWholeStageCount, count <= maximumSearchedNearLeastStageCount else { return 0 }
    return IntervalOptima.Limits.ofFewBytes(self, scope).reduce(0) {
      $0 + $1.mostPoints * ReversalFronts.byteCountPerPoint
    }
  }

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

  /// Up to so many bytes searches for few go.
  var mostOfFewBytes: Int { peakOfFewUnits / 8 * 9 }

  /// Bytes within which mixed checkpointing or bisection reverses the chain with few executions, beyond which no
  /// schedule of the least bytes is to be looked for.
  fileprivate var peakOfFewUnits: Int {
    let limit = maximumExecutions
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
    let limit = maximumExecutions
    return fewest { mixedExecutions(stageCount: count, units: $0) <= limit }
  }

  /// The fewest slots with which binomial checkpointing, as Griewank and Walther have it, stays within it.
  var fewestSlots: Int {
    let limit = maximumExecutions
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
