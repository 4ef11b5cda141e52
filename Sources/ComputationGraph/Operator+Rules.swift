extension Operator {
  /// Whether it contains a matrix product: what counts as an execution of a stage. All else is element-wise or a
  /// reduction over rows or columns, bound by memory.
  package var isProduct: Bool {
    switch self {
    case .linear, .linearInputGradient, .linearWeightGradient: true
    case .activation, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm, .updateRunningStatistics,
      .dropout, .add, .loss, .correctCount, .lossGradient, .activationGradient, .linearBiasGradient,
      .layerNormInputGradient, .layerNormParameterGradients, .batchNormInputGradient, .batchNormParameterGradients,
      .narrow, .widen, .parameterUpdate:
      false
    }
  }

  /// Whether it changes state that outlives the iteration, so that a recomputation must leave it out.
  package var hasSideEffect: Bool {
    switch self {
    case .updateRunningStatistics, .parameterUpdate: true
    case .linear, .activation, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm, .dropout, .add,
      .loss, .correctCount, .lossGradient, .activationGradient, .linearInputGradient, .linearWeightGradient,
      .linearBiasGradient, .layerNormInputGradient, .layerNormParameterGradients, .batchNormInputGradient,
      .batchNormParameterGradients, .narrow, .widen:
      false
    }
  }

  /// Whether its outputs are sums over the rows of the batch, so that those of a batch's slices can be added up: the
  /// gradients of parameters.
  package var isSumOverRows: Bool {
    switch self {
    case .linearWeightGradient, .linearBiasGradient, .layerNormParameterGradients, .batchNormParameterGradients: true
    case .linear, .activation, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm,
      .updateRunningStatistics, .dropout, .add, .loss, .correctCount, .lossGradient, .activationGradient,
      .linearInputGradient, .layerNormInputGradient, .batchNormInputGradient, .narrow, .widen,
      .parameterUpdate:
      false
    }
  }

  /// The input whose bytes the first output may take over where nobody reads that input afterwards: each element of
  /// the output is computed from the same element of that input (and from whole other inputs).
  package var overwritableInputs: [Int] {
    switch self {
    case .activation, .dropout, .layerNorm, .batchNorm, .activationGradient: [0]
    case .add: [0, 1]
    case .linear, .layerNormStatistics, .batchNormStatistics, .updateRunningStatistics, .loss, .correctCount,
      .lossGradient, .linearInputGradient, .linearWeightGradient, .linearBiasGradient, .layerNormInputGradient,
      .layerNormParameterGradients, .batchNormInputGradient, .batchNormParameterGradients, .narrow, .widen,
      .parameterUpdate:
      []
    }
  }

  /// Shapes of the outputs, or nil where the inputs do not fit the signature.
  package func outputShapes(for inputs: [Shape]) -> [Shape]? {
    func elementwise(_ count: Int, extra: [Shape] = []) -> [Shape]? {
      guard inputs.count == count + extra.count, let first = inputs.first,
        inputs.prefix(count).allSatisfy({ $0 == first }), Array(inputs.dropFirst(count)) == extra
      else { return nil }
      return [first]
    }
    guard let x = inputs.first else { return nil }
    let perColumn = Shape(rows: 1, columns: x.columns)
    let rowStatistics = Shape(rows: x.rows, columns: 2)
    let columnStatistics = Shape(rows: 2, columns: x.columns)
    switch self {
    case .linear(let bias, _):
      guard inputs.count == (bias ? 3 : 2), inputs[1].columns == x.columns else { return nil }
      let units = inputs[1].rows
      if bias, inputs[2] != Shape(rows: 1, columns: units) { return nil }
      return [Shape(rows: x.rows, columns: units)]
    case .activation, .dropout, .narrow, .widen: return elementwise(1)
    case .add, .activationGradient: return elementwise(2)
    case .layerNormStatistics: return inputs.count == 1 ? [rowStatistics] : nil
    case .batchNormStatistics: return inputs.count == 1 ? [columnStatistics] : nil
    case .layerNorm: return elementwise(1, extra: [rowStatistics, perColumn, perColumn])
    case .batchNorm: return elementwise(1, extra: [columnStatistics, perColumn, perColumn])
    case .updateRunningStatistics: return inputs == [x, x] && x.rows == 2 ? [] : nil
    case .loss(let loss): return loss.accepts(prediction: x, targets: inputs.dropFirst()) ? [.scalar] : nil
    case .correctCount(let kind):
      let target = Shape(rows: x.rows, columns: kind == .classes ? 1 : x.columns)
      return inputs == [x, target] ? [.scalar] : nil
    case .lossGradient(let loss): return loss.accepts(prediction: x, targets: inputs.dropFirst()) ? [x] : nil
    case .linearInputGradient:
      guard inputs.count == 2, inputs[1].rows == x.columns else { return nil }
      return [Shape(rows: x.rows, columns: inputs[1].columns)]
    case .linearWeightGradient:
      guard inputs.count == 2, inputs[1].rows == x.rows else { return nil }
      return [Shape(rows: x.columns, columns: inputs[1].columns)]
    case .linearBiasGradient: return inputs.count == 1 ? [perColumn] : nil
    case .layerNormInputGradient: return elementwise(2, extra: [rowStatistics, perColumn])
    case .layerNormParameterGradients:
      return elementwise(2, extra: [rowStatistics]).map { _ in [perColumn, perColumn] }
    case .batchNormInputGradient: return elementwise(2, extra: [columnStatistics, perColumn, perColumn, perColumn])
    case .batchNormParameterGradients:
      return elementwise(2, extra: [columnStatistics]).map { _ in [perColumn, perColumn] }
    case .parameterUpdate: return inputs == [x, x] ? [] : nil
    }
  }

  /// Floating-point operations of one execution: two per multiply-add, one per other arithmetic operation or call.
  package func flops(for inputs: [Shape]) -> Int {
    guard let x = inputs.first else { return 0 }
    let count = x.elementCount
    switch self {
    case .linear(let bias, let activation):
      let outputs = x.rows * inputs[1].rows
      return 2 * outputs * x.columns + (bias ? outputs : 0) + outputs * (activation?.flopsPerElement ?? 0)
    case .linearInputGradient: return 2 * x.rows * x.columns * inputs[1].columns
    case .linearWeightGradient: return 2 * x.rows * x.columns * inputs[1].columns
    case .linearBiasGradient, .add, .narrow, .widen: return count
    case .activation(let activation): return count * activation.flopsPerElement
    case .activationGradient(let activation): return count * (1 + activation.flopsPerElement)
    case .layerNormStatistics, .batchNormStatistics: return 4 * count
    case .layerNorm, .batchNorm: return 4 * count
    case .updateRunningStatistics: return 3 * count
    case .dropout: return 2 * count
    case .loss, .lossGradient: return 4 * count
    case .correctCount: return count
    case .layerNormInputGradient, .batchNormInputGradient: return 8 * count
    case .layerNormParameterGradients, .batchNormParameterGradients: return 5 * count
    case .parameterUpdate: return 2 * count
    }
  }

  /// Bytes read and written at least once by one execution.
  package func bytesMoved(for inputs: [Shape], elementType: ElementType) -> Int {
    let types = inputTypes(count: inputs.count, in: elementType)
    let read = zip(inputs, types).reduce(0) { $0 + $1.0.byteCount(of: $1.1) }
    let outputType = outputType(in: elementType)
    return (outputShapes(for: inputs) ?? []).reduce(read) { $0 + $1.byteCount(of: outputType) }
  }
}

extension LossFunction {
  /// Whether one target of the right shape stands beside a prediction.
  func accepts(prediction: Shape, targets: ArraySlice<Shape>) -> Bool {
    guard targets.count == 1, let target = targets.first else { return false }
    switch self {
    case .softmaxCrossEntropy: return target == Shape(rows: prediction.rows, columns: 1)
    case .meanSquaredError, .meanAbsoluteError, .huber, .binaryCrossEntropy, .halfSquaredError:
      return target == prediction
    }
  }
}
