internal import ComputationGraph

/// What oneDNN's older matrix product (`gemm:jit`) takes from the general heap while it runs: each thread copies its
/// share of both matrices in blocks, and gives the memory back at the end of the call. Its user has no say in it.
enum GEMMBuffers {
  /// An upper bound in bytes, for all threads together: blocks as oneDNN 2.6's driver sizes them, of A as many rows as
  /// there are up to `mostRows`, of B at most `mostColumns`, both as deep as a block.
  ///
  /// - Parameter signature: of one of a linear layer's three products; others take nothing.
  static func byteCount(for signature: KernelSignature, threads: Int) -> Int {
    let inputs = signature.inputs
    // Column-major: the units of a row of the result are rows of A, the batch's rows columns of B.
    let (m, k) =
      switch signature.operation {
      case .linear: (inputs[1].rows, inputs[0].columns)
      case .linearInputGradient: (inputs[1].columns, inputs[0].columns)
      case .linearWeightGradient: (inputs[1].columns, inputs[0].rows)
      case .activation, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm, .updateRunningStatistics,
        .dropout, .add, .loss, .correctCount, .lossGradient, .activationGradient, .linearBiasGradient,
        .layerNormInputGradient, .layerNormParameterGradients, .batchNormInputGradient, .batchNormParameterGradients,
        .narrow, .widen, .parameterUpdate:
        (0, 0)
      }
    guard m > 0 else { return 0 }
    let depth = min(max(k, leastDepth), OneDNN.instructionSet.hasAVX512 ? 384 : 256)
    let rows = min(m + rowMultiple, mostRows)
    return threads * ((rows + mostColumns) * depth * 4 + 4 * pageByteCount)
  }

  private static let leastDepth = 128
  private static let mostRows = 10_032
  private static let rowMultiple = 48
  private static let mostColumns = 384
  private static let pageByteCount = 4096
}
