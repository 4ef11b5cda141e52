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

    /// Whether it was found where no point of few bytes is left out.
    package var isOfFewBytes: Bool {
      switch recipe {
      case .optimaOfFewBytes, .optimaOfParts: true
      case .optima, .binomial, .classical: false
      }
    }

    /// Whether a replay finds the same of both.
    func isCountedAs(_ other: Choice) -> Bool {
      (peakBytes, seconds, executions) == (other.peakBytes, other.seconds, other.executions)
    }
  }

  private let source: ScheduleSource
  /// Fastest first, of equal ones the smaller first; none is worse than another in both. Where the least bytes are
  /// looked for, all, the largest first, of equal ones the slowest. Nil where choices are looked for when a budget is
  /// known.
  private let front: [Choice]?

  /// The front of the named strategies alone, all optima of parts, and the front of each further search for few bytes.
  /// Values of the first live one within the other, so that their layouts lose nothing, which that of an optimum in as
  /// few bytes may; of the others one that is slower may lose less. Where choices are looked for when a budget is
  /// known optima of parts alone, of a long chain none.
  private let others: [Choice]

  /// What the choices are for.
  package enum Effort: Hashable, Sendable {
    /// Any budget.
    case anyBudget
    /// Any budget that is not near the least bytes (``Chain/isNearLeast(bytes:)``).
    case largeBudget
    /// A budget: of longer chains only what may be best within it is replayed.
    case oneBudget
    /// The least bytes, for ``smallest(_:)`` alone: only strategies of few units are looked at.
    case leastBytes
  }

  /// - Parameters:
  ///   - mostBytes: no more will be asked for. In few bytes longer chains are searched more closely.
  ///   - scope: `few` is taken as `compact`.
  ///   - isConcurrent: whether two threads look for few bytes.
  /// - Complexity: for long chains, and uniform ones of some length, the work is left to `fitting(bytes:)`, which
  ///   replays a schedule for each halving of the number of units; for one budget that of longer chains too.
  package init(
    _ chain: Chain, effort: Effort = .anyBudget, mostBytes: Int = Int.max, scope: SearchScope = .full,
    isConcurrent: Bool = false
  ) throws(ChainError) {
    let source = try ScheduleSource(
      chain, effort: effort, mostBytes: mostBytes, scope: scope, isConcurrent: isConcurrent)
    if effort == .leastBytes {
      self.init(ofLeastBytes: source)
    } else if chain.isLookedThroughLate {
      self.init(source: source, front: nil, others: [])
    } else if effort == .oneBudget, chain.count > maximumReplayedOftenStageCount, !source.looksForFewBytes {
      self.init(source, mostBytes: mostBytes)
    } else {
      self.init(ofAnyBudget: source)
    }
  }

  /// The same of a table for one budget.
  package init(_ table: BudgetTable, mostBytes: Int, scope: SearchScope = .full, isConcurrent: Bool = false) {
    let chain = table.source.chain
    if chain.isLookedThroughLate {
      self.init(source: table.source, front: nil, others: [])
      return
    }
    let source =
      chain.isSearchedNearLeast(bytes: mostBytes)
      ? table.source.searchingFewBytes(scope, isConcurrent: isConcurrent) : table.source
    if source.looksForFewBytes {
      self.init(ofAnyBudget: source)
    } else {
      self.init(source, mostBytes: mostBytes)
    }
  }

  private init(source: ScheduleSource, front: [Choice]?, others: [Choice]) {
    self.source = source
    self.front = front
    self.others = others
  }

  /// All that may be best within some budget.
  private init(ofAnyBudget source: ScheduleSource) {
    let chain = source.chain
    var recipes: [ScheduleRecipe] = source.wholeChain.map { .optima(bytes: $0.bytes) }
    recipes.append(.classical(.recursive))
    for units in ScheduleChoices.ladder(from: chain.fewestUnits, upTo: chain.count) {
      recipes += [.binomial(slots: units), .classical(.mixed(units)), .classical(.revolve(units))]
      // Where stages are equal, nothing that spaces its restart values evenly is better than these.
      if !chain.isNearlyUniform { recipes += [.classical(.segments(units)), .classical(.every(units))] }
    }
    let ofFewBytes = source.wholeChainOfFewBytes.enumerated().map { search, points in
      source.choices(points.map { .optimaOfFewBytes(search: search, bytes: $0.bytes) })
    }
    let choices = source.choices(recipes)
    let optima = choices + ofFewBytes.joined()
    let ofParts = source.ofParts(beside: optima)
    self.init(
      source: source, front: ScheduleChoices.undominated(optima + ofParts),
      others: ScheduleChoices.undominated(choices.filter { !$0.recipe.isOptimum }) + ofParts
        + ofFewBytes.flatMap(ScheduleChoices.undominated))
  }

  /// What is looked for when the bytes are known, and what is put together of parts.
  private init(_ source: ScheduleSource, mostBytes: Int) {
    // In twice the bytes that the table begins with nothing that is put together of parts is faster.
    let isClose = mostBytes / 2 < source.wholeChain.first?.bytes ?? Int.max
    let known = isClose ? source.smallestOfEach().first?.peakBytes : nil
    self.init(
      source: source, front: nil, others: known.map { source.ofParts(upTo: $0, untilTooOften: true) } ?? [])
  }

  /// Strategies of few units, and optima of least bytes: the layout decides, which a schedule of more executions may
  /// have lower.
  private init(ofLeastBytes source: ScheduleSource) {
    let chain = source.chain
    // The seconds are executions there.
    let most = Double(chain.maximumExecutions)
    func first(_ points: [(bytes: Int, seconds: Double)]) -> some Sequence<(bytes: Int, seconds: Double)> {
      points.drop { $0.seconds > most }.prefix(leastPointCount)
    }
    var recipes: [ScheduleRecipe] = first(source.wholeChain).map { .optima(bytes: $0.bytes) }
    for (search, points) in source.wholeChainOfFewBytes.enumerated() {
      recipes += first(points).map { .optimaOfFewBytes(search: search, bytes: $0.bytes) }
    }
    let fewest = chain.fewestUnits
    if chain.isLookedThroughLate {
      recipes += [
        .classical(.revolve(chain.fewestSlots)), .binomial(slots: fewest), .classical(.mixed(fewest)),
      ]
    } else {
      recipes.append(.classical(.recursive))
      for units in ScheduleChoices.ladder(from: fewest, upTo: max(fewest, min(chain.count, 6))) {
        recipes += [.binomial(slots: units), .classical(.mixed(units)), .classical(.revolve(units))]
      }
    }
    let choices = recipes.compactMap { source.choice($0) }
    let ofParts = source.ofParts(beside: choices)
    self.init(
      source: source,
      front: (choices + ofParts).sorted { ($0.peakBytes, $0.seconds) > ($1.peakBytes, $1.seconds) },
      others: ScheduleChoices.undominated(choices.filter { !$0.recipe.isOptimum }))
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

  /// What stands on either side of a choice.
  package typealias Neighbours = (faster: [Choice], smaller: [Choice])

  /// The faster choices, which take more bytes, and the smaller ones, which take more seconds, the next first. Where
  /// choices are looked for when a budget is known, the next of the choice's own kind.
  package func neighbours(of choice: Choice) -> Neighbours {
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

  /// Schedules much like an optimum, hardly slower, the fastest first: where its layout takes more bytes than are
  /// counted that of one of them may take fewer. None of other choices, nor of chains whose optima lie so close
  /// together that one of fewer bytes is as good.
  ///
  /// - Complexity: that of some replays.
  package func variants(of choice: Choice) -> [Choice] {
    guard source.chain.count <= maximumReplayedOftenStageCount || source.looksForFewBytes else { return [] }
    var found = [choice]
    for number in 1...variantCount {
      guard let variant = choice.recipe.varied(number).flatMap(source.choice), variant.seconds >= choice.seconds,
        !found.contains(where: variant.isCountedAs)
      else { continue }
      found.append(variant)
    }
    return found.dropFirst().sorted { ($0.seconds, $0.peakBytes) < ($1.seconds, $1.peakBytes) }
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

/// Variants of an optimum that are looked at.
private let variantCount = 16
/// Points of a search for the least bytes that are looked at.
private let leastPointCount = 24
/// Of more stages, nearly all of them equal, binomial and mixed checkpointing are as good as anything, to the unit.
private let maximumUniformStageCount = 256
/// Longer chains' schedules are not replayed in advance.
private let maximumReplayedStageCount = 4096

extension Chain {
  /// Whether choices are looked for when a budget is known, whatever they are for: of long chains, and of uniform ones
  /// of some length, where nothing is better than binomial and mixed checkpointing with the most units that fit.
  var isLookedThroughLate: Bool {
    count > maximumReplayedStageCount || (count > maximumUniformStageCount && isNearlyUniform)
  }
}

extension Chain {
  /// Whether schedules of few bytes may be the best within so many, which are searched more closely than many.
  ///
  /// In half as many bytes again as these searches go up to, others were faster than all that they found, wherever that
  /// was tried.
  package func isNearLeast(bytes: Int) -> Bool {
    guard count > maximumWholeStageCount else { return true }
    guard count <= maximumSearchedNearLeastStageCount else { return false }
    return bytes / 3 * 2 <= mostOfFewBytes
  }

  /// Whether so many bytes are searched more closely than many.
  func isSearchedNearLeast(bytes: Int) -> Bool { !isLookedThroughLate && isNearLeast(bytes: bytes) }
}

/// The optima among which the best for one budget is looked for, where the search for them does not depend on it: they
/// can be at hand before it is known.
package struct BudgetTable: Sendable {
  let source: ScheduleSource

  /// Nil of a chain of which the search for any budget is another one.
  package init?(of chain: Chain) throws(ChainError) {
    guard chain.count > maximumReplayedOftenStageCount else { return nil }
    source = try ScheduleSource(chain, effort: .oneBudget, mostBytes: Int.max, scope: .full, isConcurrent: false)
  }
}
