package import ArenaMemory
import ComputationGraph
package import Execution
import ExecutionPlanning
package import Kernels
package import SystemCalls

/// A planned network with its memory: parameters, one arena, staged rows, and an executor for every plan.
///
/// Everything is taken when the session is made; afterwards an iteration allocates nothing. Made and used on the
/// compute thread.
package final class NetworkSession<Element: TrainingElement> {
  package let plans: TrainingPlans
  package let samples: Samples<Element>
  package let storage: ParameterStorage<Element>
  package let arena: Arena
  /// What trains: the parts of the plans' micro-batches, in their order.
  package let trainingRuns: [PartRun<Element>]
  private let microBatches: [SliceRun<Element>]
  private let validation: [SliceRun<Element>]
  /// By thread with rows of its own: the gradients in the storage for the first, a copy for each other one.
  let gradientBlocks: [MemoryBlock]
  private let gradientSum: GradientSum
  private let threads: [ThreadMemory<Element>]
  private let filling: MemoryFilling
  private let team: ThreadTeam
  /// What updates parameters inside the reverse pass; nil where they are updated after it.
  let fusedUpdates: FusedUpdates<Element>?

  /// What evaluating one batch gave.
  package struct Evaluation: Hashable, Sendable {
    package var loss: Double
    /// Nil where the task has no right and wrong.
    package var correctCount: Double?
  }

  /// What differentiating one batch gave beside its gradients.
  package struct Differentiation: Hashable, Sendable {
    package var loss: Double
    /// The square of the gradients' norm, where it came with adding them up.
    package var squaredGradientNorm: Double?

    package init(loss: Double, squaredGradientNorm: Double? = nil) {
      self.loss = loss
      self.squaredGradientNorm = squaredGradientNorm
    }
  }

  /// - Parameters:
  ///   - hugePages: whether to ask for huge pages behind arena, parameters, gradients and optimizer state, or for none.
  ///   - initialize: gives the parameters their first values. It runs before gradients, optimizer state and arena are
  ///     in memory, so that what it needs for itself is not needed beside them.
  ///   - memoryLimits: what there is to take, asked before anything is and again before memory is put behind what was
  ///     taken: others may have taken theirs meanwhile, or the limit of a control group may have been lowered.
  /// - Throws: `ArenaMemoryError` where the system refuses memory or has too little of it, which would end the process
  ///   later; `ExecutionError` where a kernel cannot be made; what `initialize` throws.
  package init(
    plans: TrainingPlans, samples: Samples<Element>, optimizerStateCount: Int, library: any KernelLibrary,
    team: ThreadTeam, hugePages: Bool = true, initialize: (ParameterStorage<Element>) throws -> Void = { _ in },
    memoryLimits: () throws(SystemCallError) -> MemoryLimits = { () throws(SystemCallError) in
      try MemoryLimits.current()
    }
  ) throws {
    self.plans = plans
    self.samples = samples
    let sizes = SessionMemory(of: plans, samples: samples, optimizerStateCount: optimizerStateCount)
    try NetworkSession.check(sizes.totalByteCount, isAtMost: memoryLimits().furtherBytes)
    let memory = try JemallocArena()
    let storage = try ParameterStorage<Element>(
      for: plans.training.graph, optimizerStateCount: optimizerStateCount, keepsGradients: !plans.fusesUpdates,
      hugePages: hugePages, in: memory)
    let arena = try Arena(capacity: sizes.arenaByteCount, hugePages: hugePages, in: JemallocArena())
    let gradientCopies = try (0..<plans.gradientCopyCount).map { _ in
      try MemoryBlock(
        streamedByteCount: storage.gradientBlock.byteCount, zeroed: true, hugePages: hugePages, in: memory)
    }
    let gradientSum = GradientSum(
      total: storage.gradientBlock.address, copies: gradientCopies.map(\.address), elementType: Element.elementType,
      team: team)
    let threads = try plans.stagedRows.enumerated().map { thread, rows in
      try ThreadMemory(
        samples, thread: thread, featureType: plans.training.graph.elementType, rows: rows,
        gradients: thread == 0 ? storage.gradientBlock : gradientCopies[thread - 1],
        isAlone: plans.split.partCount > 1, library: library, team: team, in: memory)
    }
    try initialize(storage)
    try releaseFreedMemory()
    var missing = try storage.missingBytes() + arena.block.missingBytes()
    for block in gradientCopies { missing += try block.missingBytes() }
    try NetworkSession.check(missing, isAtMost: memoryLimits().furtherResidentBytes)
    try storage.prefault(team: team)
    for block in gradientCopies { try block.prefault { team.parallel($0) } }
    for thread in threads { try thread.prefault() }
    try arena.prefault { team.parallel($0) }
    if plans.kernelHeapByteCount > 0 { try GeneralHeap.keepFreedMemory(byteCount: plans.kernelHeapByteCount) }
    let fusedUpdates =
      plans.fusesUpdates
      ? FusedUpdates(storage: storage, team: team) { [thread = threads[0]] in thread.latestLoss } : nil
    self.fusedUpdates = fusedUpdates
    func run(_ slice: SlicePlan) throws -> SliceRun<Element> {
      let parts = try zip(slice.parts.indices, slice.parts).map { thread, part in
        try threads[thread].run(part, thread: thread, storage: storage, arena: arena, updates: fusedUpdates)
      }
      return SliceRun(rows: slice.rows, parts: parts, team: team)
    }
    microBatches = try plans.microBatches.map(run)
    validation = try plans.validation.map(run)
    trainingRuns = microBatches.flatMap(\.parts)
    self.storage = storage
    self.arena = arena
    gradientBlocks = [storage.gradientBlock] + gradientCopies
    self.gradientSum = gradientSum
    self.threads = threads
    filling = MemoryFilling(team: team)
    self.team = team
  }

  private static func check(_ byteCount: Int, isAtMost available: Int) throws(ArenaMemoryError) {
    guard byteCount <= available else {
      throw .insufficientMemory(byteCount: byteCount, availableByteCount: available)
    }
  }

  /// Bytes in live allocations of all that the session took, as jemalloc counts them.
  package func allocatedBytes() throws(ArenaMemoryError) -> Int {
    try storage.parameterBlock.jemallocArena.statistics().allocatedBytes
      + arena.block.jemallocArena.statistics().allocatedBytes
  }

  /// Bytes in memory of staged rows and results.
  func stagingResidentBytes() throws(ArenaMemoryError) -> Int {
    var sum = 0
    for thread in threads { sum += try thread.residentBytes() }
    return sum
  }

  /// Bytes in memory of the gradients, copies included.
  func gradientResidentBytes() throws(ArenaMemoryError) -> Int {
    var sum = try storage.gradientBlock.residentBytes()
    for block in gradientBlocks.dropFirst() { sum += try block.residentBytes() }
    return sum
  }

  /// Forward and reverse passes over the rows of one batch, micro-batch after micro-batch: gradients of the whole batch
  /// are in the storage afterwards.
  ///
  /// - Parameters:
  ///   - context: `firstRow` and `batchRows` are set here.
  ///   - observers: for each of ``trainingRuns`` who hears it, on the thread that runs it; no list at all where nobody
  ///     listens.
  /// - Throws: `ExecutionError`; `DataFileError` where the rows are in a file that can no longer be read.
  /// - Returns: the batch's loss, at the parameters as they are.
  package func differentiate(
    rows: ArraySlice<Int>, context: RunContext, observers: [[any ExecutionObserver]] = []
  ) throws -> Differentiation {
    storage.bringRoundedUpToDate(team: team)
    if plans.sizes.splitsBatches {
      for block in gradientBlocks {
        filling.zeroBytes(at: block.address, count: block.byteCount)
      }
    }
    var context = context
    context.batchRows = rows.count
    var loss = 0.0
    var copyCount = 0
    for slice in rows.count.slices(of: plans.sizes.microBatch) {
      context.firstRow = slice.lowerBound
      let (run, firstPart) = microBatch(rows: slice.count)
      loss += try run.run(
        rows[rows.startIndex + slice.lowerBound..<rows.startIndex + slice.upperBound], context: context,
        observers: observers.isEmpty ? [] : observers[firstPart..<firstPart + run.parts.count])
      copyCount = max(copyCount, run.parts.count - 1)
    }
    guard copyCount > 0 else {
      return Differentiation(loss: loss, squaredGradientNorm: fusedUpdates?.squaredGradientNorm)
    }
    let square = gradientSum.add(copyCount: copyCount, count: storage.elementCount)
    return Differentiation(loss: loss, squaredGradientNorm: square)
  }

  /// The micro-batch of so many rows, and where its parts stand in ``trainingRuns``.
  private func microBatch(rows: Int) -> (run: SliceRun<Element>, firstPart: Int) {
    var firstPart = 0
    for run in microBatches {
      if run.rows == rows { return (run, firstPart) }
      firstPart += run.parts.count
    }
    preconditionFailure("no plan was made to train on \(rows) rows at once")
  }

  /// One forward pass in evaluation mode over the rows.
  ///
  /// - Throws: as `differentiate`.
  package func evaluate(rows: ArraySlice<Int>) throws -> Evaluation {
    storage.bringRoundedUpToDate(team: team)
    guard let slice = validation.first(where: { $0.rows == rows.count }) else {
      preconditionFailure("no plan was made to evaluate \(rows.count) rows")
    }
    let loss = try slice.run(rows, context: RunContext(seed: 0, iteration: 0, batchRows: rows.count), observers: [])
    let counts = plans.validation[0].parts[0].plan.graph.correctCount != nil
    return Evaluation(loss: loss, correctCount: counts ? slice.correctCount : nil)
  }
}
