internal import COneDNN
internal import ComputationGraph

/// Layer norm and batch norm, row by row.
extension ParallelKernels {
  func layerNormStatistics(_ operands: ParallelOperands, epsilon: Double) -> (RunContext, Range<Int>) -> Void {
    let (x, statistics) = unsafe (operands.inputs[0], operands.outputs[0])
    return splitRows(operands) { columns, part in
      let first = part.lowerBound
      unsafe bptrainLayerNormStatistics(statistics + 2 * first, x + first * columns, part.count, columns, epsilon)
    }
  }

  func layerNorm(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (x, statistics, y) = unsafe (operands.inputs[0], operands.inputs[1], operands.outputs[0])
    let (scale, shift) = unsafe (operands.inputs[2], operands.inputs[3])
    return splitRows(operands) { columns, part in
      let (row, first) = (part.lowerBound, part.lowerBound * columns)
      unsafe bptrainLayerNorm(y + first, x + first, statistics + 2 * row, scale, shift, part.count, columns)
    }
  }

  func layerNormInputGradient(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (dy, x, dx) = unsafe (operands.inputs[0], operands.inputs[1], operands.outputs[0])
    let (statistics, scale) = unsafe (operands.inputs[2], operands.inputs[3])
    return splitRows(operands) { columns, part in
      let (row, first) = (part.lowerBound, part.lowerBound * columns)
      unsafe bptrainLayerNormInputGradient(
        dx + first, dy + first, x + first, statistics + 2 * row, scale, part.count, columns)
    }
  }

  func batchNorm(_ operands: ParallelOperands, epsilon: Double) -> (RunContext) -> Void {
    let (x, statistics, y) = unsafe (operands.inputs[0], operands.inputs[1], operands.outputs[0])
    let (scale, shift) = unsafe (operands.inputs[2], operands.inputs[3])
    return splitAllRows(operands) { columns, part in
      let first = part.lowerBound * columns
      unsafe bptrainBatchNorm(y + first, x + first, statistics, scale, shift, Float(epsilon), part.count, columns)
    }
  }

  func batchNormInputGradient(_ operands: ParallelOperands, epsilon: Double) -> (RunContext) -> Void {
    let (dy, x, dx) = unsafe (operands.inputs[0], operands.inputs[1], operands.outputs[0])
    let (statistics, scale) = unsafe (operands.inputs[2], operands.inputs[3])
    let (dScale, dShift) = unsafe (operands.inputs[4], operands.inputs[5])
    let batchRows = operands.rows
    return splitAllRows(operands) { columns, part in
      let first = part.lowerBound * columns
      unsafe bptrainBatchNormInputGradient(
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
