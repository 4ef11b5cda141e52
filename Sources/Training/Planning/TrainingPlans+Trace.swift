import ExecutionPlanning
import Profiling

extension TrainingPlans {
  /// For each thread with rows of its own the marks that a trace keeps of an iteration on a full batch.
  ///
  /// - Parameter observesHealth: whether values are looked at in some iteration.
  func traceMarkCounts(observesHealth: Bool) -> [Int] {
    let slices = sizes.training.slices(of: sizes.microBatch).compactMap { rows in
      microBatches.first { $0.rows == rows.count }
    }
    return microBatches[0].parts.indices.map { thread in
      let counts = slices.compactMap { thread < $0.parts.count ? $0.parts[thread].plan.instructions.count : nil }
      return ExecutionTrace.markCount(instructionCounts: counts, omits: observesHealth)
    }
  }

  /// Bytes of a trace of a run.
  package func traceByteCount(iterations: Int, observesHealth: Bool) -> Int {
    ExecutionTrace.byteCount(
      markCounts: traceMarkCounts(observesHealth: observesHealth), expectedIterations: iterations)
  }

  /// Bytes of what measures the gradients' health.
  package func healthByteCount<Element: TrainingElement>(_ type: Element.Type) -> Int {
    HealthMonitor<Element>.byteCount(of: self)
  }
}
