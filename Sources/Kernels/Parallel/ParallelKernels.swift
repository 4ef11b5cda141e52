package import ComputationGraph
package import SystemCalls

/// Own kernels for float32 and bfloat16 activations on the thread team, for operators that oneDNN does not have or has
/// in a slower form: all that is bound by memory, none of the matrix products.
///
/// Splits over threads are functions of shape and thread count alone, so that a kernel's bits depend on its signature,
/// its operands and the thread count, not on addresses or on when it runs. No kernel needs workspace. Inner loops are
/// C, compiled for several instruction sets (`Sources/COneDNN/OwnKernels`).
package final class ParallelKernels: KernelLibrary {
  let team: ThreadTeam
  let partialSums: PartialSums

  /// - Parameter team: whose threads compute; ``ThreadTeam/single`` inside somebody's parallel region.
  package init(team: ThreadTeam) {
    self.team = team
    partialSums = PartialSums(team: team)
  }

  package var name: String { "own" }

  /// Whether an operator has a kernel here.
  package static func covers(_ operation: Operator) -> Bool {
    switch operation {
    case .add, .dropout, .loss, .lossGradient, .correctCount, .linearBiasGradient, .layerNormStatistics, .layerNorm,
      .layerNormInputGradient, .layerNormParameterGradients, .batchNormStatistics, .batchNorm,
      .batchNormInputGradient, .batchNormParameterGradients, .updateRunningStatistics, .narrow, .widen:
      true
    case .activationGradient(let activation): activation.savedSide == .output
    case .activation, .linear, .linearInputGradient, .linearWeightGradient, .parameterUpdate: false
    }
  }

  package func scratchpadByteCount(for signature: KernelSignature) throws(KernelError) -> Int {
    try signature.check()
    try refuseUncovered(signature)
    return 0
  }

  package func tileCount(for signature: KernelSignature) throws(KernelError) -> Int {
    RowTiles(of: signature, threads: team.threadCount)?.count ?? 1
  }

  package func bind(
    _ signature: KernelSignature, inputs: [MemoryAddress], outputs: [MemoryAddress], scratchpad: MemoryAddress?
  ) throws(KernelError) -> any BoundKernel {
    try signature.check(inputs: inputs, outputs: outputs)
    try refuseUncovered(signature)
    let operands = ParallelOperands(signature, inputs, outputs)
    guard let rowwise = rowwiseBody(operands) else { return ClosureKernel(body(operands)) }
    let tiles = RowTiles(of: signature, threads: team.threadCount)
    return RowsKernel(rowCount: operands.rows, tiles: tiles, rowwise)
  }

  /// They share nothing: each is another one.
  package func library(ofThread index: Int) -> any KernelLibrary { ParallelKernels(team: .ofOneThread()) }

  private func refuseUncovered(_ signature: KernelSignature) throws(KernelError) {
    guard signature.elementType != .float64, Self.covers(signature.operation) else {
      throw KernelError("there is no own kernel for \(signature.operation) in \(signature.elementType)")
    }
  }

  /// What computes some of the rows, where that can be done; rows that sums start with come first.
  private func rowwiseBody(_ operands: ParallelOperands) -> ((RunContext, Range<Int>) -> Void)? {
    switch operands.signature.operation {
    case .add: add(operands)
    case .dropout(let rate, let layer): dropout(operands, rate: rate, layer: layer)
    case .activationGradient(let activation): activationGradient(operands, activation)
    case .narrow: narrow(operands)
    case .widen: widen(operands)
    case .linearBiasGradient: biasGradient(operands)
    case .layerNormStatistics(let epsilon): layerNormStatistics(operands, epsilon: epsilon)
    case .layerNorm: layerNorm(operands)
    case .layerNormInputGradient: layerNormInputGradient(operands)
    case .layerNormParameterGradients: layerNormParameterGradients(operands)
    case .loss, .lossGradient, .correctCount, .batchNormStatistics, .batchNorm, .batchNormInputGradient,
      .batchNormParameterGradients, .updateRunningStatistics, .activation, .linear, .linearInputGradient,
      .linearWeightGradient, .parameterUpdate:
      nil
    }
  }

  private func body(_ operands: ParallelOperands) -> (RunContext) -> Void {
    switch operands.signature.operation {
    case .loss(let loss): lossValue(operands, loss)
    case .lossGradient(let loss): lossGradient(operands, loss)
    case .correctCount(let kind): correctCount(operands, kind)
    case .batchNormStatistics: batchNormStatistics(operands)
    case .batchNorm(let epsilon): batchNorm(operands, epsilon: epsilon)
    case .batchNormInputGradient(let epsilon): batchNormInputGradient(operands, epsilon: epsilon)
    case .batchNormParameterGradients(let epsilon): batchNormParameterGradients(operands, epsilon: epsilon)
    case .updateRunningStatistics(let momentum, let batchRows):
      updateRunningStatistics(operands, momentum: momentum, batchRows: batchRows)
    case .add, .dropout, .activationGradient, .linearBiasGradient, .layerNormStatistics, .layerNorm,
      .layerNormInputGradient, .layerNormParameterGradients, .narrow, .widen:
      preconditionFailure("\(operands.signature.operation) is computed row by row")
    case .activation, .linear, .linearInputGradient, .linearWeightGradient, .parameterUpdate:
      preconditionFailure("\(operands.signature.operation) is refused before")
    }
  }
}
