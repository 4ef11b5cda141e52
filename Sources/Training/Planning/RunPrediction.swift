import CostModel
import ExecutionPlanning

/// What the forward and reverse passes over a full batch are predicted to take, in seconds: its micro-batches one after
/// another, of parts on threads of their own the first.
package struct RunPrediction: Hashable, Sendable {
  /// First executions of forward nodes.
  package private(set) var forwardSeconds = 0.0
  /// Reverse steps with all that they recompute, and the part that is recomputed.
  package private(set) var backwardSeconds = 0.0
  package private(set) var recomputeSeconds = 0.0
  /// By stage: its first executions; what works for its reversal, recomputation included.
  package private(set) var stageForwardSeconds: [Double]
  package private(set) var stageBackwardSeconds: [Double]
  /// Both passes where everything is kept.
  package let keepAllSeconds: Double

  package var totalSeconds: Double { forwardSeconds + backwardSeconds }

  init(of microBatches: [SlicePlan], sizes: BatchSizes, pricing: PlanPricing) throws {
    let stageCount = pricing.stageCount
    stageForwardSeconds = Array(repeating: 0, count: stageCount)
    stageBackwardSeconds = stageForwardSeconds
    var rows = 0
    for slice in microBatches {
      let count = sizes.training.slices(of: sizes.microBatch).count { $0.count == slice.rows }
      guard count > 0 else { continue }
      rows += count * slice.parts[0].rows.count
      let one = try pricing.prediction(of: slice.parts[0].plan)
      forwardSeconds += Double(count) * one.forwardSeconds
      backwardSeconds += Double(count) * one.backwardSeconds
      recomputeSeconds += Double(count) * one.recomputeSeconds
      for stage in 0..<stageCount {
        stageForwardSeconds[stage] += Double(count) * one.stageForwardSeconds[stage]
        stageBackwardSeconds[stage] += Double(count) * one.stageBackwardSeconds[stage]
      }
    }
    keepAllSeconds = try pricing.keepAllPrediction().totalSeconds * Double(rows) / Double(pricing.keepAllRows)
  }
}
