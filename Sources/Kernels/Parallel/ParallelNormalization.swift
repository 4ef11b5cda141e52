internal import COneDNN
internal import ComputationGraph

/// Layer norm and batch norm, row by row.
extension ParallelKernels {
  func layerNormStatistics(_ operands: ParallelOperands, epsilon: Double) -> (RunContext, Range<Int>) -> Void {
    let (x, statistics) = unsafe (operands.activation(0), operands.floatOutput(0))
    let kernel = unsafe operands.isNarrow ? bptrainLayerNormStatisticsBFloat16 : bptrainLayerNormStatistics
    return splitRows(operands) { columns, part in
      let first = part.lowerBound
      unsafe kernel(statistics + 2 * first, x + first * columns, part.count, columns, epsilon)
    }
  }

  func layerNorm(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (x, statistics, y) = unsafe (operands.activation(0), operands.floats(1), operands.activationOutput(0))
    let (scale, shift) = unsafe (operands.floats(2), operands.floats(3))
    let kernel = unsafe operands.isNarrow ? bptrainLayerNormBFloat16 : bptrainLayerNorm
    return splitRows(operands) { columns, part in
      let (row, first) = (part.lowerBound, part.lowerBound * columns)
      unsafe kernel(y + first, x + first, statistics + 2 * row, scale, shift, part.count, columns)
    }
  }

  func layerNormInputGradient(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (dy, x, dx) = (operands.activation(0), operands.activation(1), operands.activationOutput(0))
    let (statistics, scale) = unsafe (operands.floats(2), operands.floats(3))
    let kernel = unsafe operands.isNarrow ? bptrainLayerNormInputGradientBFloat16 : bptrainLayerNormInputGradient
    return splitRows(operands) { columns, part in
      let (row, first) = (part.lowerBound, part.lowerBound * columns)
      unsafe kernel(
        dx + first, dy + first, x + first, statistics + 2 * row, scale, part.count, columns)
    }
  }

  func batchNorm(_ operands: ParallelOperands, epsilon: Double) -> (RunContext) -> Void {
    let (x, statistics, y) = unsafe (operands.activation(0), operands.floats(1), operands.activationOutput(0))
    let (scale, shift) = unsafe (operands.floats(2), operands.floats(3))
    let kernel = unsafe operands.isNarrow ? bptrainBatchNormBFloat16 : bptrainBatchNorm
    return splitAllRows(operands) { columns, part in
      let first = part.lowerBound * columns
      unsafe kernel(y + first, x + first, statistics, scale, shift, Float(epsilon), part.count, columns)
    }
  }

  func batchNormInputGradient(_ operands: ParallelOperands, epsilon: Double) -> (RunContext) -> Void {
    let (dy, x, dx) = (operands.activation(0), operands.activation(1), operands.activationOutput(0))
    let (statistics, scale) = unsafe (operands.floats(2), operands.floats(3))
    let kernel = unsafe operands.isNarrow ? bptrainBatchNormInputGradientBFloat16 : bptrainBatchNormInputGradient
    let (dScale, dShift) = unsafe (operands.floats(4), operands.floats(5))
    let batchRows = operands.rows
    return splitAllRows(operands) { columns, part in
      let first = part.lowerBound * columns
      unsafe kernel(
        dx + first, dy + first, x + first, statistics, scale, dScale, dShift, Float(epsilon), batchRows, part.count,
        columns)
    }
  }

  /// A few numbers per column: the reference's own loop.
  func updateRunningStatistics(
    _ operands: ParallelOperands, momentum: Double, batchRows: Int
  ) -> (RunContext) -> Void {
    let (statistics, running) = (operands.matrix(ofInput: 0), operands.matrix(ofInput: 1))
    return { _ in
      ReferenceBatchNorm.updateRunningStatistics(
        statistics: statistics, running: running, momentum: momentum, batchRows: batchRows)
    }
  }

  private func splitRows(
    _ operands: ParallelOperands, _ body: @escaping (_ columns: Int, _ part: Range<Int>) -> Void
  ) -> (RunContext, Range<Int>) -> Void {
    let columns = operands.columns
    return { [team] _, rows in
      team.split(rows.count, elements: rows.count * columns) { part in
        body(columns, rows.lowerBound + part.lowerBound..<rows.lowerBound + part.upperBound)
      }
    }
  }

  private func splitAllRows(
    _ operands: ParallelOperands, _ body: @escaping (_ columns: Int, _ part: Range<Int>) -> Void
  ) -> (RunContext) -> Void {
    let (whole, rows) = (splitRows(operands, body), 0..<operands.rows)
    return { whole($0, rows) }
  }
}
