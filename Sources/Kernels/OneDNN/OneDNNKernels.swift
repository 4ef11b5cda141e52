internal import COneDNN
internal import ComputationGraph
package import SystemCalls

/// float32 kernels from oneDNN, which generates code for the processor it runs on; operators and sizes that oneDNN
/// does not serve go to another library.
///
/// Which primitive computes a signature depends on shape, instruction set and thread count only, never on the clock,
/// so equal signatures give equal bits in every run. Made and used on one thread, whose OpenMP team has its final size.
package final class OneDNNKernels: KernelLibrary {
  private enum Implementation {
    case oneDNN(OneDNNProgram)
    case delegated
  }

  private let context: OneDNNContext
  private let delegate: any KernelLibrary
  private var implementations: [KernelSignature: Implementation] = [:]

  /// - Parameters:
  ///   - team: the threads that compute, here and in oneDNN.
  ///   - delegate: computes what oneDNN does not; ``ParallelKernels`` where none is given.
  package init(team: ThreadTeam, delegate: (any KernelLibrary)? = nil) throws(KernelError) {
    context = try OneDNNContext(team: team)
    self.delegate = delegate ?? ParallelKernels(team: team)
  }

  package var name: String { "oneDNN \(OneDNN.version)" }

  package func scratchpadByteCount(for signature: KernelSignature) throws(KernelError) -> Int {
    switch try implementation(of: signature) {
    case .oneDNN(let program): program.scratchpadByteCount
    case .delegated: try delegate.scratchpadByteCount(for: signature)
    }
  }

  package func bind(
    _ signature: KernelSignature, inputs: [MemoryAddress], outputs: [MemoryAddress], scratchpad: MemoryAddress?
  ) throws(KernelError) -> any BoundKernel {
    switch try implementation(of: signature) {
    case .oneDNN(let program):
      try signature.check(inputs: inputs, outputs: outputs)
      guard let addresses = OneDNNAddresses(inputs: inputs, outputs: outputs, scratchpad: scratchpad) else {
        throw KernelError("\(signature.operation) has too many operands")
      }
      guard scratchpad != nil || program.scratchpadByteCount == 0 else {
        throw KernelError("\(signature.operation) needs \(program.scratchpadByteCount) bytes of workspace and has none")
      }
      return OneDNNBoundKernel(program: program, addresses: addresses)
    case .delegated:
      return try delegate.bind(signature, inputs: inputs, outputs: outputs, scratchpad: scratchpad)
    }
  }

  package func forOneThread() throws(KernelError) -> any KernelLibrary {
    try OneDNNKernels(team: .ofOneThread(), delegate: delegate.forOneThread())
  }

  /// What oneDNN calls the implementations of a signature, in the order of their execution, or the delegate's name.
  package func implementationNames(for signature: KernelSignature) throws(KernelError) -> [String] {
    switch try implementation(of: signature) {
    case .oneDNN(let program): program.implementationNames
    case .delegated: [delegate.name]
    }
  }

  package func forgetUnboundKernels() {
    implementations = [:]
    delegate.forgetUnboundKernels()
    OneDNN.emptyPrimitiveCache()
  }

  private func implementation(of signature: KernelSignature) throws(KernelError) -> Implementation {
    if let known = implementations[signature] { return known }
    guard signature.elementType == .float32 else {
      throw KernelError("oneDNN's kernels compute in float32, not \(signature.elementType.rawValue)")
    }
    try signature.check()
    let implementation = try context.team.withOpenMPThreadCount { () throws(KernelError) in
      try makeProgram(for: signature).map(Implementation.oneDNN) ?? .delegated
    }
    implementations[signature] = implementation
    return implementation
  }

  private func makeProgram(for signature: KernelSignature) throws(KernelError) -> OneDNNProgram? {
    let inputs = signature.inputs
    switch signature.operation {
    case .linear(let bias, let activation):
      return try .linear(inputs: inputs, bias: bias, activation: activation, context: context)
    case .linearInputGradient: return try .linearInputGradient(inputs: inputs, context: context)
    case .linearWeightGradient:
      return try .linearWeightGradient(inputs: inputs, adds: signature.addsToOutputs, context: context)
    case .activation(let activation):
      return try .activation(activation, shape: inputs[0], context: context)
    case .activationGradient(let activation):
      return try .activationGradient(activation, shape: inputs[0], context: context)
    case .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm, .updateRunningStatistics, .dropout, .add,
      .loss, .correctCount, .lossGradient, .linearBiasGradient, .layerNormInputGradient, .layerNormParameterGradients,
      .batchNormInputGradient, .batchNormParameterGradients, .parameterUpdate:
      return nil
    }
  }
}
