import ComputationGraph
package import ExecutionPlanning

/// What carries a slice of a batch through the network: one plan for all its rows, or one for each part of them, side
/// by side in the arena.
package struct SlicePlan: Sendable {
  package struct Part: Sendable {
    /// Which of the slice's rows.
    package let rows: Range<Int>
    package let plan: Plan
    /// Where its buffers begin in the arena, in bytes.
    package let arenaOffset: Int
  }

  package let rows: Int
  /// In the order of the rows, the largest first.
  package let parts: [Part]

  /// - Parameter plan: makes the plan of a part.
  init(rows: Int, split: BatchSplit, plan: (_ rows: Int, _ part: Int) throws -> Plan) rethrows {
    self.rows = rows
    var parts: [Part] = []
    var end = 0
    for (part, range) in split.parts(of: rows).enumerated() {
      let plan = try plan(range.count, part)
      parts.append(Part(rows: range, plan: plan, arenaOffset: end))
      end += plan.peakByteCount
    }
    self.parts = parts
  }

  /// The plans of the parts, each once: parts of as many rows share theirs as a rule.
  var distinctPlans: [Plan] {
    var plans: [Plan] = []
    for part in parts where !plans.contains(where: { $0.isSame(as: part.plan) }) { plans.append(part.plan) }
    return plans
  }

  /// Arena bytes of all parts together.
  package var peakByteCount: Int { parts.reduce(0) { $0 + $1.plan.peakByteCount } }
  package var lowerBoundByteCount: Int { parts.reduce(0) { $0 + $1.plan.lowerBoundByteCount } }
  package var largestWorkspaceByteCount: Int { parts.reduce(0) { $0 + $1.plan.largestWorkspaceByteCount } }
  /// Floating-point operations of one run.
  package var flops: Double { parts.reduce(0) { $0 + $1.plan.flops } }
}

extension Plan {
  /// Whether another plan of as many rows executes the same at the same addresses.
  ///
  /// - Complexity: constant where both are the same in memory.
  fileprivate func isSame(as other: Plan) -> Bool {
    graph.batchRows == other.graph.batchRows && peakByteCount == other.peakByteCount
      && lowerBoundByteCount == other.lowerBoundByteCount && instructions == other.instructions
      && buffers == other.buffers
  }
}
