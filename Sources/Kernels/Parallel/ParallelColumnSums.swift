internal import COneDNN
internal import ComputationGraph

/// Sums over rows. Each thread has columns of its own, in whole cache lines, and adds all their rows.
extension ParallelKernels {
  func biasGradient(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (du, db, adds) = unsafe (operands.activation(0), operands.floatOutput(0), operands.signature.addsToOutputs)
    let kernel = unsafe operands.isNarrow ? bptrainBiasGradientBFloat16 : bptrainBiasGradient
    return splitColumns(operands) { rows, columns, part in
      let first = rows.lowerBound
      unsafe kernel(db, du + first * columns, rows.count, columns, part.lowerBound, part.upperBound, adds || first > 0)
    }
  }

  func layerNormParameterGradients(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (dy, x, statistics) = unsafe (operands.activation(0), operands.activation(1), operands.floats(2))
    let (dScale, dShift) = unsafe (operands.floatOutput(0), operands.floatOutput(1))
    let adds = operands.signature.addsToOutputs
    let kernel =
      unsafe operands.isNarrow ? bptrainLayerNormParameterGradientsBFloat16 : bptrainLayerNormParameterGradients
    return splitColumns(operands) { rows, columns, part in
      let first = rows.lowerBound
      unsafe kernel(
        dScale, dShift, dy + first * columns, x + first * columns, statistics + 2 * first, rows.count, columns,
        part.lowerBound, part.upperBound, adds || first > 0)
    }
  }

  func batchNormStatistics(_ operands: ParallelOperands) -> (RunContext) -> Void {
    let (x, statistics) = unsafe (operands.activation(0), operands.floatOutput(0))
    let kernel = unsafe operands.isNarrow ? bptrainBatchNormStatisticsBFloat16 : bptrainBatchNormStatistics
    return splitAllColumns(operands) { rows, columns, part in
      unsafe kernel(statistics, x + 0, rows, columns, part.lowerBound, part.upperBound)
    }
  }

  func batchNormParameterGradients(_ operands: ParallelOperands, epsilon: Double) -> (RunContext) -> Void {
    let (dy, x, statistics) = unsafe (operands.activation(0), operands.activation(1), operands.floats(2))
    let (dScale, dShift) = unsafe (operands.floatOutput(0), operands.floatOutput(1))
    let adds = operands.signature.addsToOutputs
    let kernel =
      unsafe operands.isNarrow ? bptrainBatchNormParameterGradientsBFloat16 : bptrainBatchNormParameterGradients
    return splitAllColumns(operands) { rows, columns, part in
      unsafe kernel(
        dScale, dShift, dy + 0, x + 0, statistics, Float(epsilon), rows, columns, part.lowerBound, part.upperBound, adds
      )
    }
  }

  /// Sums that can be continued row tile by row tile.
  private func splitColumns(
    _ operands: ParallelOperands, _ body: @escaping (_ rows: Range<Int>, _ columns: Int, _ part: Range<Int>) -> Void
  ) -> (RunContext, Range<Int>) -> Void {
    let columns = operands.columns
    return { [team] _, rows in
      team.split(columns, granularity: 16, elements: rows.count * columns) { body(rows, columns, $0) }
    }
  }

  private func splitAllColumns(
    _ operands: ParallelOperands, _ body: @escaping (_ rows: Int, _ columns: Int, _ part: Range<Int>) -> Void
  ) -> (RunContext) -> Void {
    let (rows, columns, count) = (operands.rows, operands.columns, operands.count)
    return { [team] _ in
      team.split(columns, granularity: 16, elements: count) { body(rows, columns, $0) }
    }
  }
}
