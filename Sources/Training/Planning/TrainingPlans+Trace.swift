import ComputationGraph
import ExecutionPlanning
package import Kernels
package import Profiling

extension TrainingPlans {
  /// For each thread with rows of its own the most marks that a trace keeps of an iteration on a full batch.
  ///
  /// - Parameters:
  ///   - team: whose threads compute.
  ///   - observesHealth: whether values are looked at in some iteration.
  func traceMarkCounts(team: ThreadTeam, observesHealth: Bool) -> [Int] {
    let slices = sizes.training.slices(of: sizes.microBatch).compactMap { rows in
      microBatches.first { $0.rows == rows.count }
    }
    let threads = split.partCount > 1 ? 1 : team.threadCount
    return microBatches[0].parts.indices.map { thread in
      let counts = slices.compactMap {
        thread < $0.parts.count ? $0.parts[thread].plan.mostSpans(threads: threads) : nil
      }
      return ExecutionTrace.markCount(spanCounts: counts, omits: observesHealth)
    }
  }

  /// A trace of the first iterations of a run, at most so many.
  package func makeTrace(iterations: Int, team: ThreadTeam, observesHealth: Bool) -> ExecutionTrace {
    ExecutionTrace(
      markCounts: traceMarkCounts(team: team, observesHealth: observesHealth), expectedIterations: iterations)
  }

  /// Bytes of a trace of a run.
  package func traceByteCount(iterations: Int, team: ThreadTeam, observesHealth: Bool) -> Int {
    ExecutionTrace.byteCount(
      markCounts: traceMarkCounts(team: team, observesHealth: observesHealth), expectedIterations: iterations)
  }

  /// Bytes of what measures the gradients' health.
  package func healthByteCount<Element: TrainingElement>(_ type: Element.Type) -> Int {
    HealthMonitor<Element>.byteCount(of: self)
  }
}

extension Plan {
  /// Its instructions, one that so many threads together may compute tile by tile counted once for each tile.
  fileprivate func mostSpans(threads: Int) -> Int {
    let tiles = graph.nodes.map { KernelSignature(of: $0, in: graph).mostTiles(threads: threads) }
    return instructions.reduce(0) { $0 + tiles[$1.node] }
  }
}
