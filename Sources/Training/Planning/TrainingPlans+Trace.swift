import ExecutionPlanning
import Profiling

extension TrainingPlans {
  /// For each thread with rows of its own the marks that a trace keeps of an iteration on a full batch.
  package var traceMarkCounts: [Int] {
    let slices = sizes.training.slices(of: sizes.microBatch).compactMap { rows in
      microBatches.first { $0.rows == rows.count }
    }
    return microBatches[0].parts.indices.map { thread in
      ExecutionTrace.markCount(
        instructionCounts: slices.compactMap {
          thread < $0.parts.count ? $0.parts[thread].plan.instructions.count : nil
        })
    }
  }

  /// Bytes of a trace of a run.
  package func traceByteCount(iterations: Int) -> Int {
    ExecutionTrace.byteCount(markCounts: traceMarkCounts, expectedIterations: iterations)
  }
}
