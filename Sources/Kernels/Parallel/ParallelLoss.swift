internal import COneDNN
internal import ComputationGraph

/// Losses, their gradients and the count of right predictions: in float32 and in double precision, whatever the
/// predictions are in.
extension ParallelKernels {
  func lossValue(_ operands: ParallelOperands, _ loss: LossFunction) -> (RunContext) -> Void {
    let (p, t, value) = unsafe (operands.activation(0), operands.floats(1), operands.floatOutput(0))
    let (rows, columns, count) = (operands.rows, operands.columns, operands.count)
    let isNarrow = operands.isNarrow
    let squaredErrorSum = unsafe isNarrow ? bptrainSquaredErrorSumBFloat16 : bptrainSquaredErrorSum
    let absoluteErrorSum = unsafe isNarrow ? bptrainAbsoluteErrorSumBFloat16 : bptrainAbsoluteErrorSum
    let huberSum = unsafe isNarrow ? bptrainHuberSumBFloat16 : bptrainHuberSum
    let binarySum = unsafe isNarrow ? bptrainBinaryCrossEntropySumBFloat16 : bptrainBinaryCrossEntropySum
    let softmaxSum = unsafe isNarrow ? bptrainSoftmaxCrossEntropySumBFloat16 : bptrainSoftmaxCrossEntropySum
    return { [partialSums] context in
      let batchRows = Double(context.batchRows ?? rows)
      let elements = batchRows * Double(columns)
      func sum(_ body: (UnsafeRawPointer, UnsafePointer<Float>, Int) -> Double) -> Double {
        partialSums.sum(of: count, granularity: 16, elements: count) { part in
          unsafe body(p + part.lowerBound, t + part.lowerBound, part.count)
        }
      }
      let result =
        switch loss {
        case .meanSquaredError: unsafe sum(squaredErrorSum) / elements
        case .halfSquaredError: unsafe sum(squaredErrorSum) / (2 * batchRows)
        case .meanAbsoluteError: unsafe sum(absoluteErrorSum) / elements
        case .huber(let delta): unsafe sum { unsafe huberSum($0, $1, $2, Float(delta)) } / elements
        case .binaryCrossEntropy: unsafe sum(binarySum) / elements
        case .softmaxCrossEntropy:
          partialSums.sum(of: rows, elements: count) { part in
            unsafe softmaxSum(
              p + part.lowerBound * columns, t + part.lowerBound, part.count, columns)
          } / batchRows
        }
      unsafe value.pointee = Float(result)
    }
  }

  func lossGradient(_ operands: ParallelOperands, _ loss: LossFunction) -> (RunContext) -> Void {
    let (p, t, dp) = unsafe (operands.activation(0), operands.floats(1), operands.activationOutput(0))
    let (rows, columns, count) = (operands.rows, operands.columns, operands.count)
    let isNarrow = operands.isNarrow
    let error = unsafe isNarrow ? bptrainErrorGradientBFloat16 : bptrainErrorGradient
    let absoluteError = unsafe isNarrow ? bptrainAbsoluteErrorGradientBFloat16 : bptrainAbsoluteErrorGradient
    let huber = unsafe isNarrow ? bptrainHuberGradientBFloat16 : bptrainHuberGradient
    let binary = unsafe isNarrow ? bptrainBinaryCrossEntropyGradientBFloat16 : bptrainBinaryCrossEntropyGradient
    let softmax = unsafe isNarrow ? bptrainSoftmaxCrossEntropyGradientBFloat16 : bptrainSoftmaxCrossEntropyGradient
    return { [team] context in
      let batchRows = Double(context.batchRows ?? rows)
      let perElement = Float(1 / (batchRows * Double(columns)))
      if case .softmaxCrossEntropy = loss {
        team.split(rows, elements: count) { part in
          let first = part.lowerBound * columns
          unsafe softmax(
            dp + first, p + first, t + part.lowerBound, part.count, columns, Float(1 / batchRows))
        }
        return
      }
      team.split(count, granularity: 16, elements: count) { part in
        let i = part.lowerBound
        let (dp, p, t, n) = unsafe (dp + i, p + i, t + i, part.count)
        switch loss {
        case .meanSquaredError: unsafe error(dp, p, t, n, Float(2 / (batchRows * Double(columns))))
        case .halfSquaredError: unsafe error(dp, p, t, n, Float(1 / batchRows))
        case .meanAbsoluteError: unsafe absoluteError(dp, p, t, n, perElement)
        case .huber(let delta): unsafe huber(dp, p, t, n, perElement, Float(delta))
        case .binaryCrossEntropy: unsafe binary(dp, p, t, n, perElement)
        case .softmaxCrossEntropy: preconditionFailure("split by rows above")
        }
      }
    }
  }

  func correctCount(_ operands: ParallelOperands, _ kind: TargetKind) -> (RunContext) -> Void {
    let (p, t, value) = unsafe (operands.activation(0), operands.floats(1), operands.floatOutput(0))
    let (rows, columns, count) = (operands.rows, operands.columns, operands.count)
    let classes = unsafe operands.isNarrow ? bptrainCorrectClassesBFloat16 : bptrainCorrectClasses
    let bits = unsafe operands.isNarrow ? bptrainCorrectBitsBFloat16 : bptrainCorrectBits
    return { [partialSums] _ in
      let result =
        switch kind {
        case .classes:
          partialSums.sum(of: rows, elements: count) { part in
            let first = part.lowerBound
            return unsafe Double(classes(p + first * columns, t + first, part.count, columns))
          }
        case .bits, .bitValues:
          partialSums.sum(of: count, granularity: 16, elements: count) { part in
            unsafe Double(bits(p + part.lowerBound, t + part.lowerBound, part.count, kind == .bits ? 0 : 0.5))
          } / Double(columns)
        }
      unsafe value.pointee = Float(result)
    }
  }
}
