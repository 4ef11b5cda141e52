import Checkpointing
import ComputationGraph
import Differentiation

/// What a replay counts of a schedule, and the schedule once it is wanted.
struct CountedSchedule {
  let peakBytes: Int
  let seconds: Double
  let need: LeastNeed
  let schedule: () -> Schedule
  /// Others much like it that are hardly slower, the fastest first.
  var variants: () -> [CountedSchedule] = { [] }

  /// What its plan may take at least.
  var fewestBytes: Int { peakBytes - Int(Double(peakBytes) * need.bytesLessAtMost) }
  var leastSeconds: Double { seconds * (1 - need.secondsLessAtMost) }
}

/// What a plan may need less than a replay counts, as a share.
struct LeastNeed {
  let bytesLessAtMost: Double
  let secondsLessAtMost: Double

  /// Whether so little that few schedules have to be planned to find the one that is asked for.
  var isClose: Bool { bytesLessAtMost == 0 && secondsLessAtMost <= 0.03 }
}

extension Planner {
  /// Whether a replay may count more bytes than a plan needs. Chains of linear layers and activations alone are counted
  /// to the byte.
  var replayMayCountTooMany: Bool {
    let forward = differentiated.forwardNodes[..<stages.lossNode]
    return differentiated.roundsKept
      || forward.contains { node in
        if case .activation = node.operation { false } else { !node.operation.isProduct }
      }
  }

  /// A schedule at hand with its counts.
  ///
  /// - Parameter need: the planner's ``leastNeed``.
  func counted(_ schedule: Schedule, _ need: LeastNeed) throws(ScheduleViolation) -> CountedSchedule {
    let summary = try replay(schedule, on: chain)
    return CountedSchedule(peakBytes: summary.peakBytes, seconds: summary.seconds, need: need) { schedule }
  }

  /// Of linear layers and activations bytes are counted exactly, and nothing but activations is left out of an execution
  /// where nobody reads them. Where values are rounded, copies are left out as well.
  var leastNeed: LeastNeed {
    let graph = differentiated.graph
    func roundingSeconds(_ node: Int) -> Double {
      graph.nodes[node].outputs.reduce(0) { sum, output in
        differentiated.rounding(of: output).map { sum + secondsOfNode[$0.narrow] + secondsOfNode[$0.widen] } ?? sum
      }
    }
    let share = zip(stages.stages, chain.stages).reduce(0) { largest, stage in
      let nodes = stage.0.forwardNodes
      let unread = nodes.reduce(0) { graph.nodes[$1].operation.isProduct ? $0 : $0 + secondsOfNode[$1] }
      let roundings = nodes.reduce(0) { $0 + roundingSeconds($1) }
      let all = stage.1.forwardSeconds + roundings
      return all > 0 ? max(largest, min(1, (unread + roundings) / all)) : largest
    }
    guard replayMayCountTooMany else { return LeastNeed(bytesLessAtMost: 0, secondsLessAtMost: share) }
    return LeastNeed(
      bytesLessAtMost: chain.count <= Self.mostStagesOfSmallestShare ? 1.0 / 2 : 1.0 / 3,
      secondsLessAtMost: max(0.1, share))
  }

  /// In chains of so few stages a buffer of a single stage, or what rounds it up to whole cache lines, may be a large
  /// share of all, and schedules are few.
  private static let mostStagesOfSmallestShare = 24
}
