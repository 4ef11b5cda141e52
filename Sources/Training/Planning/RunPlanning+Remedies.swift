import Checkpointing
import ComputationGraph
import Configuration
import ExecutionPlanning
import Kernels

/// What a refusal names beside the least feasible budget of the process.
extension RunPlanning {
  /// A refusal with what would help, unless that is not to be named.
  func infeasible(budget: Int, _ account: ProcessAccount, minimum: Int) throws -> MemoryBudgetError {
    var remedies: [MemoryBudgetError.Remedy] = []
    guard namesRemedies else { return .infeasible(budgetBytes: budget, minimumBytes: minimum, remedies: []) }
    if let rows = try fittingMicroBatch(within: budget, account) { remedies.append(.microBatches(rows: rows)) }
    if let saved = try savingOfFusedUpdates(account, minimum: minimum) {
      remedies.append(.fusedUpdates(savedBytes: saved))
    }
    return .infeasible(budgetBytes: budget, minimumBytes: minimum, remedies: remedies)
  }

  /// What the least feasible would fall by if parameters were updated inside the reverse pass; nil where that is not
  /// worth a megabyte, is so already or does not go with the configuration.
  func savingOfFusedUpdates(_ account: ProcessAccount, minimum: Int) throws -> Int? {
    let training = configuration.training
    let sizes = sizes(training.microBatchRows)
    if case .norm? = training.gradientClip { return nil }
    guard optimizerStateCount > 0 || configuration.optimizer.stateCount == 0, !fusesUpdates, !sizes.splitsBatches else {
      return nil
    }
    // Where threads have rows of their own nothing is fused.
    guard try batchSplit(of: sizes).partCount == 1 else { return nil }
    let least = try leastByteCount(sizes, fusesUpdates: true, account, arenaLimit: remedyArenaLimit)
    return minimum - least > 1 << 20 ? minimum - least : nil
  }

  /// The most rows, by halving, of micro-batches that would fit; nil where none do or batches cannot be split.
  private func fittingMicroBatch(within budget: Int, _ account: ProcessAccount) throws -> Int? {
    let whole = sizes(configuration.training.microBatchRows)
    guard try !fusesUpdates && !needsWholeBatch() else { return nil }
    var halvings: [Int] = []
    var rows = whole.microBatch / 2
    while rows >= 1 {
      halvings.append(rows)
      rows /= 2
    }
    // Fewer rows need less: the first that fits is found by bisection.
    var (low, high) = (0, halvings.count)
    while low < high {
      let middle = (low + high) / 2
      let sizes = sizes(halvings[middle])
      library.forgetUnboundKernels()
      if try leastByteCount(sizes, fusesUpdates: false, account, arenaLimit: remedyArenaLimit) <= budget {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low < halvings.count ? halvings[low] : nil
  }

  private func needsWholeBatch() throws -> Bool {
    try Graph(network, batchRows: 2, mode: .training).needsWholeBatch
  }

  /// What the arena of plans that a refusal proposes keeps to.
  private var remedyArenaLimit: ByteSize? {
    configuration.checkpoint == .optimal ? configuration.activationBudget : nil
  }

  /// The least memory budget with other sizes of batches or another way to update, `Int.max` where no plan is known to
  /// keep to the limit.
  func leastByteCount(
    _ sizes: BatchSizes, fusesUpdates: Bool, _ account: ProcessAccount, arenaLimit: ByteSize? = nil
  ) throws -> Int {
    let split = try batchSplit(of: sizes)
    let session = SessionMemory(
      layout: account.session.layout, sizes: sizes, split: split, fusesUpdates: fusesUpdates, samples: samples,
      arenaByteCount: 0)
    let needs = try TrainingPlans.needs(
      of: network, sizes: sizes, split: split, fusesUpdates: fusesUpdates, library: library)
    let arenas = needs.map(\.arenaByteCount)
    let limit = arenaLimit?.resolved(keepAllBytes: arenas.max() ?? 0, minimumBytes: arenas.min() ?? 0) ?? Int.max
    let peaks = needs.filter { $0.arenaByteCount <= limit }.map { account.peakByteCount(under: $0, session: session) }
    return peaks.min().map { $0 + account.budgetMargin } ?? Int.max
  }
}

extension Graph {
  /// Whether some value of a row depends on the other rows: batch norm's statistics.
  var needsWholeBatch: Bool { nodes.contains { $0.operation == .batchNormStatistics } }
}
