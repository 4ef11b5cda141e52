import Checkpointing
import Configuration
import ExecutionPlanning

/// What the arena of a run takes at least, and where everything is kept: known before a budget is looked at.
struct ArenaBounds {
  /// Bytes of each part of each size of micro-batch that keeps everything.
  let keepAll: [[Int]]
  /// The least feasible bytes of the same.
  private let least: [[Int]]
  /// Bytes of the run that keeps everything.
  let keepAllByteCount: Int
  /// The least bytes that the run can be planned in, whatever the strategy and the costs.
  let minimumFeasibleByteCount: Int
  /// Bytes that the run takes with its strategy, where that does not depend on a budget.
  private let ownByteCount: Int

  /// - Parameter evaluationPeakByteCount: of the largest evaluation, which no strategy changes.
  init(
    of sizes: BatchSizes, split: BatchSplit, strategy: Strategy, parts: PartPlans, evaluationPeakByteCount: Int
  ) throws {
    func byPart(_ byteCount: (_ rows: Int) throws -> Int) throws -> [[Int]] {
      try sizes.microBatchRows.map { rows in try split.parts(of: rows).map { try byteCount($0.count) } }
    }
    func ofRun(_ byPart: [[Int]]) -> Int { byPart.reduce(evaluationPeakByteCount) { max($0, $1.reduce(0, +)) } }
    least = try byPart { try parts.choices(rows: $0).leastFeasibleByteCount }
    keepAll = try byPart { try parts.keepAllPlan(rows: $0).peakByteCount }
    keepAllByteCount = ofRun(keepAll)
    guard strategy != .optimal else {
      minimumFeasibleByteCount = ofRun(least)
      ownByteCount = Int.max
      return
    }
    var executesSeldom = true
    ownByteCount = ofRun(
      try byPart { rows in
        let choice = try parts.choice(rows: rows, budgetBytes: nil)
        let executions = choice.plan.executions.prescribed - choice.plan.executions.elided
        let limit = try parts.planner(rows: rows).chain.maximumExecutions
        executesSeldom = executesSeldom && executions <= limit
        return choice.plan.peakByteCount
      })
    // Of long chains not all schedules are looked at, and the named one may need less.
    minimumFeasibleByteCount = min(ofRun(least), executesSeldom ? ownByteCount : Int.max)
  }

  /// A budget in bytes.
  ///
  /// - Throws: `SchedulingError.infeasible` of one that nothing fits in, the run's own strategy included.
  func byteCount(of budget: ByteSize) throws(SchedulingError) -> Int {
    let byteCount = budget.resolved(keepAllBytes: keepAllByteCount, minimumBytes: minimumFeasibleByteCount)
    guard byteCount >= min(minimumFeasibleByteCount, ownByteCount) else {
      throw .infeasible(budgetBytes: byteCount, minimumBytes: minimumFeasibleByteCount)
    }
    return byteCount
  }

  /// What a part may take of a budget of all.
  ///
  /// - Parameter slice: which size of micro-batch.
  func share(of budget: Int, slice: Int, part: Int) -> Int {
    BatchSplit.share(of: budget, part: part, needed: least[slice], keepAll: keepAll[slice])
  }
}
