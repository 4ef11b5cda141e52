internal import COneDNN
internal import ComputationGraph

/// Losses, their gradients and the count of right predictions.
extension ParallelKernels {
  func lossValue(_ operands: ParallelOperands, _ loss: LossFunction) -> (RunContext) -> Void {
    let (p, t, value) = unsafe (operands.inputs[0], operands.inputs[1], operands.outputs[0])
    let (rows, columns, count) = (operands.rows, operands.columns, operands.count)
    return { [partialSums] context in
      let batchRows = Double(context.batchRows ?? rows)
      let elements = batchRows * Double(columns)
      func sum(_ body: (UnsafePointer<Float>, UnsafePointer<Float>, Int) -> Double) -> Double {
        partialSums.sum(of: count, granularity: 16, elements: count) { part in
          unsafe body(p + part.lowerBound, t + part.lowerBound, part.count)
        }
      }
      let result =
        switch loss {
        case .meanSquaredError: unsafe sum { unsafe bptrainSquaredErrorSum($0, $1, $2) } / elements
        case .halfSquaredError: unsafe sum { unsafe bptrainSquaredErrorSum($0, $1, $2) } / (2 * batchRows)
        case .meanAbsoluteError: unsafe sum { unsafe bptrainAbsoluteErrorSum($0, $1, $2) } / elements
        case .huber(let delta): unsafe sum { unsafe bptrainHuberSum($0, $1, $2, Float(delta)) } / elements
        case .binaryCrossEntropy: unsafe sum { unsafe bptrainBinaryCrossEntropySum($0, $1, $2) } / elements
        case .softmaxCrossEntropy:
          partialSums.sum(of: rows, elements: count) { part in
            unsafe bptrainSoftmaxCrossEntropySum(
              p + part.lowerBound * columns, t + part.lowerBound, part.count, columns)
          } / batchRows
        }
      unsafe value.pointee = Float(result)
    }
  }

  func lossGradient(_ operands: ParallelOperands, _ loss: LossFunction) -> (RunContext) -> Void {
    let (p, t, dp) = unsafe (operands.inputs[0], operands.inputs[1], operands.outputs[0])
    let (rows, columns, count) = (operands.rows, operands.columns, operands.count)
    return { [team] context in
      let batchRows = Double(context.batchRows ?? rows)
      let perElement = Float(1 / (batchRows * Double(columns)))
      if case .softmaxCrossEntropy = loss {
        team.split(rows, elements: count) { part in
          let first = part.lowerBound * columns
          unsafe bptrainSoftmaxCrossEntropyGradient(
            dp + first, p + first, t + part.lowerBound, part.count, columns, Float(1 / batchRows))
        }
        return
      }
      team.split(count, granularity: 16, elements: count) { part in
        let i = part.lowerBound
        let (dp, p, t, n) = unsafe (dp + i, p + i, t + i, part.count)
        switch loss {
        case .meanSquaredError: unsafe bptrainErrorGradient(dp, p, t, n, Float(2 / (batchRows * Double(columns))))
        case .halfSquaredError: unsafe bptrainErrorGradient(dp, p, t, n, Float(1 / batchRows))
        case .meanAbsoluteError: unsafe bptrainAbsoluteErrorGradient(dp, p, t, n, perElement)
        case .huber(let delta): unsafe bptrainHuberGradient(dp, p, t, n, perElement, Float(delta))
        case .binaryCrossEntropy: unsafe bptrainBinaryCrossEntropyGradient(dp, p, t, n, perElement)
        case .softmaxCrossEntropy: preconditionFailure("split by rows above")
        }
      }
    }
  }

  func correctCount(_ operands: ParallelOperands, _ kind: TargetKind) -> (RunContext) -> Void {
    let (p, t, value) = unsafe (operands.inputs[0], operands.inputs[1], operands.outputs[0])
    let (rows, columns, count) = (operands.rows, operands.columns, operands.count)
    return { [partialSums] _ in
      let result =
        switch kind {
        case .classes:
          partialSums.sum(of: rows, elements: count) { part in
            let first = part.lowerBound
            return unsafe Double(bptrainCorrectClasses(p + first * columns, t + first, part.count, columns))
          }
        case .bits:
          partialSums.sum(of: count, granularity: 16, elements: count) { part in
            unsafe Double(bptrainCorrectBits(p + part.lowerBound, t + part.lowerBound, part.count))
          } / Double(columns)
        }
      unsafe value.pointee = Float(result)
    }
  }
}
