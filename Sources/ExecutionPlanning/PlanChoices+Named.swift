import BufferPlacement
import Checkpointing
import ComputationGraph
import Differentiation

extension PlanChoices {
  /// The fastest of the named schedules that is faster than one that was found and fits as well; nil where there is
  /// none.
  ///
  /// A search goes by the bytes that a replay counts. Of normalizations, of residual blocks and where what is kept is
  /// rounded these may be up to half as many again as a plan needs, so that it passes over schedules that fit,
  /// keep-all's among them. Of plain chains a replay counts no byte too many, and there is nothing to look for.
  ///
  /// - Complexity: that of replaying some hundred schedules, and of a plan of each that is faster.
  func named(fasterThan found: Choice, withinBytes budget: Int) throws -> Choice? {
    guard planner.replayMayCountTooMany else { return nil }
    let known = try replay(found.schedule, on: planner.chain)
    let candidates = try planner.namedSchedules(withinBytes: budget).filter { $0.summary.seconds < known.seconds }
    for (schedule, _) in candidates.sorted(by: { $0.summary.seconds < $1.summary.seconds }) {
      let plan = try planner.plan(for: schedule, effort: .brief)
      guard plan.peakByteCount <= budget else { continue }
      let smaller = Neighbours.Point(byteCount: found.plan.peakByteCount, seconds: known.seconds)
      return Choice(
        schedule: schedule, plan: plan,
        neighbours: Neighbours(smaller: smaller.byteCount < plan.peakByteCount ? smaller : nil))
    }
    return nil
  }
}

extension Planner {
  /// Chains of linear layers and activations alone are counted to the byte.
  var replayMayCountTooMany: Bool {
    let forward = differentiated.forwardNodes[..<stages.lossNode]
    return differentiated.roundsKept
      || forward.contains { node in
        if case .activation = node.operation { false } else { !node.operation.isProduct }
      }
  }

  /// Named schedules whose plans may need less than others', those of which fewest bytes are counted: of few stages.
  func namedSchedulesOfFewBytes(below bytes: Int) throws -> [Schedule] {
    guard chain.count <= Self.mostStagesOfAllNamed, replayMayCountTooMany else { return [] }
    let candidates = try namedSchedules(withinBytes: bytes - 1)
    return candidates.sorted { $0.summary.peakBytes < $1.summary.peakBytes }.prefix(Self.mostPlanned).map(\.schedule)
  }

  /// The named schedules that may fit, however many bytes a replay counts too many.
  fileprivate func namedSchedules(
    withinBytes budget: Int
  ) throws -> [(schedule: Schedule, summary: ReplaySummary)] {
    try namedStrategies().compactMap { strategy in
      let schedule = try makeSchedule(strategy, for: chain)
      let summary = try replay(schedule, on: chain)
      return summary.peakBytes - summary.peakBytes / 3 <= budget ? (schedule, summary) : nil
    }
  }

  /// All of few stages; of more those with units and segments in steps of a half, as long as a replay takes no more
  /// than some milliseconds or no stage is executed more than four times on average. They do not depend on the budget,
  /// so that a larger one never gives a slower plan.
  private func namedStrategies() -> [Strategy] {
    let n = chain.count
    var strategies: [Strategy] = [.none, .sqrt]
    if n <= Self.mostStagesOfAllNamed {
      strategies.append(.recursive)
      for count in 1...n { strategies += [.segments(count), .every(count), .mixed(count), .revolve(count)] }
    } else if n <= PlanChoices.mostStagesOfFewSchedules {
      var count = 2
      while count < n {
        strategies += [.segments(count), .every(count)]
        if mixedExecutions(stageCount: n, units: count) <= max(4 * n, Self.fewExecutions) {
          strategies.append(.mixed(count))
        }
        count += (count + 1) / 2
      }
    }
    return strategies
  }

  private static let mostStagesOfAllNamed = 64
  private static let fewExecutions = 10_000
  /// Of schedules of few bytes.
  private static let mostPlanned = 16
}
