import BufferPlacement
import Checkpointing
package import ComputationGraph
package import ExecutionPlanning
package import Kernels

/// What all plans of a run together take of the process's memory, and what others would.
package struct RunNeeds: Hashable, Sendable {
  package let planned: PlanNeed
  /// Under a few schedules, whatever the strategy and the costs.
  package let others: [PlanNeed]
  /// Instructions of a stage's execution, on average.
  package let instructionsPerExecution: Int
}

extension TrainingPlans {
  package var runNeeds: RunNeeds {
    RunNeeds(planned: need, others: needs, instructionsPerExecution: chain.instructionsPerExecution)
  }

  /// What a run would need under a few schedules, of which no plan is made: the least arena may be a little less.
  package static func needs(
    of network: NetworkDescription, sizes: BatchSizes, split: BatchSplit, fusesUpdates: Bool, library: any KernelLibrary
  ) throws -> [PlanNeed] {
    let parts = PartPlans(
      of: network, addsGradients: sizes.splitsBatches, fusesUpdates: fusesUpdates && split.partCount == 1,
      strategy: .none, scheduleFile: nil,
      library: split.partCount > 1 ? try library.library(ofThread: 0) : library, effort: .brief)
    let evaluations = try [sizes.validation, sizes.lastValidation].filter { $0 > 0 }.map { rows in
      try split.parts(of: rows).reduce(0) { try $0 + parts.evaluationPlan(rows: $1.count).peakByteCount }
    }
    return try parts.needs(of: sizes, split: split, evaluationPeakByteCount: evaluations.max() ?? 0)
  }
}
