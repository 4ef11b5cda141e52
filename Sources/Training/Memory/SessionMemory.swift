import ComputationGraph
import ExecutionPlanning

/// The bytes that a session takes when it is made, by category: everything that a run needs beside the program, its
/// plans and the data set.
package struct SessionMemory: Hashable, Sendable {
  package let layout: ParameterLayout
  /// The gradients, with the copies of threads that have rows of their own.
  package let gradientsByteCount: Int
  /// Bytes of the arena: the planned peak of the run.
  package let arenaByteCount: Int
  /// Bytes of the largest batch's rows, laid side by side, and of the scalars that a run leaves behind.
  package let stagingByteCount: Int

  /// Bytes of the block of scalars: loss and number of right answers, a cache line each.
  static let resultByteCount = 128

  package init<Element>(of plans: TrainingPlans, samples: Samples<Element>, optimizerStateCount: Int) {
    self.init(
      layout: ParameterLayout(of: plans.training.graph, optimizerStateCount: optimizerStateCount),
      sizes: plans.sizes, split: plans.split, fusesUpdates: plans.fusesUpdates, samples: samples,
      arenaByteCount: plans.peakByteCount)
  }

  /// - Parameters:
  ///   - sizes: of the batches of a run, which decide on the rows that are staged.
  ///   - split: whether threads have rows of their own, and so copies of the gradients.
  ///   - fusesUpdates: whether gradients live in the arena alone, each until its parameter is updated.
  package init<Element>(
    layout: ParameterLayout, sizes: BatchSizes, split: BatchSplit, fusesUpdates: Bool, samples: Samples<Element>,
    arenaByteCount: Int
  ) {
    self.layout = layout
    self.arenaByteCount = arenaByteCount
    gradientsByteCount =
      fusesUpdates && split.partCount == 1 ? 0 : layout.gradientsByteCount * (1 + sizes.gradientCopyCount(split))
    let stagedRows = sizes.stagedRows(split)
    let bytesOfRow =
      samples.featureCount * layout.elementType.byteCount + samples.targetCount * MemoryLayout<Element>.stride
    stagingByteCount = stagedRows.reduce(0, +) * bytesOfRow + stagedRows.count * Self.resultByteCount
  }

  package var totalByteCount: Int { byteCountBesideArena + arenaByteCount }

  package var byteCountBesideArena: Int {
    layout.parametersByteCount + gradientsByteCount + layout.optimizerByteCount + stagingByteCount
  }
}
