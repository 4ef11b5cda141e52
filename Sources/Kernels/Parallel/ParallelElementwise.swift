internal import COneDNN
internal import ComputationGraph
internal import SystemCalls

/// Element-wise kernels. Parts are whole cache lines of float32 numbers.
extension ParallelKernels {
  func add(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (a, b, sum) = (operands.activation(0), operands.activation(1), operands.activationOutput(0))
    let kernel = unsafe operands.isNarrow ? bptrainAddBFloat16 : bptrainAdd
    let columns = operands.columns
    return { [team] _, rows in
      let (first, count) = (rows.lowerBound * columns, rows.count * columns)
      team.split(count, granularity: 16, elements: count) { part in
        let i = first + part.lowerBound
        unsafe kernel(sum + i, a + i, b + i, part.count)
      }
    }
  }

  /// Rounds float32 to bfloat16.
  func narrow(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (x, rounded, columns) = (operands.address(ofInput: 0), operands.address(ofOutput: 0), operands.columns)
    return { [team] _, rows in
      let (first, count) = (rows.lowerBound * columns, rows.count * columns)
      Conversion.round(x.advanced(by: 4 * first), to: rounded.advanced(by: 2 * first), count: count, team: team)
    }
  }

  /// bfloat16 as float32.
  func widen(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (rounded, x, columns) = (operands.address(ofInput: 0), operands.address(ofOutput: 0), operands.columns)
    return { [team] _, rows in
      let (first, count) = (rows.lowerBound * columns, rows.count * columns)
      Conversion.widen(rounded.advanced(by: 2 * first), to: x.advanced(by: 4 * first), count: count, team: team)
    }
  }

  /// From the activation's output; see ``Activation/SavedSide``.
  func activationGradient(
    _ operands: ParallelOperands, _ activation: Activation
  ) -> (RunContext, Range<Int>) -> Void {
    let (dh, h, du) = (operands.activation(0), operands.activation(1), operands.activationOutput(0))
    let (columns, isNarrow) = (operands.columns, operands.isNarrow)
    return { [team] _, rows in
      let (first, count) = (rows.lowerBound * columns, rows.count * columns)
      team.split(count, granularity: 16, elements: count) { part in
        let (i, n) = (first + part.lowerBound, part.count)
        let (du, dh, h) = unsafe (du + i, dh + i, h + i)
        switch (activation, isNarrow) {
        case (.relu, false): unsafe bptrainReluGradient(du, dh, h, n)
        case (.relu, true): unsafe bptrainReluGradientBFloat16(du, dh, h, n)
        case (.leakyRelu(let slope), false): unsafe bptrainLeakyReluGradient(du, dh, h, n, Float(slope))
        case (.leakyRelu(let slope), true): unsafe bptrainLeakyReluGradientBFloat16(du, dh, h, n, Float(slope))
        case (.elu(let alpha), false): unsafe bptrainEluGradient(du, dh, h, n, Float(alpha))
        case (.elu(let alpha), true): unsafe bptrainEluGradientBFloat16(du, dh, h, n, Float(alpha))
        case (.tanh, false): unsafe bptrainTanhGradient(du, dh, h, n)
        case (.tanh, true): unsafe bptrainTanhGradientBFloat16(du, dh, h, n)
        case (.sigmoid, false): unsafe bptrainSigmoidGradient(du, dh, h, n)
        case (.sigmoid, true): unsafe bptrainSigmoidGradientBFloat16(du, dh, h, n)
        case (.softplus, false): unsafe bptrainSoftplusGradient(du, dh, h, n)
        case (.softplus, true): unsafe bptrainSoftplusGradientBFloat16(du, dh, h, n)
        case (.gelu, _), (.silu, _): preconditionFailure("\(activation) is differentiated from its input")
        }
      }
    }
  }

  func dropout(
    _ operands: ParallelOperands, rate: Double, layer: Int
  ) -> (RunContext, Range<Int>) -> Void {
    let (x, y) = (operands.activation(0), operands.activationOutput(0))
    let (columns, isNarrow) = (operands.columns, operands.isNarrow)
    return { [team] context, rows in
      var context = context
      context.firstRow += rows.lowerBound
      let mask = DropoutMask(rate: rate, layer: layer, columns: columns, context: context)
      let elements = rows.lowerBound * columns..<rows.upperBound * columns
      mask.apply(to: x, result: y, elements: elements, isNarrow: isNarrow, team: team)
    }
  }
}

extension DropoutMask {
  /// result = x mask / (1 - rate) on the team, `result` possibly x's own memory: the same mask as element by element.
  ///
  /// - Parameter elements: which of x's; the first of them is the one that the mask begins with.
  func apply(
    to x: ActivationPointer, result: ActivationPointer, elements: Range<Int>, isNarrow: Bool, team: ThreadTeam
  ) {
    let mask = BptrainDropoutMask(
      key0: generator.key.x, key1: generator.key.y, counter1: base.y, counter2: base.z, counter3: base.w,
      threshold: threshold, scale: Float(scale))
    let kernel = unsafe isNarrow ? bptrainDropoutBFloat16 : bptrainDropout
    team.split(elements.count, granularity: 32, elements: elements.count) { part in
      let i = elements.lowerBound + part.lowerBound
      unsafe kernel(result + i, x + i, part.count, mask, UInt64(firstElement + part.lowerBound))
    }
  }
}
