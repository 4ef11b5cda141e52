internal import COneDNN
internal import ComputationGraph

/// Sums over rows. Each thread has columns of its own, in whole cache lines, and adds all their rows.
extension ParallelKernels {
  func biasGradient(_ operands: ParallelOperands) -> (RunContext) -> Void {
    let (du, db, adds) = unsafe (operands.inputs[0], operands.outputs[0], operands.signature.addsToOutputs)
    return splitColumns(operands) { rows, columns, part in
      unsafe bptrainBiasGradient(db, du, rows, columns, part.lowerBound, part.upperBound, adds)
    }
  }

  func layerNormParameterGradients(_ operands: ParallelOperands) -> (RunContext) -> Void {
    let (dy, x, statistics) = unsafe (operands.inputs[0], operands.inputs[1], operands.inputs[2])
    let (dScale, dShift) = unsafe (operands.outputs[0], operands.outputs[1])
    let adds = operands.signature.addsToOutputs
    return splitColumns(operands) { rows, columns, part in
      unsafe bptrainLayerNormParameterGradients(
        dScale, dShift, dy, x, statistics, rows, columns, part.lowerBound, part.upperBound, adds)
    }
  }

  func batchNormStatistics(_ operands: ParallelOperands) -> (RunContext) -> Void {
    let (x, statistics) = unsafe (operands.inputs[0], operands.outputs[0])
    return splitColumns(operands) { rows, columns, part in
      unsafe bptrainBatchNormStatistics(statistics, x, rows, columns, part.lowerBound, part.upperBound)
    }
  }

  func batchNormParameterGradients(_ operands: ParallelOperands, epsilon: Double) -> (RunContext) -> Void {
    let (dy, x, statistics) = unsafe (operands.inputs[0], operands.inputs[1], operands.inputs[2])
    let (dScale, dShift) = unsafe (operands.outputs[0], operands.outputs[1])
    let adds = operands.signature.addsToOutputs
    return splitColumns(operands) { rows, columns, part in
      unsafe bptrainBatchNormParameterGradients(
        dScale, dShift, dy, x, statistics, Float(epsilon), rows, columns, part.lowerBound, part.upperBound, adds)
    }
  }

  private func splitColumns(
    _ operands: ParallelOperands, _ body: @escaping (_ rows: Int, _ columns: Int, _ part: Range<Int>) -> Void
  ) -> (RunContext) -> Void {
    let (rows, columns, count) = (operands.rows, operands.columns, operands.count)
    return { [team] _ in
      team.split(columns, granularity: 16, elements: count) { body(rows, columns, $0) }
    }
  }
}
