/// Schedules of a chain to choose from under a byte budget: the optima of every part, binomial and mixed checkpointing
/// with every number of units, and balanced segments, each replayed for its exact bytes and seconds.
///
/// What stands to choice does not depend on the budget, so that a larger budget never gives a slower schedule.
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
    case binomial(slots: Int)
    case classical(Strategy)
  }

  private let source: Source
  /// Fastest first, of equal ones the smaller first; none is worse than another in both.
  private let front: [Choice]

  /// More executions per stage than this on average are no choice.
  package static let maximumExecutionsPerStage = 100

  /// What the choices are for.
  package enum Effort: Hashable, Sendable {
    /// Any budget.
    case anyBudget
    /// The least bytes: fewer points of the front are kept, and only strategies of few units are looked at.
    case leastBytes
  }

  package init(_ chain: Chain, effort: Effort = .anyBudget) throws(ChainError) {
    let source = try Source(chain, effort: effort)
    self.source = source
    var choices: [Choice] = []
    func add(_ recipe: Recipe) {
      if let choice = source.choice(recipe) { choices.append(choice) }
    }
    let points = source.optima.wholeChain
    let mostUnits = effort == .leastBytes ? min(chain.count, 6) : chain.count
    for point in effort == .leastBytes ? points.prefix(12) : points[...] { add(.optima(bytes: point.bytes)) }
    add(.classical(.recursive))
    for units in ScheduleChoices.ladder(upTo: mostUnits) {
      add(.binomial(slots: units))
      add(.classical(.mixed(units)))
      add(.classical(.revolve(units)))
      add(.classical(.segments(units)))
      add(.classical(.every(units)))
    }
    front = ScheduleChoices.undominated(choices)
  }

  /// The choices whose replayed bytes are within the budget, fastest first.
  package func fitting(bytes: Int) -> [Choice] { front.filter { $0.peakBytes <= bytes } }

  /// The choices of least bytes, the least first, to find out what is feasible at all.
  package func smallest(_ count: Int) -> [Choice] { Array(front.suffix(count).reversed()) }

  /// Fastest first; each later one takes fewer bytes.
  package var all: [Choice] { front }

  /// The schedule of a choice.
  package func schedule(of choice: Choice) -> Schedule { source.schedule(choice.recipe) }

  /// 1, 2, 3, ... and from about 40 on in steps of 3 percent.
  private static func ladder(upTo count: Int) -> [Int] {
    var ladder: [Int] = []
    var value = 1
    while value < count {
      ladder.append(value)
      value += max(1, value / 32)
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
  /// Of the chain, or of its groups where it has too many different parts.
  let optima: IntervalOptima
  private let coarse: CoarseChain?

  init(_ chain: Chain, effort: ScheduleChoices.Effort) throws(ChainError) {
    self.chain = chain
    if chain.count <= maximumStageCount, let parts = DistinctParts(of: chain, limit: maximumPartCount) {
      optima = IntervalOptima(chain, parts: parts, limits: .suiting(stageCount: chain.count, effort: effort))
      coarse = nil
      return
    }
    let coarse = try CoarseChain(chain, groupCount: groupCount)
    guard let parts = DistinctParts(of: coarse.groups, limit: Int.max) else {
      preconditionFailure("without a limit there are never too many parts")
    }
    optima = IntervalOptima(coarse.groups, parts: parts, limits: .suiting(stageCount: groupCount, effort: effort))
    self.coarse = coarse
  }

  func schedule(_ recipe: ScheduleChoices.Recipe) -> Schedule {
    switch recipe {
    case .optima(let bytes):
      let schedule = optima.chain.schedule("optimal", by: optima, allowance: bytes)
      return coarse?.expanded(schedule) ?? schedule
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

  /// Nil where the schedule would execute stages too often.
  func choice(_ recipe: ScheduleChoices.Recipe) -> ScheduleChoices.Choice? {
    let n = chain.count
    let limit = ScheduleChoices.maximumExecutionsPerStage * n
    switch recipe {
    case .binomial(let slots):
      if revolveExecutions(stageCount: n, slots: min(slots, n)) > limit + n { return nil }
    case .classical(.mixed(let units)):
      if mixedExecutions(stageCount: n, units: min(units, n)) > limit { return nil }
    case .classical(.revolve(let slots)):
      if revolveExecutions(stageCount: n, slots: min(slots, n)) > limit { return nil }
    case .optima, .classical: break
    }
    do throws(ScheduleViolation) {
      let summary = try replay(schedule(recipe), on: chain)
      let executions = summary.forwardExecutions - summary.elidedExecutions
      guard executions <= limit else { return nil }
      return ScheduleChoices.Choice(
        peakBytes: summary.peakBytes, seconds: summary.seconds, executions: executions, recipe: recipe)
    } catch {
      preconditionFailure("a computed schedule keeps every law: \(error)")
    }
  }
}

/// Chains of more stages, or of more distinct parts, are joined in so many groups.
private let maximumStageCount = 1024
private let maximumPartCount = 20_500
private let groupCount = 128

extension IntervalOptima.Limits {
  /// Exact for short chains, coarser for longer ones.
  static func suiting(stageCount: Int, effort: ScheduleChoices.Effort) -> Self {
    switch effort {
    case .anyBudget where stageCount <= 40, .leastBytes where stageCount <= 40: .exact
    case .anyBudget: Self(rangesPerOctave: 32, splitsTriedAll: 16, variantsUpTo: 8)
    case .leastBytes: Self(rangesPerOctave: 4, splitsTriedAll: 8, variantsUpTo: 8)
    }
  }
}
