/// Schedules of a chain to choose from under a byte budget: the optima of every part, binomial and mixed checkpointing
/// with every number of units, and balanced segments, each replayed for its exact bytes and seconds.
///
/// What stands to choice does not depend on the budget, but where it is looked for when a budget is known
/// (``dependOnBudget``): of long chains and uniform ones, and of others on demand. A larger budget gives no schedule
/// that is slower by its counts.
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
    let recipe: ScheduleRecipe
  }

  private let source: ScheduleSource
  /// Fastest first, of equal ones the smaller first; none is worse than another in both. Where the least bytes are
  /// looked for, all, the largest first, of equal ones the slowest. Nil where choices are looked for when a budget is
  /// known.
  private let front: [Choice]?

  /// The front of the named strategies alone, and all optima of parts. Values of the former live one within the other,
  /// so that their layouts lose nothing, which that of an optimum in as few bytes may; of the latter one that is slower
  /// may lose less. Where choices are looked for when a budget is known the latter alone, of a long chain none.
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
    /// A budget: of longer chains only what may be best within it is replayed.
    case oneBudget
    /// The least bytes, for ``smallest(_:)`` alone: only strategies of few units are looked at.
    case leastBytes
  }

  /// - Parameter mostBytes: no more will be asked for. In few bytes longer chains are searched more closely.
  /// - Complexity: for long chains, and uniform ones of some length, the work is left to `fitting(bytes:)`, which
  ///   replays a schedule for each halving of the number of units; for one budget that of longer chains too.
  package init(_ chain: Chain, effort: Effort = .anyBudget, mostBytes: Int = Int.max) throws(ChainError) {
    let isLong = chain.count > maximumReplayedStageCount
    // There nothing is better than binomial and mixed checkpointing, of which the units that fit are looked for.
    let isUniform = chain.isNearlyUniform && chain.count > maximumUniformStageCount
    source = try ScheduleSource(
      chain, effort: effort, looksForOptima: effort != .leastBytes || !(isLong || isUniform),
      mostBytes: isUniform ? Int.max : mostBytes)
    if effort != .leastBytes, isLong || isUniform {
      (front, others) = (nil, [])
      return
    }
    if effort == .oneBudget, chain.count > maximumReplayedOftenStageCount, !source.looksForFewBytes {
      // In twice the bytes that the table begins with nothing that is put together of parts is faster.
      let isClose = mostBytes / 2 < source.wholeChain.first?.bytes ?? Int.max
      let known = isClose ? source.smallestOfEach().first?.peakBytes : nil
      (front, others) = (nil, known.map { [source] in source.ofParts(upTo: $0, untilTooOften: true) } ?? [])
      return
    }
    var (points, pointsOfFewBytes) = (source.wholeChain[...], source.wholeChainOfFewBytes[...])
    if effort == .leastBytes {
      // The seconds are executions there.
      let most = Double(ScheduleChoices.maximumExecutions(stageCount: chain.count))
      points = points.drop { $0.seconds > most }.prefix(leastPointCount)
      pointsOfFewBytes = pointsOfFewBytes.drop { $0.seconds > most }.prefix(leastPointCount)
    }
    var recipes: [ScheduleRecipe] = points.map { .optima(bytes: $0.bytes) }
    recipes += pointsOfFewBytes.map { .optimaOfFewBytes(bytes: $0.bytes) }
    if !isLong && !isUniform { recipes.append(.classical(.recursive)) }
    // Where stages are equal, nothing that spaces its restart values evenly is better than these.
    let triesSegments = effort != .leastBytes && !chain.isNearlyUniform
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
      let isClose = chain.count <= maximumReplayedOftenStageCount || source.looksForFewBytes
      ofParts = source.ofParts(upTo: least, untilTooOften: !isClose)
    }
    // In the least bytes the layout decides, which a schedule of more executions may have lower.
    front =
      effort == .leastBytes
      ? (choices + ofParts).sorted { ($0.peakBytes, $0.seconds) > ($1.peakBytes, $1.seconds) }
      : ScheduleChoices.undominated(choices + ofParts)
    let named = ScheduleChoices.undominated(choices.filter { !$0.recipe.isOptimum })
    others = effort == .leastBytes ? named : named + ofParts
  }

  /// The choices within the budget, fastest first: whichever may be best once it is laid out.
  ///
  /// - Parameter depth: where choices are looked for when a budget is known, of so many optima that fit the largest are
  ///   looked at, and what else is no slower than these.
  package func fitting(bytes: Int, depth: Int = 1) -> [Choice] {
    if let front {
      let known = Set(front)
      return (front + others.filter { !known.contains($0) }).filter { $0.peakBytes <= bytes }
        .sorted { ($0.seconds, $0.peakBytes) < ($1.seconds, $1.peakBytes) }
    }
    return source.fitting(bytes: bytes, depth: depth, others: others)
  }

  /// Whether what there is to choose from is looked for when the bytes are known, so that with fewer bytes others fit.
  package var dependOnBudget: Bool { front == nil }

  /// The faster choices, which take more bytes, and the smaller ones, which take more seconds, the next first. Where
  /// choices are looked for when a budget is known, the next of the choice's own kind.
  package func neighbours(of choice: Choice) -> (faster: [Choice], smaller: [Choice]) {
    guard let front else {
      guard case .optimaOfParts = choice.recipe else { return source.neighbours(of: choice.recipe) }
      return (faster(thanSeconds: choice.seconds), others.filter { $0.peakBytes < choice.peakBytes })
    }
    return (faster(thanSeconds: choice.seconds), front.filter { $0.peakBytes < choice.peakBytes })
  }

  /// The faster choices, the smallest first; of those that are looked for when a budget is known some of the smallest.
  package func faster(thanSeconds seconds: Double) -> [Choice] {
    guard let front else { return source.smallestOfEach().filter { $0.seconds < seconds } }
    return front.filter { $0.seconds < seconds }.reversed()
  }

  /// The choices of least bytes, the least first, to find out what is feasible at all, that of a named strategy among
  /// them; none of a long chain.
  package func smallest(_ count: Int) -> [Choice] {
    let choices = Array((front ?? []).suffix(count).reversed())
    guard let smallestNamed = others.last, !choices.contains(smallestNamed) else { return choices }
    return (choices + [smallestNamed]).sorted { ($0.peakBytes, $0.seconds) < ($1.peakBytes, $1.seconds) }
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

/// Points of a search for the least bytes that are looked at.
private let leastPointCount = 24
/// Of more stages, nearly all of them equal, binomial and mixed checkpointing are as good as anything, to the unit.
private let maximumUniformStageCount = 256
/// Longer chains' schedules are not replayed in advance.
private let maximumReplayedStageCount = 4096
