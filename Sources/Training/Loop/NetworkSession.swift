package import ArenaMemory
import ComputationGraph
package import Execution
import ExecutionPlanning
package import Kernels
import SystemCalls

/// A planned network with its memory: parameters, one arena, staged batches, and an executor for each size of batch.
///
/// Everything is taken when the session is made; afterwards an iteration allocates nothing. Made and used on the
/// compute thread.
package final class NetworkSession<Element: TrainingElement> {
  package let plans: TrainingPlans
  package let samples: Samples<Element>
  package let storage: ParameterStorage<Element>
  package let arena: Arena
  /// What trains: one executor for each of the plans' micro-batches, in their order.
  package let trainingRuns: [Executor]
  private let validationExecutor: Executor?
  private let lastValidationExecutor: Executor?
  private let staging: BatchStaging<Element>
  private let filling: MemoryFilling
  private let results: MemoryBlock

  /// What evaluating one batch gave.
  package struct Evaluation: Hashable, Sendable {
    package var loss: Double
    /// Nil where the task has no right and wrong.
    package var correctCount: Double?
  }

  /// - Parameter initialize: gives the parameters their first values. It runs before gradients, optimizer state and
  ///   arena are in memory, so that what it needs for itself is not needed beside them.
  /// - Throws: `ArenaMemoryError` where the system refuses memory or has too little of it, which would end the process
  ///   later; `ExecutionError` where a kernel cannot be made; what `initialize` throws.
  package init(
    plans: TrainingPlans, samples: Samples<Element>, optimizerStateCount: Int, library: any KernelLibrary,
    team: ThreadTeam, initialize: (ParameterStorage<Element>) throws -> Void = { _ in }
  ) throws {
    self.plans = plans
    self.samples = samples
    let sizes = SessionMemory(of: plans, samples: samples, optimizerStateCount: optimizerStateCount)
    try NetworkSession.checkMemory(for: sizes)
    let memory = try JemallocArena()
    let storage = try ParameterStorage<Element>(
      for: plans.training.graph, optimizerStateCount: optimizerStateCount, in: memory)
    let arena = try Arena(capacity: sizes.arenaByteCount, in: JemallocArena())
    let staging = try BatchStaging(samples, rows: plans.largestBatchRows, team: team, in: memory)
    let results = try MemoryBlock(byteCount: SessionMemory.resultByteCount, zeroed: true, in: memory)
    try initialize(storage)
    try releaseFreedMemory()
    try storage.prefault()
    try staging.prefault()
    try arena.prefault()
    let operands = ExternalOperands(
      input: staging.featureAddress, target: staging.targetAddress, parameters: storage.parameterAddresses,
      gradients: storage.gradientAddresses, states: storage.stateAddresses, loss: results.address,
      correctCount: results.address.advanced(by: 64))
    func executor(of plan: Plan?) throws -> Executor? {
      try plan.map { try Executor(plan: $0, arena: arena, operands: operands, library: library) }
    }
    trainingRuns = try plans.microBatches.map {
      try Executor(plan: $0, arena: arena, operands: operands, library: library)
    }
    validationExecutor = try executor(of: plans.validation)
    lastValidationExecutor = try executor(of: plans.lastValidation)
    self.storage = storage
    self.arena = arena
    self.staging = staging
    filling = MemoryFilling(team: team)
    self.results = results
  }

  private static func checkMemory(for sizes: SessionMemory) throws {
    let available = try MemoryLimits.current().furtherBytes
    guard sizes.totalByteCount <= available else {
      throw ArenaMemoryError.insufficientMemory(
        byteCount: sizes.totalByteCount, availableByteCount: available)
    }
  }

  /// Bytes in live allocations of all that the session took, as jemalloc counts them.
  package func allocatedBytes() throws(ArenaMemoryError) -> Int {
    try storage.parameterBlock.jemallocArena.statistics().allocatedBytes
      + arena.block.jemallocArena.statistics().allocatedBytes
  }

  /// Bytes in memory of staged rows and results.
  func stagingResidentBytes() throws(ArenaMemoryError) -> Int {
    try staging.residentBytes() + results.residentBytes()
  }

  /// Forward and reverse passes over the rows of one batch, micro-batch after micro-batch: gradients of the whole batch
  /// are in the storage afterwards.
  ///
  /// - Parameters:
  ///   - context: `firstRow` and `batchRows` are set here.
  ///   - observers: for each of ``trainingRuns`` who hears it; no list at all where nobody listens.
  /// - Returns: the batch's loss, at the parameters as they are.
  package func differentiate(
    rows: ArraySlice<Int>, context: RunContext, observers: [[any ExecutionObserver]] = []
  ) throws(ExecutionError) -> Double {
    let gradients = storage.gradientBlock
    if plans.sizes.splitsBatches { filling.zeroBytes(at: gradients.address, count: gradients.byteCount) }
    var context = context
    context.batchRows = rows.count
    var loss = 0.0
    for slice in rows.count.slices(of: plans.sizes.microBatch) {
      staging.stage(rows: rows[rows.startIndex + slice.lowerBound..<rows.startIndex + slice.upperBound])
      context.firstRow = slice.lowerBound
      let run = indexOfTrainingRun(rows: slice.count)
      try trainingRuns[run].run(context, observers: observers.isEmpty ? [] : observers[run])
      loss += Double(results.load(Element.self, atByte: 0))
    }
    return loss
  }

  private func indexOfTrainingRun(rows: Int) -> Int {
    guard let index = trainingRuns.firstIndex(where: { $0.plan.graph.batchRows == rows }) else {
      preconditionFailure("no plan was made for \(rows) rows at once")
    }
    return index
  }

  /// One forward pass in evaluation mode over the rows.
  package func evaluate(rows: ArraySlice<Int>) throws(ExecutionError) -> Evaluation {
    staging.stage(rows: rows)
    guard
      let executor = [validationExecutor, lastValidationExecutor].compactMap(\.self).first(where: {
        $0.plan.graph.batchRows == rows.count
      })
    else { preconditionFailure("no plan was made to evaluate \(rows.count) rows") }
    try executor.run(RunContext(seed: 0, iteration: 0))
    let counts = executor.plan.graph.correctCount != nil
    return Evaluation(
      loss: Double(results.load(Element.self, atByte: 0)),
      correctCount: counts ? Double(results.load(Element.self, atByte: 64)) : nil)
  }
}
