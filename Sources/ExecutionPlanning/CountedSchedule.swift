import Checkpointing
import ComputationGraph
import Differentiation

/// What a replay counts of a schedule, and the schedule once it is wanted.
struct CountedSchedule {
  let peakBytes: Int
  let seconds: Double
  let need: LeastNeed
  let schedule: () -> Schedule

  /// What its plan may take at least.
  var fewestBytes: Int { peakBytes - Int(Double(peakBytes) * need.bytesLessAtMost) }
  var leastSeconds: Double { seconds * (1 - need.secondsLessAtMost) }
}

/// What a plan may need less than a replay counts, as a share.
struct LeastNeed {
  let bytesLessAtMost: Double
  let secondsLessAtMost: Double

  /// Bytes are counted exactly, and little of an execution is read by nobody.
  static let ofPlainChains = LeastNeed(bytesLessAtMost: 0, secondsLessAtMost: 0.02)
  static let ofAny = LeastNeed(bytesLessAtMost: 1.0 / 3, secondsLessAtMost: 0.1)
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
  func counted(_ schedule: Schedule) throws(ScheduleViolation) -> CountedSchedule {
    let summary = try replay(schedule, on: chain)
    return CountedSchedule(peakBytes: summary.peakBytes, seconds: summary.seconds, need: leastNeed) { schedule }
  }

  var leastNeed: LeastNeed { replayMayCountTooMany ? .ofAny : .ofPlainChains }
}
