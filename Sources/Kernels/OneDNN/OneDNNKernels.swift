internal import COneDNN
internal import ComputationGraph
package import SystemCalls

/// float32 and bfloat16 kernels from oneDNN, which generates code for the processor it runs on; operators and sizes
/// that oneDNN does not serve go to another library.
///
/// Which primitive computes a signature depends on shape, instruction set, thread count and the kernel table only,
/// never on the clock, so equal signatures give equal bits in every run. Made and used on one thread, whose OpenMP team
/// has its final size.
package final class OneDNNKernels: KernelLibrary {
  private enum Implementation {
    case oneDNN(OneDNNProgram)
    case tiled(OneDNNTiles)
    case delegated
  }

  private let context: OneDNNContext
  private let delegate: any KernelLibrary
  private var implementations: [KernelSignature: Implementation] = [:]
  private var librariesOfThreads: [OneDNNKernels] = []
  /// Generates the code that this library's kernels execute, where it is of one of several threads but the first.
  private let original: OneDNNKernels?

  /// - Parameters:
  ///   - team: the threads that compute, here and in oneDNN.
  ///   - table: says which method computes a product.
  ///   - delegate: computes what oneDNN does not; ``ParallelKernels`` where none is given.
  package init(
    team: ThreadTeam, table: KernelTable = .shipped, delegate: (any KernelLibrary)? = nil
  ) throws(KernelError) {
    context = try OneDNNContext(team: team, table: table, engine: OneDNNEngine())
    self.delegate = delegate ?? ParallelKernels(team: team)
    original = nil
  }

  private init(
    ofThreadBeside original: OneDNNKernels?, table: KernelTable, delegate: any KernelLibrary
  ) throws(KernelError) {
    let engine = if let original { original.context.engine } else { try OneDNNEngine() }
    context = try OneDNNContext(team: .ofOneThread(), table: table, engine: engine)
    self.delegate = delegate
    self.original = original
  }

  package static var libraryName: String { "oneDNN \(OneDNN.version)" }

  package var name: String { Self.libraryName }

  package var tableHash: String? { context.table.hash }

  package func scratchpadByteCount(for signature: KernelSignature) throws(KernelError) -> Int {
    switch try implementation(of: signature) {
    case .oneDNN(let program): program.scratchpadByteCount
    case .tiled(let programs): programs.scratchpadByteCount
    case .delegated: try delegate.scratchpadByteCount(for: signature)
    }
  }

  package func heapByteCount(for signature: KernelSignature) throws(KernelError) -> Int {
    // A name may enclose that of another program, as in `widened(gemm:jit)`.
    let usesGEMM = try implementationNames(for: signature).contains { name in
      name.split { "( )".contains($0) }.contains { $0.hasPrefix("gemm") }
    }
    return usesGEMM ? GEMMBuffers.byteCount(for: signature, threads: context.team.threadCount) : 0
  }

  package func tileCount(for signature: KernelSignature) throws(KernelError) -> Int {
    switch try implementation(of: signature) {
    case .oneDNN: 1
    case .tiled(let programs): programs.tiles.count
    case .delegated: try delegate.tileCount(for: signature)
    }
  }

  package func bind(
    _ signature: KernelSignature, inputs: [MemoryAddress], outputs: [MemoryAddress], scratchpad: MemoryAddress?
  ) throws(KernelError) -> any BoundKernel {
    let implementation = try implementation(of: signature)
    if case .delegated = implementation {
      return try delegate.bind(signature, inputs: inputs, outputs: outputs, scratchpad: scratchpad)
    }
    try signature.check(inputs: inputs, outputs: outputs)
    guard let addresses = OneDNNAddresses(inputs: inputs, outputs: outputs, scratchpad: scratchpad) else {
      throw KernelError("\(signature.operation) has too many operands")
    }
    let byteCount = try scratchpadByteCount(for: signature)
    guard scratchpad != nil || byteCount == 0 else {
      throw KernelError("\(signature.operation) needs \(byteCount) bytes of workspace and has none")
    }
    return switch implementation {
    case .oneDNN(let program): OneDNNBoundKernel(program: program, addresses: addresses)
    case .tiled(let programs): OneDNNTiledKernel(programs: programs, addresses: addresses)
    case .delegated: preconditionFailure("bound by the delegate")
    }
  }

  package func library(ofThread index: Int) throws(KernelError) -> any KernelLibrary {
    while librariesOfThreads.count <= index {
      let delegate = try delegate.library(ofThread: librariesOfThreads.count)
      librariesOfThreads.append(
        try OneDNNKernels(ofThreadBeside: librariesOfThreads.first, table: context.table, delegate: delegate))
    }
    return librariesOfThreads[index]
  }

  package func laterByteCount(threadsWithOwnRows count: Int) -> Int {
    guard let first = librariesOfThreads.first else { return 0 }
    return (1..<max(1, count)).reduce(0) { sum, index in
      let known = index < librariesOfThreads.count ? librariesOfThreads[index].byteCount : 0
      return sum + max(0, first.byteCount - known)
    }
  }

  /// Bytes of all that is known here of signatures, the code that their programs execute aside.
  private var byteCount: Int {
    implementations.values.reduce(implementations.count * Self.entryByteCount) { sum, implementation in
      if case .oneDNN(let program) = implementation { sum + program.copyByteCount } else { sum }
    }
  }

  /// A signature with its shapes, and its place among all. Measured.
  private static let entryByteCount = 260

  /// What oneDNN calls the implementations of a signature, in the order of their execution, or the delegate's name.
  package func implementationNames(for signature: KernelSignature) throws(KernelError) -> [String] {
    switch try implementation(of: signature) {
    case .oneDNN(let program): program.implementationNames
    case .tiled(let programs): programs.implementationNames
    case .delegated: [delegate.name]
    }
  }

  package func forgetUnboundKernels() {
    implementations = [:]
    for library in librariesOfThreads { library.forgetUnboundKernels() }
    delegate.forgetUnboundKernels()
    OneDNN.emptyPrimitiveCache()
  }

  private func implementation(of signature: KernelSignature) throws(KernelError) -> Implementation {
    if let known = implementations[signature] { return known }
    guard signature.elementType != .float64 else {
      throw KernelError("oneDNN's kernels compute in float32 and bfloat16, not in float64")
    }
    try signature.check()
    let implementation = try context.team.withOpenMPThreadCount { () throws(KernelError) -> Implementation in
      if let tiles = try makeTiles(for: signature) { return .tiled(tiles) }
      if let program = try makeProgram(for: signature) { return .oneDNN(program) }
      return .delegated
    }
    implementations[signature] = implementation
    return implementation
  }

  private func makeTiles(for signature: KernelSignature) throws(KernelError) -> OneDNNTiles? {
    guard let tiles = RowTiles(of: signature, threads: context.team.threadCount) else { return nil }
    var programs: [OneDNNProgram] = []
    for tile in OneDNNTiles.representatives(of: tiles) {
      let ofTile = tiles.signature(signature, ofTile: tile)
      switch try implementation(of: ofTile) {
      case .oneDNN(let program): programs.append(program)
      case .tiled, .delegated: return nil
      }
    }
    return OneDNNTiles(signature, tiles: tiles, programs: programs)
  }

  private func makeProgram(for signature: KernelSignature) throws(KernelError) -> OneDNNProgram? {
    if let original {
      guard case .oneDNN(let program) = try original.implementation(of: signature) else { return nil }
      return try program.copy(for: context)
    }
    guard signature.elementType == .bfloat16, !OneDNN.instructionSet.multipliesBFloat16 else {
      return try makeProgram(signature.operation, signature, computingIn: signature.elementType)
    }
    var operation = signature.operation
    var activation: OneDNNProgram?
    if case .linear(let bias, let function?) = operation {
      operation = .linear(bias: bias, activation: nil)
      activation = try .activation(function, shape: signature.outputs[0], type: .float32, context: context)
    }
    guard let program = try makeProgram(operation, signature, computingIn: .float32) else { return nil }
    return try .widening(signature, around: program, activation: activation, context: context)
  }

  private func makeProgram(
    _ operation: Operator, _ signature: KernelSignature, computingIn type: ElementType
  ) throws(KernelError) -> OneDNNProgram? {
    let inputs = signature.inputs
    switch operation {
    case .linear(let bias, let activation):
      return try OneDNNProduct.linear(inputs: inputs, bias: bias, activation: activation, type: type).program(context)
    case .linearInputGradient:
      return try OneDNNProduct.linearInputGradient(inputs: inputs, type: type).program(context)
    case .linearWeightGradient:
      return try OneDNNProduct.linearWeightGradient(inputs: inputs, adds: signature.addsToOutputs, type: type)
        .program(context)
    case .activation(let activation):
      return try .activation(activation, shape: inputs[0], type: type, context: context)
    case .activationGradient(let activation):
      return try .activationGradient(activation, shape: inputs[0], type: type, context: context)
    case .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm, .updateRunningStatistics, .dropout, .add,
      .loss, .correctCount, .lossGradient, .linearBiasGradient, .layerNormInputGradient, .layerNormParameterGradients,
      .batchNormInputGradient, .batchNormParameterGradients, .narrow, .widen, .parameterUpdate:
      return nil
    }
  }
}
