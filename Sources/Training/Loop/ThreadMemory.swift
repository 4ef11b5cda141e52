import ArenaMemory
import ComputationGraph
import Execution
import ExecutionPlanning
import Kernels
import SystemCalls

/// What a thread with rows of its own works in, beside its part of the arena: staged rows, results and a copy of the
/// gradients. Where all threads work together there is one for all of them.
struct ThreadMemory<Element: TrainingElement> {
  private let staging: BatchStaging<Element>
  private let results: MemoryBlock
  private let gradients: MemoryBlock
  private let library: any KernelLibrary

  /// - Parameters:
  ///   - thread: its number.
  ///   - featureType: in which kernels read features.
  ///   - rows: the most that the thread has at once.
  ///   - gradients: the block that its gradients go to.
  ///   - isAlone: whether the rows are this thread's own; then its kernels compute on it alone.
  init(
    _ samples: Samples<Element>, thread: Int, featureType: ElementType, rows: Int, gradients: MemoryBlock,
    isAlone: Bool, library: any KernelLibrary, team: ThreadTeam, in memory: JemallocArena
  ) throws {
    staging = try BatchStaging(
      samples, featureType: featureType, rows: rows, team: isAlone ? .ofOneThread() : team, in: memory)
    results = try MemoryBlock(byteCount: SessionMemory.resultByteCount, zeroed: true, in: memory)
    self.gradients = gradients
    self.library = isAlone ? try library.library(ofThread: thread) : library
  }

  /// Puts memory behind the rows.
  func prefault() throws(ArenaMemoryError) { try staging.prefault() }

  /// Bytes of rows and results that are in memory, as the kernel says.
  func residentBytes() throws(ArenaMemoryError) -> Int { try staging.residentBytes() + results.residentBytes() }

  /// Loss of the rows that were last run.
  var latestLoss: Double { Double(results.load(Element.self, atByte: 0)) }

  /// Binds a part's plan.
  func run(
    _ part: SlicePlan.Part, thread: Int, storage: ParameterStorage<Element>, arena: Arena,
    updates: (any ParameterUpdates)?
  ) throws -> PartRun<Element> {
    let operands = ExternalOperands(
      input: staging.featureAddress, target: staging.targetAddress, parameters: storage.operandAddresses,
      gradients: storage.gradientAddresses(in: gradients), states: storage.stateAddresses, loss: results.address,
      correctCount: results.address.advanced(by: PartRun<Element>.correctCountOffset))
    let executor = try Executor(
      plan: part.plan, arena: arena, arenaOffset: part.arenaOffset, operands: operands, library: library,
      updates: updates)
    return PartRun(thread: thread, executor: executor, rows: part.rows, staging: staging, results: results)
  }
}
