import SystemCalls

/// A schedule before its actions are written.
enum ScheduleRecipe: Hashable, Sendable {
  /// Variant 0 is the optimum itself, others are varied (``VariedDecisions``).
  case optima(bytes: Int, variant: Int = 0)
  /// Of a search in which no point of few bytes is left out.
  case optimaOfFewBytes(search: Int, bytes: Int, variant: Int = 0)
  /// Of parts, in bytes that are too few for any of the whole chain; by one of these searches where there are any.
  case optimaOfParts(search: Int, bytes: Int)
  case binomial(slots: Int)
  case classical(Strategy)

  var isOptimum: Bool {
    switch self {
    case .optima, .optimaOfFewBytes, .optimaOfParts: true
    case .binomial, .classical: false
    }
  }

  /// The same optimum varied; nil of what has no variants.
  func varied(_ number: Int) -> ScheduleRecipe? {
    switch self {
    case .optima(let bytes, 0): .optima(bytes: bytes, variant: number)
    case .optimaOfFewBytes(let search, let bytes, 0):
      .optimaOfFewBytes(search: search, bytes: bytes, variant: number)
    case .optima, .optimaOfFewBytes, .optimaOfParts, .binomial, .classical: nil
    }
  }
}

/// Writes the schedules of recipes for a chain, and replays them for their bytes and seconds.
struct ScheduleSource: Sendable {
  let chain: Chain
  /// Of the chain, or of its groups where it has too many stages; nil where they are not looked for.
  private let optima: IntervalOptima?
  /// Of few bytes, where the search for any budget leaves points out; of the chain itself, and of no longer one.
  private var optimaOfFewBytes: [IntervalOptima]
  private let coarse: CoarseChain?
  /// Whether two threads look for few bytes and replay.
  private var isConcurrent: Bool

  /// - Parameter mostBytes: no more will be asked for.
  init(
    _ chain: Chain, effort: ScheduleChoices.Effort, mostBytes: Int, scope: SearchScope, isConcurrent: Bool
  ) throws(ChainError) {
    self.chain = chain
    self.isConcurrent = isConcurrent
    guard effort != .leastBytes || !chain.isLookedThroughLate else {
      (optima, optimaOfFewBytes, coarse) = (nil, [], nil)
      return
    }
    let isWanted =
      switch effort {
      case .anyBudget:
        chain.count <= maximumReplayedOftenStageCount || chain.isSearchedNearLeast(bytes: mostBytes)
      case .largeBudget: chain.count <= maximumWholeStageCount
      case .oneBudget: chain.isSearchedNearLeast(bytes: mostBytes)
      // Only where it takes few itself.
      case .leastBytes: chain.count <= maximumSearchedForLeastStageCount
      }
    optimaOfFewBytes = isWanted ? IntervalOptima.ofFewBytes(chain, scope, isConcurrent: isConcurrent) : []
    guard chain.count > maximumUngroupedStageCount else {
      optima = IntervalOptima(chain, limits: .suiting(chain, effort: effort))
      coarse = nil
      return
    }
    let coarse = try CoarseChain(chain, groupCount: groupCount)
    optima = IntervalOptima(coarse.groups, limits: .suiting(coarse.groups, effort: effort))
    self.coarse = coarse
  }

  /// The same, few bytes searched more closely.
  func searchingFewBytes(_ scope: SearchScope, isConcurrent: Bool) -> ScheduleSource {
    var source = self
    source.isConcurrent = isConcurrent
    source.optimaOfFewBytes = IntervalOptima.ofFewBytes(chain, scope, isConcurrent: isConcurrent)
    return source
  }

  var looksForFewBytes: Bool { !optimaOfFewBytes.isEmpty }

  /// Bytes and seconds of the optima of the whole chain, bytes ascending.
  var wholeChain: [(bytes: Int, seconds: Double)] { optima?.wholeChain ?? [] }
  /// By search.
  var wholeChainOfFewBytes: [[(bytes: Int, seconds: Double)]] { optimaOfFewBytes.map(\.wholeChain) }

  func schedule(_ recipe: ScheduleRecipe) -> Schedule {
    switch recipe {
    case .optima(let bytes, let variant):
      guard let optima else { preconditionFailure("a point of no front") }
      let schedule = optima.schedule(bytes: bytes, variant: variant)
      return coarse?.expanded(schedule) ?? schedule
    case .optimaOfFewBytes(let search, let bytes, let variant):
      return optimaOfFewBytes[search].schedule(bytes: bytes, variant: variant)
    case .optimaOfParts(let search, let bytes):
      guard let optima = looksForFewBytes ? optimaOfFewBytes[search] : optima else {
        preconditionFailure("a point of no front")
      }
      return chain.schedule("optimal", by: PrefixDecisions(optima, byteCount: bytes), allowance: .prefix)
    case .binomial(let slots):
      return chain.schedule("optimal", by: BinomialDecisions(chain: chain), allowance: slots)
    case .classical(let strategy):
      do throws(SchedulingError) {
        let schedule = try makeSchedule(strategy, for: chain)
        return Schedule(strategy: "optimal", stageCount: schedule.stageCount, actions: schedule.actions)
      } catch {
        preconditionFailure("a strategy whose executions were counted before has a schedule: \(error)")
      }
    }
  }

  /// Optima put together of parts, in no more bytes than the smallest of other choices takes.
  func ofParts(beside choices: [ScheduleChoices.Choice]) -> [ScheduleChoices.Choice] {
    guard let known = choices.map(\.peakBytes).min() else { return [] }
    let isClose = chain.count <= maximumReplayedOftenStageCount || looksForFewBytes
    return ofParts(upTo: known, untilTooOften: !isClose)
  }

  /// Optima put together of parts, in the bytes that are known and in fewer: layouts lose some, and of what is rounded
  /// the table counts too few.
  ///
  /// - Parameter untilTooOften: in fewer bytes stages are executed more often, too often at last; nothing is looked at
  ///   then in even fewer.
  func ofParts(upTo known: Int, untilTooOften: Bool) -> [ScheduleChoices.Choice] {
    (0..<max(1, optimaOfFewBytes.count)).flatMap { search in
      let recipes = (9...16).reversed().map { sixteenths in
        ScheduleRecipe.optimaOfParts(search: search, bytes: known / 16 * sixteenths)
      }
      guard untilTooOften else { return choices(recipes) }
      var found: [ScheduleChoices.Choice] = []
      for recipe in recipes {
        guard let choice = choice(recipe) else { break }
        found.append(choice)
      }
      return found
    }
  }

  /// Of those recipes whose schedules do not execute stages too often, in their order.
  func choices(_ recipes: [ScheduleRecipe]) -> [ScheduleChoices.Choice] {
    guard isConcurrent, recipes.count * chain.count > fewReplayedStages else {
      return recipes.compactMap { choice($0) }
    }
    // In turns: a recipe and the next one take about as long.
    @Sendable func choices(from first: Int) -> [ScheduleChoices.Choice?] {
      stride(from: first, to: recipes.count, by: 2).map { choice(recipes[$0]) }
    }
    let (even, odd) = concurrently {
      choices(from: 0)
    } and: {
      choices(from: 1)
    }
    return recipes.indices.compactMap { $0.isMultiple(of: 2) ? even[$0 / 2] : odd[$0 / 2] }
  }

  /// Nil where the schedule would execute stages too often.
  func choice(_ recipe: ScheduleRecipe) -> ScheduleChoices.Choice? {
    guard case .fits(let choice) = outcome(recipe, within: nil) else { return nil }
    return choice
  }

  /// What a replay finds out about a recipe.
  enum Outcome {
    case fits(ScheduleChoices.Choice)
    /// At the first action that does not fit the replay is over.
    case exceedsBytes
    case executesTooOften
  }

  /// - Parameter budget: what the schedule may take in bytes; nil for whatever it takes.
  func outcome(_ recipe: ScheduleRecipe, within budget: Int?) -> Outcome {
    let n = chain.count
    let limit = chain.maximumExecutions
    switch recipe {
    case .binomial(let slots):
      if revolveExecutions(stageCount: n, slots: min(slots, n)) > limit + n { return .executesTooOften }
    case .classical(.mixed(let units)):
      if mixedExecutions(stageCount: n, units: min(units, n)) > limit { return .executesTooOften }
    case .classical(.revolve(let slots)):
      if revolveExecutions(stageCount: n, slots: min(slots, n)) > limit { return .executesTooOften }
    case .optimaOfParts: if !looksForFewBytes && (coarse != nil || optima == nil) { return .executesTooOften }
    case .optima, .optimaOfFewBytes, .classical: break
    }
    do throws(ScheduleViolation) {
      let summary = try replay(schedule(recipe), on: chain, budgetBytes: budget)
      let executions = summary.forwardExecutions - summary.elidedExecutions
      guard executions <= limit else { return .executesTooOften }
      return .fits(
        ScheduleChoices.Choice(
          peakBytes: summary.peakBytes, seconds: summary.seconds, executions: executions, recipe: recipe))
    } catch {
      if error.law == .withinBudget { return .exceedsBytes }
      preconditionFailure("a computed schedule keeps every law: \(error)")
    }
  }
}

extension IntervalOptima {
  fileprivate static func ofFewBytes(_ chain: Chain, _ scope: SearchScope, isConcurrent: Bool) -> [IntervalOptima] {
    let searches = Limits.ofFewBytes(chain, scope)
    guard let last = searches.last else { return [] }
    guard searches.count > 1 else {
      let optima = IntervalOptima(chain, limits: last, isConcurrent: isConcurrent)
      return optima.isGivenUp ? [] : [optima]
    }
    // The last takes about as long as the others together.
    let (others, ofLast) = concurrently(when: isConcurrent) {
      searches.dropLast().map { IntervalOptima(chain, limits: $0) }
    } and: {
      IntervalOptima(chain, limits: last)
    }
    return (others + [ofLast]).filter { !$0.isGivenUp }
  }

  /// The optimum of the whole chain within so many bytes.
  fileprivate func schedule(bytes: Int, variant: Int) -> Schedule {
    variant == 0
      ? chain.schedule("optimal", by: self, allowance: bytes)
      : chain.schedule("optimal", by: VariedDecisions(self, number: variant), allowance: bytes)
  }
}

/// Stages of schedules that are replayed in less time than it takes to start a thread, or hardly more.
private let fewReplayedStages = 5000
/// Chains of more stages are joined in groups.
let maximumUngroupedStageCount = 1024
private let groupCount = 1000
/// Optima of few bytes, which execute stages often, are looked for whatever the budget in no longer chain, and what
/// stands to choice is replayed in advance.
let maximumReplayedOftenStageCount = 256
/// And in no longer one where the budget is little more than they take.
let maximumSearchedNearLeastStageCount = 2048
private let maximumSearchedForLeastStageCount = 64
