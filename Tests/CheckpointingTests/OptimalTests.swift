import Testing
import Checkpointing

/// The optimum under a byte budget against the literature's recurrence, exhaustive search and every other strategy.
@Suite struct OptimalTests {
  /// Seconds of the fastest choice within so many bytes, infinite where there is none.
  static func best(_ choices: ScheduleChoices, _ bytes: Int) -> Double {
    choices.fitting(bytes: bytes).first?.seconds ?? .infinity
  }

  @Test(arguments: 0..<60)
  func neverWorseThanTheRecurrence(seed: UInt64) throws {
    let n = seed < 50 ? Int(seed) % 14 + 1 : Int(seed) - 20
    let keepAll = try Self.expectNeverWorseThanTheRecurrence(n, seed: seed, largest: n > 14 ? 3 : 6)
    #expect(keepAll.recurrence == keepAll.found, "keep-all, seed \(seed)")
  }

  /// Sums of sizes that a range of bytes of the coarser search would throw together.
  @Test(arguments: [(17, 60), (24, 30), (33, 15), (40, 12)])
  func neverWorseWhereSizesAreMany(stageCount: Int, largest: Int) throws {
    _ = try Self.expectNeverWorseThanTheRecurrence(stageCount, seed: 7, largest: largest)
  }

  /// Sizes of all kinds, of which the search keeps a point for each range of bytes, and peaks as networks have them.
  @Test(arguments: [17, 25, 28, 34])
  func neverWorseWhereSizesAreOfAllKinds(stageCount: Int) throws {
    var compared = 0
    for seed in 0..<2 as Range<UInt64> {
      let plain = try RandomChains.chain(
        stageCount, seed: seed, kinds: [.output, .linear, .interior], largest: 250)
      let chain = try RandomChains.countingPeaks(plain, seed: seed)
      let choices = try ScheduleChoices(chain)
      let keepAll = try replay(makeSchedule(.none, for: chain), on: chain).peakBytes
      for share in [0.4, 0.5, 0.6, 0.7, 0.8] {
        let bytes = Int(Double(keepAll) * share)
        let expected = PersistentRecurrence(plain).seconds(bytes: bytes)
        guard expected.isFinite else { continue }
        #expect(Self.best(choices, bytes) <= expected * (1 + 1e-12), "seed \(seed), \(bytes) bytes")
        compared += 1
      }
    }
    #expect(compared > 3)
  }

  /// At every number of bytes.
  ///
  /// - Returns: seconds in some bytes more than keep-all's.
  private static func expectNeverWorseThanTheRecurrence(
    _ n: Int, seed: UInt64, largest: Int
  ) throws -> (recurrence: Double, found: Double) {
    let chain = try RandomChains.chain(n, seed: seed, kinds: [.output, .interior], largest: largest)
    let choices = try ScheduleChoices(chain)
    let recurrence = PersistentRecurrence(chain)
    let keepAll = try replay(makeSchedule(.none, for: chain), on: chain).peakBytes
    var feasible = 0
    for bytes in 0...(keepAll + 10) {
      let expected = recurrence.seconds(bytes: bytes)
      let found = Self.best(choices, bytes)
      #expect(found <= expected * (1 + 1e-12), "seed \(seed), \(bytes) bytes")
      if expected.isFinite { feasible += 1 }
    }
    #expect(feasible > 0)
    return (recurrence.seconds(bytes: keepAll + 10), Self.best(choices, keepAll + 10))
  }

  /// Two algorithms that were published independently agree on the unit chain, and so do we where no execution is
  /// spared.
  @Test(arguments: [(10, 1...9), (30, 1...12), (40, 2...20)])
  func theUnitChainTakesTheMixedOptimum(stageCount: Int, units: ClosedRange<Int>) throws {
    let chain = try Chain.unit(stageCount)
    let choices = try ScheduleChoices(chain)
    for units in units {
      // The model here counts the cotangent of a stage's input, which takes one unit more than the literature's.
      let found = choices.fitting(bytes: units + 3).first?.executions
      #expect(found == Checkpointing.mixedExecutions(stageCount: stageCount, units: min(units, stageCount)))
    }
  }

  /// With restart residuals t(n, S) + 1 executions are enough, one byte a slot.
  @Test(arguments: [(100, [3, 5, 10, 20, 50]), (1000, [5, 10, 50, 80]), (200, [4, 30])])
  func sparesLastExecutions(stageCount: Int, slots: [Int]) throws {
    let chain = try RandomChains.uniform(stageCount)
    let choices = try ScheduleChoices(chain)
    for slots in slots {
      let schedule = chain.schedule("binomial", by: BinomialDecisions(chain: chain), allowance: slots)
      let summary = try replay(schedule, on: chain)
      let advances = revolveExecutions(stageCount: stageCount, slots: slots) - stageCount
      #expect(summary.forwardExecutions == advances + 1 && summary.elidedExecutions == 0)
      #expect(advances + 1 < Checkpointing.mixedExecutions(stageCount: stageCount, units: slots))
      #expect(Self.best(choices, summary.peakBytes) <= summary.seconds)
    }
  }

  /// Chains that are small enough to look at every sequence of actions.
  struct SmallChains: CustomTestStringConvertible {
    let name: String
    let seeds: Range<UInt64>
    var stageCounts = 2...5
    var largest = 4
    var kinds = RandomChains.Kind.allCases
    var countsPeaks = false

    var testDescription: String { "\(name), seeds \(seeds)" }

    func chain(seed: UInt64) throws -> Chain {
      let count = Int(seed) % stageCounts.count + stageCounts.lowerBound
      let chain = try RandomChains.chain(count, seed: seed, kinds: kinds, largest: largest)
      return countsPeaks ? try RandomChains.countingPeaks(chain, seed: seed) : chain
    }

    private static let held: [RandomChains.Kind] = [.output, .interior, .linear]

    static let all: [SmallChains] =
      [0..<20, 20..<40, 40..<60].map { SmallChains(name: "held", seeds: $0, stageCounts: 2...6, kinds: held) }
      + [0..<14, 14..<28, 28..<40].map { SmallChains(name: "derived", seeds: $0) } + [
        SmallChains(name: "derived, six stages", seeds: 0..<2, stageCounts: 6...6, largest: 3),
        SmallChains(name: "held, counted peaks", seeds: 60..<100, kinds: held, countsPeaks: true),
        SmallChains(name: "derived, counted peaks", seeds: 100..<130, countsPeaks: true),
        SmallChains(
          name: "derived before outputs", seeds: 130..<138, stageCounts: 3...5, kinds: [.deriving, .output]),
      ]
  }

  /// No lawful sequence of actions is faster, in any number of bytes, and none takes less than the bound. Where nothing
  /// is found there is none. More bytes never take more seconds.
  @Test(arguments: SmallChains.all)
  func equalsExhaustiveSearch(chains: SmallChains) throws {
    var compared = 0
    for seed in chains.seeds {
      let chain = try chains.chain(seed: seed)
      let choices = try ScheduleChoices(chain)
      let keepAll = try replay(makeSchedule(.none, for: chain), on: chain).peakBytes
      var previous = Double.infinity
      for bytes in stride(from: 0, through: keepAll + 4, by: chain.count > 5 ? 5 : chain.count > 3 ? 3 : 1) {
        let found = Self.best(choices, bytes)
        let expected = ExhaustiveSearch.seconds(chain, bytes: bytes, limit: found)
        #expect(abs(found - expected) <= 1e-9 || found == expected, "seed \(seed), \(bytes) bytes")
        #expect(chain.leastSeconds(withinBytes: bytes) <= expected + 1e-9, "seed \(seed), \(bytes) bytes")
        #expect(found <= previous, "seed \(seed), \(bytes) bytes")
        previous = found
        compared += 1
      }
    }
    #expect(compared > 10)
  }

  /// The least bytes are enough for some lawful sequence of actions, and one byte less is for none.
  @Test(arguments: [false, true])
  func leastBytesEqualExhaustiveSearch(countsPeaks: Bool) throws {
    let chains = SmallChains(name: "least bytes", seeds: 200..<208, countsPeaks: countsPeaks)
    for seed in chains.seeds {
      let chain = try chains.chain(seed: seed)
      let least = try #require(try schedulesOfLeastBytes(chain, count: 1).first?.bytes)
      #expect(ExhaustiveSearch.seconds(chain, bytes: least, limit: .infinity).isFinite, "seed \(seed)")
      #expect(ExhaustiveSearch.seconds(chain, bytes: least - 1, limit: .infinity) == .infinity, "seed \(seed)")
    }
  }

  @Test(arguments: [(7, 1), (23, 2), (40, 3), (90, 4), (150, 5), (400, 6), (1100, 7), (2500, 8)])
  func noOtherStrategyIsFasterInTheSameBytes(stageCount: Int, seed: UInt64) throws {
    let chain = try RandomChains.chain(stageCount, seed: seed, kinds: RandomChains.Kind.allCases, largest: 20)
    let choices = try ScheduleChoices(chain)
    var strategies: [Strategy] = [.none, .sqrt, .recursive, .revolve(3), .revolve(7), .mixed(2), .mixed(9), .mixed(30)]
    for count in [2, 3, 5, 9, 17, 40] { strategies += [.segments(count), .every(count)] }
    var recomputing = 0
    for strategy in strategies {
      guard let schedule = try? makeSchedule(strategy, for: chain) else { continue }
      let summary = try replay(schedule, on: chain)
      #expect(Self.best(choices, summary.peakBytes) <= summary.seconds * (1 + 1e-12), "\(strategy)")
      if summary.forwardExecutions > stageCount { recomputing += 1 }
    }
    #expect(recomputing > 0)
    for choice in choices.all {
      let summary = try replay(choices.schedule(of: choice), on: chain)
      #expect(summary.peakBytes == choice.peakBytes && summary.seconds == choice.seconds)
    }
  }

  /// Where schedules are looked for one budget at a time, what is found is as fast as what all of them have, but for
  /// units between those that are looked at in advance, and no larger budget gives a slower one.
  @Test(arguments: [(300, 1), (400, 2), (700, 3), (1500, 4)])
  func oneBudgetFindsWhatAllHave(stageCount: Int, seed: UInt64) throws {
    let chain = try RandomChains.layers(stageCount, seed: seed, kind: seed % 2 == 0 ? .deriving : .output)
    let all = try ScheduleChoices(chain)
    let smallest = try #require(all.all.last)
    let largest = try #require(all.all.first)
    let table = try BudgetTable(of: chain)
    #expect(table != nil)
    var seconds = Double.infinity
    var bytes = smallest.peakBytes
    while bytes < largest.peakBytes * 2 {
      let one = try ScheduleChoices(chain, effort: .oneBudget, mostBytes: bytes)
      if let table {
        #expect(ScheduleChoices(table, mostBytes: bytes).fitting(bytes: bytes) == one.fitting(bytes: bytes))
      }
      let best = Self.best(one, bytes)
      #expect(best <= Self.best(all, bytes) * 1.01, "\(bytes) bytes")
      #expect(best <= seconds * (1 + 1e-9), "\(bytes) bytes")
      seconds = best
      bytes += bytes / 2
    }
  }

  /// Near the least bytes a closer search finds what the one for any budget leaves out; well above them it is not missed.
  @Test(arguments: [100, 200])
  func fewBytesAreSearchedClosely(stageCount: Int) throws {
    let chain = try RandomChains.layers(stageCount, seed: 1)
    let (close, coarse) = (try ScheduleChoices(chain), try ScheduleChoices(chain, effort: .largeBudget))
    let least = try #require(close.all.map(\.peakBytes).min())
    #expect(chain.isNearLeast(bytes: least) && !chain.isNearLeast(bytes: 3 * least))
    var ratios: [Double] = []
    for percent in [102, 105, 110, 120, 200, 300, 500, 1000] {
      let bytes = least / 100 * percent
      let (found, other) = (Self.best(close, bytes), Self.best(coarse, bytes))
      #expect(found <= other, "\(percent) %")
      if !chain.isNearLeast(bytes: bytes) { #expect(found == other, "\(percent) %") }
      ratios.append(found / other)
    }
    #expect(ratios.contains { $0 < 0.9 }, "\(ratios)")
  }

  /// Longer chains are searched closely too, where the memory for it may be taken; a table made ahead gives the same.
  @Test(arguments: [520, 1030])
  func fewBytesOfManyStagesAreSearchedClosely(stageCount: Int) throws {
    let chain = try RandomChains.layers(stageCount, seed: 1)
    let bytes = try #require(try ScheduleChoices(chain).all.last).peakBytes
    let table = try #require(try BudgetTable(of: chain))
    let full = try ScheduleChoices(chain, effort: .oneBudget, mostBytes: bytes)
    let compact = ScheduleChoices(table, mostBytes: bytes, scope: .compact)
    let ratio = Self.best(full, bytes) / Self.best(compact, bytes)
    #expect(ratio < 0.8, "\(ratio)")
    #expect(ScheduleChoices(table, mostBytes: bytes).fitting(bytes: bytes) == full.fitting(bytes: bytes))
  }

  /// With two threads the search finds the same schedules.
  @Test(arguments: [(60, 1), (120, 2), (300, 3), (520, 4), (600, 5)])
  func twoThreadsFindTheSame(stageCount: Int, seed: UInt64) throws {
    let chain = try RandomChains.layers(stageCount, seed: seed, kind: seed % 2 == 0 ? .deriving : .output)
    let bytes = try #require(try ScheduleChoices(chain, effort: .leastBytes).smallest(1).first).peakBytes
    func choices(isConcurrent: Bool) throws -> ScheduleChoices {
      try ScheduleChoices(chain, effort: .oneBudget, mostBytes: bytes + bytes / 8, isConcurrent: isConcurrent)
    }
    let (one, two) = (try choices(isConcurrent: false), try choices(isConcurrent: true))
    #expect(one.all.contains { $0.isOfFewBytes })
    #expect(one.all == two.all)
    for choice in one.all.suffix(20) { #expect(one.schedule(of: choice) == two.schedule(of: choice)) }
  }

  /// What takes more memory to look for is faster now and then, and never slower.
  @Test func fullScopeFindsFasterOnes() throws {
    let chain = try RandomChains.layers(90, seed: 9, kind: .deriving)
    let (full, compact) = (try ScheduleChoices(chain), try ScheduleChoices(chain, scope: .compact))
    let least = try #require(compact.all.map(\.peakBytes).min())
    let ratios = [100, 102, 105, 110, 120, 150].map { percent in
      Self.best(full, least * percent / 100) / Self.best(compact, least * percent / 100)
    }
    #expect(ratios.allSatisfy { $0 <= 1 } && ratios.contains { $0 < 0.99 }, "\(ratios)")
  }

  /// Variants of an optimum reverse the chain in about its bytes and seconds, each in its own way.
  @Test(arguments: [(9, 1), (30, 2), (60, 3), (120, 4)])
  func variantsAreMuchLikeTheOptimum(stageCount: Int, seed: UInt64) throws {
    let chain = try RandomChains.layers(stageCount, seed: seed)
    let choices = try ScheduleChoices(chain)
    var variantCount = 0
    for choice in choices.all {
      let variants = choices.variants(of: choice)
      variantCount += variants.count
      #expect(Set((variants + [choice]).map { choices.schedule(of: $0) }).count == variants.count + 1)
      for variant in variants {
        let replayed = try replay(choices.schedule(of: variant), on: chain)
        #expect((replayed.peakBytes, replayed.seconds) == (variant.peakBytes, variant.seconds))
        #expect(variant.seconds >= choice.seconds && variant.seconds <= choice.seconds * 1.25)
        #expect(variant.peakBytes <= choice.peakBytes + choice.peakBytes / 16)
      }
    }
    #expect(variantCount > choices.all.count)
  }

  /// The bound holds for every schedule, and is met by keep-all and by the optimum where each stage runs twice at most.
  @Test(arguments: 0..<40)
  func nothingIsFasterThanTheBound(seed: UInt64) throws {
    let chain = try RandomChains.chain(
      Int(seed) % 30 + 2, seed: seed, kinds: RandomChains.Kind.allCases, largest: 9)
    let choices = try ScheduleChoices(chain)
    for choice in choices.all {
      let bound = chain.leastSeconds(withinBytes: choice.peakBytes)
      #expect(bound <= choice.seconds * (1 + 1e-12), "seed \(seed), \(choice.peakBytes) bytes")
    }
    let once = chain.stages.reduce(0) { $0 + $1.forwardSeconds + $1.backwardSeconds }
    #expect(abs(chain.leastSeconds(withinBytes: Int.max / 2) - once) < 1e-9)
  }

  /// Layers of random widths, reversed from their outputs. From a tenth of keep-all on nothing whatever can be much
  /// faster than what is found, whether the chain's parts are all looked at or ever fewer of the longer ones.
  @Test(arguments: [(200, 1), (200, 2), (1000, 3)])
  func isNearTheBoundWhereStagesAreUnequal(stageCount: Int, seed: UInt64) throws {
    let chain = try RandomChains.layers(stageCount, seed: seed)
    let choices = try ScheduleChoices(chain)
    let keepAll = try replay(makeSchedule(.none, for: chain), on: chain).peakBytes
    var recomputing = 0
    for percent in [10, 15, 20, 30, 40, 50, 65, 80, 90] {
      let best = try #require(choices.fitting(bytes: keepAll * percent / 100).first)
      let bound = chain.leastSeconds(withinBytes: keepAll * percent / 100)
      #expect(best.seconds >= bound * (1 - 1e-12) && best.seconds <= bound * 1.02, "\(percent) %")
      if best.executions > stageCount { recomputing += 1 }
    }
    #expect(recomputing == 9)
  }

  /// Of too many stages groups are joined, in which those stages are kept that are worth it, whether they give what
  /// follows them or hold what comes before.
  @Test(arguments: [
    (4000, 1, RandomChains.Kind.output, 1.02), (9000, 2, .output, 1.02), (6000, 3, .interior, 1.04),
  ])
  func groupsAreNearTheBoundToo(
    stageCount: Int, seed: UInt64, kind: RandomChains.Kind, limit: Double
  ) throws {
    let chain = try RandomChains.layers(stageCount, seed: seed, kind: kind)
    let choices = try ScheduleChoices(chain)
    let keepAll = try replay(makeSchedule(.none, for: chain), on: chain).peakBytes
    for percent in [3, 10, 20, 40, 60, 80] {
      let best = try #require(choices.fitting(bytes: keepAll * percent / 100).first)
      let bound = chain.leastSeconds(withinBytes: keepAll * percent / 100)
      #expect(best.seconds >= bound * (1 - 1e-12) && best.seconds <= bound * limit, "\(percent) %")
      let summary = try replay(choices.schedule(of: best), on: chain, budgetBytes: keepAll * percent / 100)
      #expect(summary.peakBytes == best.peakBytes && summary.seconds == best.seconds)
      #expect(summary.forwardExecutions > stageCount)
    }
  }

  @Test func theBoundProvesTheOptimumOfAUniformChain() throws {
    let chain = try RandomChains.uniform(100)
    let choices = try ScheduleChoices(chain)
    let best = try #require(choices.fitting(bytes: 30).first)
    #expect(best.seconds > 150 && best.seconds - chain.leastSeconds(withinBytes: 30) <= 2)
  }

  @Test func leastBytesDependOnBytesAlone() throws {
    for seed in 0..<30 as Range<UInt64> {
      let chain = try RandomChains.chain(Int(seed) + 3, seed: seed, kinds: RandomChains.Kind.allCases, largest: 9)
      let slower = try Chain(
        stages: chain.stages.enumerated().map { index, stage in
          var stage = stage
          stage.forwardSeconds *= Double(index % 5 + 1)
          return stage
        })
      let least = try schedulesOfLeastBytes(chain, count: 3)
      #expect(try schedulesOfLeastBytes(slower, count: 3).map(\.schedule) == least.map(\.schedule))
      let choices = try ScheduleChoices(chain)
      #expect(least[0].bytes <= choices.smallest(1)[0].peakBytes, "seed \(seed)")
    }
  }
}
