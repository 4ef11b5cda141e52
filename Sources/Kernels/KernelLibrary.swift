package import ComputationGraph
package import SystemCalls

/// One operator at one size: what a kernel is made for. Kernels of equal signatures compute the same bits, whoever
/// asks.
package struct KernelSignature: Hashable, Sendable {
  package let operation: Operator
  package let inputs: [Shape]
  package let outputs: [Shape]
  package let elementType: ElementType
  /// Whether the kernel adds its outputs to what stands there instead of replacing it: for sums over rows
  /// (`Operator.isSumOverRows`) only.
  package let addsToOutputs: Bool

  package init(
    operation: Operator, inputs: [Shape], outputs: [Shape], elementType: ElementType, addsToOutputs: Bool = false
  ) {
    self.operation = operation
    self.inputs = inputs
    self.outputs = outputs
    self.elementType = elementType
    self.addsToOutputs = addsToOutputs
  }
}

/// What changes from one iteration to the next and is read by kernels while they run.
package struct RunContext: Hashable, Sendable {
  /// The configuration's seed; keys the dropout masks.
  package var seed: UInt64
  /// Optimizer updates done before this iteration.
  package var iteration: UInt64
  /// Rows of the whole batch that stand before the first row at hand: not 0 in a later micro-batch or row slice.
  /// A dropout element is its row in the whole batch and its column.
  package var firstRow: Int
  /// Rows over which losses and their gradients take means, nil where they are the rows at hand. With the whole
  /// batch's rows here, the losses and gradients of its micro-batches simply add up.
  package var batchRows: Int?

  package init(seed: UInt64, iteration: UInt64, firstRow: Int = 0, batchRows: Int? = nil) {
    self.seed = seed
    self.iteration = iteration
    self.firstRow = firstRow
    self.batchRows = batchRows
  }
}

/// A kernel with its addresses: all that is left to do is to run it. Made once per plan instruction.
package protocol BoundKernel: AnyObject {
  /// Computes the outputs from the inputs as they now stand in memory, on the calling thread and its OpenMP team.
  func run(_ context: RunContext)

  /// Tiles of rows that it can compute one after the other with other kernels in between; nil where it computes all
  /// rows at once.
  var tiles: RowTiles? { get }

  /// Computes one tile; all of them, in order, are ``run(_:)``.
  func run(_ context: RunContext, tile: Int)
}

extension BoundKernel {
  package var tiles: RowTiles? { nil }

  package func run(_ context: RunContext, tile: Int) { run(context) }
}

/// A family of kernels that covers every operator in its element types.
package protocol KernelLibrary: AnyObject {
  /// The name in reports, for example `oneDNN 2.6.3` or `reference`.
  var name: String { get }

  /// Names the table that decides which kernel computes a signature, where there are several; its bits depend on it.
  var tableHash: String? { get }

  /// Bytes of workspace that a kernel of this signature needs while it runs, 64-byte aligned, zero where none.
  func scratchpadByteCount(for signature: KernelSignature) throws(KernelError) -> Int

  /// Bytes, at most, that a kernel of this signature takes from the general heap while it runs and gives back.
  func heapByteCount(for signature: KernelSignature) throws(KernelError) -> Int

  /// Tiles of rows that a kernel of this signature can compute with other kernels in between; see
  /// ``BoundKernel/tiles``.
  func tileCount(for signature: KernelSignature) throws(KernelError) -> Int

  /// What computes a signature, in the order of execution: kernels of the same names take time in proportion.
  func implementationNames(for signature: KernelSignature) throws(KernelError) -> [String]

  /// Binds a kernel to addresses. The first output may be the same address as an overwritable input
  /// (`Operator.overwritableInputs`). Equal arguments may share state, so a library is used from one thread.
  func bind(
    _ signature: KernelSignature, inputs: [MemoryAddress], outputs: [MemoryAddress], scratchpad: MemoryAddress?
  ) throws(KernelError) -> any BoundKernel

  /// The same kernels computing on the calling thread alone, for one of several threads that have rows of their own:
  /// while it runs its kernels, others run those of theirs. Kernels are bound outside of parallel regions, on the
  /// thread that made this library.
  ///
  /// - Parameter index: of the thread. The libraries of all threads share code; that of the first generates it.
  func library(ofThread index: Int) throws(KernelError) -> any KernelLibrary

  /// Bytes that the libraries of so many threads with rows of their own take once they have bound all kernels that the
  /// first thread's has made, beyond what they have taken.
  func laterByteCount(threadsWithOwnRows count: Int) -> Int

  /// Gives back the memory of kernels that were made and are not bound. What is asked for later is made anew.
  func forgetUnboundKernels()
}

extension KernelLibrary {
  package var tableHash: String? { nil }

  package func heapByteCount(for signature: KernelSignature) throws(KernelError) -> Int { 0 }

  package func tileCount(for signature: KernelSignature) throws(KernelError) -> Int { 1 }

  package func implementationNames(for signature: KernelSignature) throws(KernelError) -> [String] { [name] }

  package func laterByteCount(threadsWithOwnRows count: Int) -> Int { 0 }

  package func forgetUnboundKernels() {}
}

/// A kernel that could not be made or run.
package struct KernelError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  /// Whether the system refused what it takes.
  package let isRefusal: Bool

  package init(_ description: String, isRefusal: Bool = false) {
    self.description = description
    self.isRefusal = isRefusal
  }
}
