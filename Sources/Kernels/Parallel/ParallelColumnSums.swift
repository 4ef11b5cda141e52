internal import COneDNN
internal import ComputationGraph

/// Sums over rows. Each thread has columns of its own, in whole cache lines, and adds all their rows.
extension ParallelKernels {
  func biasGradient(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (du, db, adds) = unsafe (operands.inputs[0], operands.outputs[0], operands.signature.addsToOutputs)
    return splitColumns(operands) { rows, columns, part in
      let first = rows.lowerBound
      unsafe bptrainBiasGradient(
        db, du + first * columns, rows.count, columns, part.lowerBound, part.upperBound, adds || first > 0)
    }
  }

  func layerNormParameterGradients(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (dy, x, statistics) = unsafe (operands.inputs[0], operands.inputs[1], operands.inputs[2])
    let (dScale, dShift) = unsafe (operands.outputs[0], operands.outputs[1])
    let adds = operands.signature.addsToOutputs
    return splitColumns(operands) { rows, columns, part in
      let first = rows.lowerBound
      unsafe bptrainLayerNormParameterGradients(
        dScale, dShift, dy + first * columns, x + first * columns, statistics + 2 * first, rows.count, columns,
        part.lowerBound, part.upperBound, adds || first > 0)
    }
  }

  func batchNormStatistics(_ operands: ParallelOperands) -> (RunContext) -> Void {
    let (x, statistics) = unsafe (operands.inputs[0], operands.outputs[0])
    return splitAllColumns(operands) { rows, columns, part in
      unsafe bptrainBatchNormStatistics(statistics, x, rows, columns, part.lowerBound, part.upperBound)
    }
  }

  func batchNormParameterGradients(_ operands: ParallelOperands, epsilon: Double) -> (RunContext) -> Void {
    let (dy, x, statistics) = unsafe (operands.inputs[0], operands.inputs[1], operands.inputs[2])
    let (dScale, dShift) = unsafe (operands.outputs[0], operands.outputs[1])
    let adds = operands.signature.addsToOutputs
    return splitAllColumns(operands) { rows, columns, part in
      unsafe bptrainBatchNormParameterGradients(
        dScale, dShift, dy, x, statistics, Float(epsilon), rows, columns, part.lowerBound, part.upperBound, adds)
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
