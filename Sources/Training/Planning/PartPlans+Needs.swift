import ExecutionPlanning

extension PartPlans {
  /// What a run needs under a few schedules: the arena of its highest slice, and the executions of all its plans.
  func needs(of sizes: BatchSizes, split: BatchSplit, evaluationPeakByteCount: Int) throws -> [PlanNeed] {
    var total: [PlanNeed] = []
    for rows in sizes.microBatchRows {
      var ofSlice: [PlanNeed] = []
      for part in split.parts(of: rows) {
        let ofPart = try needs(rows: part.count)
        ofSlice =
          ofSlice.isEmpty
          ? ofPart
          : zip(ofSlice, ofPart).map { slice, part in
            PlanNeed(
              arenaByteCount: slice.arenaByteCount + part.arenaByteCount,
              executions: slice.executions + part.executions)
          }
      }
      total =
        total.isEmpty
        ? ofSlice
        : zip(total, ofSlice).map { total, slice in
          PlanNeed(
            arenaByteCount: max(total.arenaByteCount, slice.arenaByteCount),
            executions: total.executions + slice.executions)
        }
    }
    return total.map {
      PlanNeed(arenaByteCount: max($0.arenaByteCount, evaluationPeakByteCount), executions: $0.executions)
    }
  }
}
