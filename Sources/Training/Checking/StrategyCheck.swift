import ArenaMemory
package import Checkpointing
package import ComputationGraph
import Execution
import ExecutionPlanning
package import Kernels

/// One strategy's gradients beside keep-all's, or where activations are rounded while they are kept beside its own.
package struct StrategyCheck: Hashable, Sendable {
  /// A number that has other bits than it is to have.
  package struct Difference: Hashable, Sendable {
    /// The parameter whose gradient it is in, `loss`, or the batch norm whose running statistics it is in.
    package var place: String
    /// Index, row-major.
    package var entry: Int

    package init(place: String, entry: Int) {
      self.place = place
      self.entry = entry
    }
  }

  /// As resolved, for example `segments:10`.
  package var strategy: String
  /// Stage forward executions that it prescribes.
  package var forwardExecutions: Int
  /// Matrix products that its plan executes again.
  package var recomputedProducts: Int
  package var plannedPeakBytes: Int
  package var measuredPeakBytes: Int
  /// Nil where every bit is keep-all's, or those of the strategy's other run.
  package var firstDifference: Difference?

  package init(
    strategy: String, forwardExecutions: Int, recomputedProducts: Int, plannedPeakBytes: Int, measuredPeakBytes: Int,
    firstDifference: Difference? = nil
  ) {
    self.strategy = strategy
    self.forwardExecutions = forwardExecutions
    self.recomputedProducts = recomputedProducts
    self.plannedPeakBytes = plannedPeakBytes
    self.measuredPeakBytes = measuredPeakBytes
    self.firstDifference = firstDifference
  }

  /// Whether all bits are as they are to be, in exactly the planned bytes.
  package var passes: Bool { firstDifference == nil && measuredPeakBytes == plannedPeakBytes }
}

/// Differentiates one batch under one strategy after the other and compares the bits of all gradients, of the loss and
/// of the running statistics with those of keep-all. Where activations are rounded while they are kept, what a strategy
/// keeps decides on bits, and each is held to those of a second run of its own.
///
/// Each strategy gets memory of its own, its gradients and its arena filled with NaN before the run, so that what a
/// schedule forgot to compute cannot be left over from the one before.
package final class StrategyComparer<Element: TrainingElement> {
  private let network: NetworkDescription
  private let sizes: BatchSizes
  private let split: BatchSplit
  private let samples: Samples<Element>
  private let rows: ArraySlice<Int>
  private let parameters: ParameterStorage<Element>
  private let context: RunContext
  private let library: any KernelLibrary
  private let team: ThreadTeam
  private let expected: Bits
  /// Keep-all itself.
  package let keepAll: StrategyCheck

  /// The words that a run leaves behind.
  private struct Bits {
    var gradients: [UInt32]
    var loss: [UInt32]
    var states: [UInt32]
  }

  /// Differentiates under keep-all.
  ///
  /// - Parameters:
  ///   - sizes: `training` rows, and the micro-batches they are split into under every strategy.
  ///   - split: whether threads divide the rows, which decides how sums are rounded.
  ///   - parameters: at which to differentiate; neither they nor the running statistics are changed.
  package init(
    network: NetworkDescription, sizes: BatchSizes, split: BatchSplit, samples: Samples<Element>,
    rows: ArraySlice<Int>, parameters: ParameterStorage<Element>, context: RunContext, library: any KernelLibrary,
    team: ThreadTeam
  ) throws {
    self.network = network
    self.sizes = sizes
    self.split = split
    self.samples = samples
    self.rows = rows
    self.parameters = parameters
    self.context = context
    self.library = library
    self.team = team
    (expected, keepAll) = try StrategyComparer.differentiate(
      TrainingPlans(network: network, sizes: sizes, split: split, strategy: .none, library: library),
      samples: samples, rows: rows, parameters: parameters, context: context, library: library, team: team)
  }

  /// - Throws: errors of planning, where the strategy does not fit this network, of memory and of execution.
  package func compare(_ strategy: Strategy, activationBudget: ByteSize? = nil) throws -> StrategyCheck {
    let plans = try TrainingPlans(
      network: network, sizes: sizes, split: split, strategy: strategy, activationBudget: activationBudget,
      library: library)
    return try compare(plans, named: activationBudget.map { "\(strategy) \($0)" })
  }

  /// - Parameters:
  ///   - plans: of the same network and sizes.
  ///   - name: what the strategy is called; nil for its own name.
  package func compare(_ plans: TrainingPlans, named name: String?) throws -> StrategyCheck {
    func differentiate() throws -> (Bits, StrategyCheck) {
      try StrategyComparer.differentiate(
        plans, samples: samples, rows: rows, parameters: parameters, context: context, library: library, team: team)
    }
    var (bits, check) = try differentiate()
    if let name { check.strategy = name }
    check.firstDifference = firstDifference(of: bits, from: network.roundsKept ? try differentiate().0 : expected)
    return check
  }

  private static func differentiate(
    _ plans: TrainingPlans, samples: Samples<Element>, rows: ArraySlice<Int>, parameters: ParameterStorage<Element>,
    context: RunContext, library: any KernelLibrary, team: ThreadTeam
  ) throws -> (Bits, StrategyCheck) {
    let session = try NetworkSession(
      plans: plans, samples: samples, optimizerStateCount: 0, library: library, team: team)
    let storage = session.storage
    try storage.parameterBlock.write(
      parameters.parameterBlock.read(UInt32.self, count: parameters.parameterBlock.byteCount / 4))
    try storage.stateBlock.write(parameters.stateBlock.read(UInt32.self, count: parameters.stateBlock.byteCount / 4))
    for block in session.gradientBlocks { try block.fill(byte: 0xFF) }
    try session.arena.poison(offset: 0, byteCount: plans.peakByteCount)
    let loss = try session.differentiate(rows: rows, context: context).loss
    let graph = plans.training.graph
    let check = StrategyCheck(
      strategy: plans.schedule.strategy, forwardExecutions: plans.training.executions.prescribed,
      recomputedProducts: plans.training.instructions.count {
        $0.phase == .recompute && graph.nodes[$0.node].operation.isProduct
      },
      plannedPeakBytes: plans.peakByteCount, measuredPeakBytes: session.arena.measuredPeakBytes, firstDifference: nil)
    let lossBits = loss.bitPattern
    let bits = Bits(
      gradients: try storage.gradientBlock.read(UInt32.self, count: storage.gradientBlock.byteCount / 4),
      loss: [UInt32(truncatingIfNeeded: lossBits), UInt32(truncatingIfNeeded: lossBits >> 32)],
      states: try storage.stateBlock.read(UInt32.self, count: storage.stateBlock.byteCount / 4))
    return (bits, check)
  }

  private func firstDifference(of bits: Bits, from expected: Bits) -> StrategyCheck.Difference? {
    if bits.loss != expected.loss { return StrategyCheck.Difference(place: "loss", entry: 0) }
    if bits.gradients != expected.gradients {
      return difference(bits.gradients, expected.gradients, parameters.parameters.map { ($0.name, $0.shape) })
    }
    if bits.states != expected.states {
      return difference(bits.states, expected.states, parameters.states.map { ($0.name, $0.shape) })
    }
    return nil
  }

  /// The first element of a block in which two runs differ.
  private func difference(
    _ found: [UInt32], _ expected: [UInt32], _ matrices: [(name: String, shape: Shape)]
  ) -> StrategyCheck.Difference? {
    guard let word = found.indices.first(where: { found[$0] != expected[$0] }) else { return nil }
    let layout = blockLayout(of: matrices.map(\.shape), Element.elementType)
    let byte = word * 4
    guard let index = layout.offsets.lastIndex(where: { $0 <= byte }) else { return nil }
    return StrategyCheck.Difference(
      place: matrices[index].name, entry: (byte - layout.offsets[index]) / MemoryLayout<Element>.stride)
  }
}

/// The strategies that a check goes through beside keep-all, for a chain of so many stages: every family, at sizes at
/// which it recomputes, and the optimum at three budgets.
package func strategiesToCheck(stageCount: Int) -> [(strategy: Strategy, budget: ByteSize?)] {
  let root = max(2, Int(Double(stageCount).squareRoot().rounded()))
  let fixed: [Strategy] = [
    .sqrt, .segments(2), .every(1), .every(root), .recursive, .revolve(root), .mixed(root), .greedy(.percent(20)),
  ]
  let budgets: [ByteSize] = [.percent(70), .percent(40), .minimum]
  // A small network may need more than those shares.
  return fixed.map { ($0, nil) } + budgets.map { (.optimal, $0) }
}
