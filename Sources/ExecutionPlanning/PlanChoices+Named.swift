import BufferPlacement
import Checkpointing
import ComputationGraph
import Differentiation

extension PlanChoices {
  /// The fastest of the named schedules that is faster than one that was found and fits as well; nil where there is none.
  ///
  /// A search goes by the bytes that a replay counts. Of normalizations, of residual blocks and where what is kept is
  /// rounded these may be up to half as many again as a plan needs, so that it passes over schedules that fit, keep-all's
  /// among them. Of plain chains a replay counts no byte too many, and there is nothing to look for.
  ///
  /// - Complexity: that of replaying some hundred schedules, and of a plan of each that is faster.
  func named(fasterThan found: Choice, withinBytes budget: Int) throws -> Choice? {
    guard replayMayCountTooMany else { return nil }
    let known = try replay(found.schedule, on: planner.chain)
    var candidates: [(schedule: Schedule, seconds: Double)] = []
    for strategy in namedStrategies() {
      let schedule = try makeSchedule(strategy, for: planner.chain)
      let summary = try replay(schedule, on: planner.chain)
      if summary.seconds < known.seconds, summary.peakBytes <= budget + budget / 2 {
        candidates.append((schedule, summary.seconds))
      }
    }
    for (schedule, _) in candidates.sorted(by: { $0.seconds < $1.seconds }) {
      let plan = try planner.plan(for: schedule, effort: .brief)
      guard plan.peakByteCount <= budget else { continue }
      let smaller = Neighbours.Point(byteCount: known.peakBytes, seconds: known.seconds)
      return Choice(schedule: schedule, plan: plan, neighbours: Neighbours(smaller: smaller))
    }
    return nil
  }

  /// Chains of linear layers and activations alone are counted to the byte.
  private var replayMayCountTooMany: Bool {
    let forward = planner.differentiated.forwardNodes[..<planner.stages.lossNode]
    return planner.differentiated.roundsKept
      || forward.contains { node in
        if case .activation = node.operation { false } else { !node.operation.isProduct }
      }
  }

  /// All of few stages; of more those with units and segments in steps of a half, as long as no stage is executed more
  /// than four times on average. They do not depend on the budget, so that a larger one never gives a slower plan.
  private func namedStrategies() -> [Strategy] {
    let n = planner.chain.count
    var strategies: [Strategy] = [.none, .sqrt]
    if n <= PlanChoices.mostStagesOfAllNamed {
      strategies.append(.recursive)
      for count in 1...n { strategies += [.segments(count), .every(count), .mixed(count), .revolve(count)] }
    } else if n <= PlanChoices.mostStagesOfFewSchedules {
      var count = 2
      while count < n {
        strategies += [.segments(count), .every(count)]
        if mixedExecutions(stageCount: n, units: count) <= 4 * n { strategies.append(.mixed(count)) }
        count += (count + 1) / 2
      }
    }
    return strategies
  }

  private static let mostStagesOfAllNamed = 64
}
