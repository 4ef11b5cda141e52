/// Schedules of a chain to choose from under a byte budget: the optima of every part, binomial and mixed checkpointing
/// with every number of units, and balanced segments, each replayed for its exact bytes and seconds.
///
/// What stands to choice does not depend on the budget, but for long chains and uniform ones (``dependOnBudget``), and
/// for what is faster in few bytes alone: a larger budget gives no schedule that is slower by its counts.
///
/// ```swift
/// let choices = ScheduleChoices(chain)
/// let fits = choices.fitting(bytes: 64 << 20)   // fastest first; of equal ones the smaller first
/// let schedule = choices.schedule(of: fits[0])
/// ```
package struct ScheduleChoices: Sendable {
  /// A schedule before its actions are written.
  package struct Choice: Hashable, Sendable {
    /// Largest sum of live bytes, as a replay counts them.
    package let peakBytes: Int
    /// Predicted seconds of an iteration without the update.
    package let seconds: Double
    /// Stage executions in an iteration, those left out not counted.
    package let executions: Int
    fileprivate let recipe: Recipe
  }

  fileprivate enum Recipe: Hashable, Sendable {
    case optima(bytes: Int)
    /// Of the search in which no point of few bytes is left out.
    case optimaOfFewBytes(bytes: Int)
    /// Of parts, in bytes that are too few for any of the whole chain.
    case optimaOfParts(bytes: Int)
    case binomial(slots: Int)
    case classical(Strategy)

    var isOptimum: Bool {
      switch self {
      case .optima, .optimaOfFewBytes, .optimaOfParts: true
      case .binomial, .classical: false
      }
    }

    /// Recipes of which one with more units takes more bytes and fewer seconds.
    enum Family: CaseIterable {
      case binomial
      case mixed
      case revolve

      func recipe(units: Int) -> Recipe {
        switch self {
        case .binomial: .binomial(slots: units)
        case .mixed: .classical(.mixed(units))
        case .revolve: .classical(.revolve(units))
        }
      }
    }
  }

  private let source: Source
  /// Fastest first, of equal ones the smaller first; none is worse than another in both. Where the least bytes are
  /// looked for, all, the largest first. Nil for a long chain, whose choices are looked for when a budget is known.
  private let front: [Choice]?

  /// The front of the named strategies alone, and all optima of parts. Values of the former live one within the other,
  /// so that their layouts lose nothing, which that of an optimum in as few bytes may; of the latter one that is slower
  /// may lose less. None of a long chain under any budget.
  private let others: [Choice]

  /// Executions of an iteration beyond which a schedule is no choice: 100 for each stage on average; of long chains
  /// 262,144 in all, or three for each stage where that is more, so that what is chosen can be planned in seconds.
  package static func maximumExecutions(stageCount: Int) -> Int {
    min(100 * stageCount, max(1 << 18, 3 * stageCount))
  }

  /// What the choices are for.
  package enum Effort: Hashable, Sendable {
    /// Any budget.
    case anyBudget
    /// The least bytes, for ``smallest(_:)`` alone: only strategies of few units are looked at.
    case leastBytes
  }

  /// - Parameter mostBytes: no more will be asked for. In few bytes longer chains are searched more closely.
  /// - Complexity: for long chains, and uniform ones of some length, the work is left to `fitting(bytes:)`, which
  ///   replays a schedule for each halving of the number of units.
  package init(_ chain: Chain, effort: Effort = .anyBudget, mostBytes: Int = Int.max) throws(ChainError) {
    let isLong = chain.count > maximumReplayedStageCount
    // There nothing is better than binomial and mixed checkpointing, of which the units that fit are looked for.
    let isUniform = chain.isNearlyUniform && chain.count > maximumUniformStageCount
    source = try Source(
      chain, effort: effort, looksForOptima: effort == .anyBudget || !(isLong || isUniform),
      mostBytes: isUniform ? Int.max : mostBytes)
    if effort == .anyBudget, isLong || isUniform {
      (front, others) = (nil, [])
      return
    }
    var (points, pointsOfFewBytes) = (source.wholeChain[...], source.wholeChainOfFewBytes[...])
    if effort == .leastBytes {
      // The seconds are executions there.
      let most = Double(ScheduleChoices.maximumExecutions(stageCount: chain.count))
      points = points.drop { $0.seconds > most }.prefix(leastPointCount)
      pointsOfFewBytes = pointsOfFewBytes.drop { $0.seconds > most }.prefix(leastPointCount)
    }
    var recipes: [Recipe] = points.map { .optima(bytes: $0.bytes) }
    recipes += pointsOfFewBytes.map { .optimaOfFewBytes(bytes: $0.bytes) }
    if !isLong && !isUniform { recipes.append(.classical(.recursive)) }
    // Where stages are equal, nothing that spaces its restart values evenly is better than these.
    let triesSegments = effort == .anyBudget && !chain.isNearlyUniform
    let fewest = chain.fewestUnits
    let most = isLong || isUniform ? fewest : effort == .leastBytes ? max(fewest, min(chain.count, 6)) : chain.count
    if isLong || isUniform { recipes.append(.classical(.revolve(chain.fewestSlots))) }
    for units in ScheduleChoices.ladder(from: fewest, upTo: most) {
      recipes += [.binomial(slots: units), .classical(.mixed(units))]
      if !isLong && !isUniform { recipes.append(.classical(.revolve(units))) }
      if triesSegments { recipes += [.classical(.segments(units)), .classical(.every(units))] }
    }
    let choices = recipes.compactMap { [source] in source.choice($0) }
    var ofParts: [Choice] = []
    if let least = choices.map(\.peakBytes).min() {
      // With fewer bytes for the parts, for layouts lose some, and of what is rounded the table counts too few.
      let sixteenths =
        chain.count <= maximumReplayedOftenStageCount || source.looksForFewBytes
        ? Array(9...16) : effort == .leastBytes ? [10, 12, 14, 16] : [16]
      ofParts = sixteenths.compactMap { [source] in source.choice(.optimaOfParts(bytes: least / 16 * $0)) }
    }
    // In the least bytes the layout decides, which a schedule of more executions may have lower.
    front =
      effort == .leastBytes
      ? (choices + ofParts).sorted { $0.peakBytes > $1.peakBytes } : ScheduleChoices.undominated(choices + ofParts)
    let named = ScheduleChoices.undominated(choices.filter { !$0.recipe.isOptimum })
    others = effort == .leastBytes ? named : named + ofParts
  }

  /// The choices within the budget, fastest first: whichever may be best once it is laid out.
  package func fitting(bytes: Int) -> [Choice] {
    if let front {
      let known = Set(front)
      return (front + others.filter { !known.contains($0) }).filter { $0.peakBytes <= bytes }
        .sorted { ($0.seconds, $0.peakBytes) < ($1.seconds, $1.peakBytes) }
    }
    var found: [Choice] = []
    if let point = source.wholeChain.last(where: { $0.bytes <= bytes }),
      let choice = source.choice(.optima(bytes: point.bytes))
    {
      found.append(choice)
    }
    for family in Recipe.Family.allCases {
      if let choice = source.mostUnits(family, bytes: bytes) { found.append(choice) }
    }
    return ScheduleChoices.undominated(found.filter { $0.peakBytes <= bytes })
  }

  /// Whether what there is to choose from is looked for when the bytes are known, so that with fewer bytes others fit.
  package var dependOnBudget: Bool { front == nil }

  /// The faster choices, which take more bytes, and the smaller ones, which take more seconds, the next first. Of a
  /// long chain only the next of the choice's own kind.
  package func neighbours(of choice: Choice) -> (faster: [Choice], smaller: [Choice]) {
    guard front == nil else {
      return (faster(thanSeconds: choice.seconds), (front ?? []).filter { $0.peakBytes < choice.peakBytes })
    }
    let next: (faster: Choice?, smaller: Choice?) =
      switch choice.recipe {
      case .binomial(let slots): source.neighbours(.binomial, units: slots)
      case .classical(.mixed(let units)): source.neighbours(.mixed, units: units)
      case .classical(.revolve(let slots)): source.neighbours(.revolve, units: slots)
      case .optima, .optimaOfFewBytes, .optimaOfParts, .classical: (nil, nil)
      }
    return ([next.faster].compactMap(\.self), [next.smaller].compactMap(\.self))
  }

  /// The faster choices, the smallest first; none of a long chain.
  package func faster(thanSeconds seconds: Double) -> [Choice] {
    (front ?? []).filter { $0.seconds < seconds }.reversed()
  }

  /// The choices of least bytes, the least first, to find out what is feasible at all, that of a named strategy among
  /// them; none of a long chain.
  package func smallest(_ count: Int) -> [Choice] {
    let choices = Array((front ?? []).suffix(count).reversed())
    guard let smallestNamed = others.last, !choices.contains(smallestNamed) else { return choices }
    return (choices + [smallestNamed]).sorted { $0.peakBytes < $1.peakBytes }
  }

  /// Fastest first; each later one takes fewer bytes. None of a long chain.
  package var all: [Choice] { front ?? [] }

  /// The schedule of a choice.
  package func schedule(of choice: Choice) -> Schedule { source.schedule(choice.recipe) }

  /// One more each time, and from some number on a part more: 3 percent, or 12 up to a large number.
  private static func ladder(from first: Int, upTo count: Int) -> [Int] {
    var ladder: [Int] = []
    var value = first
    while value < count {
      ladder.append(value)
      value += max(1, value / (count > maximumUniformStageCount ? 8 : 32))
    }
    return ladder + [count]
  }

  private static func undominated(_ choices: [Choice]) -> [Choice] {
    var front: [Choice] = []
    for choice in choices.sorted(by: { ($0.seconds, $0.peakBytes) < ($1.seconds, $1.peakBytes) })
    where choice.peakBytes < front.last?.peakBytes ?? Int.max {
      front.append(choice)
    }
    return front
  }
}

/// Writes the schedules of recipes.
private struct Source: Sendable {
  let chain: Chain
  /// Of the chain, or of its groups where it has too many stages; nil where they are not looked for.
  private let optima: IntervalOptima?
  /// Of few bytes, where the search for any budget leaves points out; of no longer chain.
  private let optimaOfFewBytes: IntervalOptima?
  private let coarse: CoarseChain?

  /// - Parameter mostBytes: no more will be asked for.
  init(_ chain: Chain, effort: ScheduleChoices.Effort, looksForOptima: Bool, mostBytes: Int) throws(ChainError) {
    self.chain = chain
    guard looksForOptima else {
      (optima, optimaOfFewBytes, coarse) = (nil, nil, nil)
      return
    }
    guard chain.count > maximumUngroupedStageCount else {
      // For the least bytes only where it takes few itself.
      let mostStages = effort == .anyBudget ? maximumSearchedNearLeastStageCount : maximumSearchedForLeastStageCount
      let fewBytes = chain.count <= mostStages ? IntervalOptima.Limits.ofFewBytes(chain) : nil
      // With half as many bytes again others were faster than all of these, wherever that was tried.
      let isWanted = chain.count <= maximumReplayedOftenStageCount || mostBytes / 3 * 2 <= fewBytes?.byteCount ?? 0
      optimaOfFewBytes = isWanted ? fewBytes.map { IntervalOptima(chain, limits: $0) } : nil
      optima = IntervalOptima(chain, limits: .suiting(chain, effort: effort))
      coarse = nil
      return
    }
    optimaOfFewBytes = nil
    let coarse = try CoarseChain(chain, groupCount: groupCount)
    optima = IntervalOptima(coarse.groups, limits: .suiting(coarse.groups, effort: effort))
    self.coarse = coarse
  }

  var looksForFewBytes: Bool { optimaOfFewBytes != nil }

  /// Bytes and seconds of the optima of the whole chain, bytes ascending.
  var wholeChain: [(bytes: Int, seconds: Double)] { optima?.wholeChain ?? [] }
  var wholeChainOfFewBytes: [(bytes: Int, seconds: Double)] { optimaOfFewBytes?.wholeChain ?? [] }

  func schedule(_ recipe: ScheduleChoices.Recipe) -> Schedule {
    switch recipe {
    case .optima(let bytes):
      guard let optima else { preconditionFailure("a point of no front") }
      let schedule = optima.chain.schedule("optimal", by: optima, allowance: bytes)
      return coarse?.expanded(schedule) ?? schedule
    case .optimaOfFewBytes(let bytes):
      guard let optimaOfFewBytes else { preconditionFailure("a point of no front") }
      return chain.schedule("optimal", by: optimaOfFewBytes, allowance: bytes)
    case .optimaOfParts(let bytes):
      guard let optima = optimaOfFewBytes ?? optima else { preconditionFailure("a point of no front") }
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

  /// The choice of a family with the most units within so many bytes, nil where none is.
  ///
  /// Where stages are equal, a unit more takes the bytes of one value more, and what is left is divided by these.
  func mostUnits(_ family: ScheduleChoices.Recipe.Family, bytes: Int) -> ScheduleChoices.Choice? {
    let unitBytes = chain.isNearlyUniform ? chain.keptBoundaryBytes(chain.count / 2) : 0
    var probes = 0
    return Checkpointing.mostUnits(upTo: chain.count, startingWith: unitBytes > 0 ? bytes / unitBytes : nil) { units in
      probes += 1
      switch outcome(family.recipe(units: units), within: unitBytes > 0 ? nil : bytes) {
      case .executesTooOften: return (.tooFew, nil)
      case .exceedsBytes: return (.tooMany, nil)
      case .fits(let choice):
        let left = bytes - choice.peakBytes
        let next =
          unitBytes > 0 && probes < Source.mostEstimates
          ? units + (left >= 0 ? left : left - unitBytes + 1) / unitBytes : nil
        return (left >= 0 ? .fits(choice) : .tooMany, next)
      }
    }
  }

  /// Numbers of units reckoned from bytes that are left, before halving goes on.
  private static let mostEstimates = 8

  func neighbours(
    _ family: ScheduleChoices.Recipe.Family, units: Int
  ) -> (faster: ScheduleChoices.Choice?, smaller: ScheduleChoices.Choice?) {
    (
      units < chain.count ? choice(family.recipe(units: units + 1)) : nil,
      units > 1 ? choice(family.recipe(units: units - 1)) : nil
    )
  }

  /// Nil where the schedule would execute stages too often.
  func choice(_ recipe: ScheduleChoices.Recipe) -> ScheduleChoices.Choice? {
    guard case .fits(let choice) = outcome(recipe, within: nil) else { return nil }
    return choice
  }

  /// What a replay finds out about a recipe.
  private enum Outcome {
    case fits(ScheduleChoices.Choice)
    /// At the first action that does not fit the replay is over.
    case exceedsBytes
    case executesTooOften
  }

  /// - Parameter budget: what the schedule may take in bytes; nil for whatever it takes.
  private func outcome(_ recipe: ScheduleChoices.Recipe, within budget: Int?) -> Outcome {
    let n = chain.count
    let limit = ScheduleChoices.maximumExecutions(stageCount: n)
    switch recipe {
    case .binomial(let slots):
      if revolveExecutions(stageCount: n, slots: min(slots, n)) > limit + n { return .executesTooOften }
    case .classical(.mixed(let units)):
      if mixedExecutions(stageCount: n, units: min(units, n)) > limit { return .executesTooOften }
    case .classical(.revolve(let slots)):
      if revolveExecutions(stageCount: n, slots: min(slots, n)) > limit { return .executesTooOften }
    case .optimaOfParts: if optimaOfFewBytes == nil && (coarse != nil || optima == nil) { return .executesTooOften }
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

/// Points of a search for the least bytes that are looked at.
private let leastPointCount = 24
/// Chains of more stages are joined in groups.
private let maximumUngroupedStageCount = 1024
private let groupCount = 1000
/// Of more stages, nearly all of them equal, binomial and mixed checkpointing are as good as anything, to the unit.
private let maximumUniformStageCount = 256
/// Optima of few bytes, which execute stages often, are looked for whatever the budget in no longer chain.
private let maximumReplayedOftenStageCount = 256
/// And in no longer one where the budget is little more than they take.
private let maximumSearchedNearLeastStageCount = 512
private let maximumSearchedForLeastStageCount = 64
/// Longer chains' schedules are not replayed in advance.
private let maximumReplayedStageCount = 4096
