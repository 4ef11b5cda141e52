internal import COneDNN
internal import ComputationGraph

/// Element-wise kernels. Parts are whole cache lines.
extension ParallelKernels {
  func add(_ operands: ParallelOperands) -> (RunContext, Range<Int>) -> Void {
    let (a, b, sum) = unsafe (operands.inputs[0], operands.inputs[1], operands.outputs[0])
    let columns = operands.columns
    return { [team] _, rows in
      let (first, count) = (rows.lowerBound * columns, rows.count * columns)
      team.split(count, granularity: 16, elements: count) { part in
        let i = first + part.lowerBound
        unsafe bptrainAdd(sum + i, a + i, b + i, part.count)
      }
    }
  }

  /// From the activation's output; see ``Activation/SavedSide``.
  func activationGradient(
    _ operands: ParallelOperands, _ activation: Activation
  ) -> (RunContext, Range<Int>) -> Void {
    let (dh, h, du) = unsafe (operands.inputs[0], operands.inputs[1], operands.outputs[0])
    let columns = operands.columns
    return { [team] _, rows in
      let (first, count) = (rows.lowerBound * columns, rows.count * columns)
      team.split(count, granularity: 16, elements: count) { part in
        let i = first + part.lowerBound
        let (du, dh, h) = unsafe (du + i, dh + i, h + i)
        switch activation {
        case .relu: unsafe bptrainReluGradient(du, dh, h, part.count)
        case .leakyRelu(let slope): unsafe bptrainLeakyReluGradient(du, dh, h, part.count, Float(slope))
        case .elu(let alpha): unsafe bptrainEluGradient(du, dh, h, part.count, Float(alpha))
        case .tanh: unsafe bptrainTanhGradient(du, dh, h, part.count)
        case .sigmoid: unsafe bptrainSigmoidGradient(du, dh, h, part.count)
        case .softplus: unsafe bptrainSoftplusGradient(du, dh, h, part.count)
        case .gelu, .silu: preconditionFailure("\(activation) is differentiated from its input")
        }
      }
    }
  }

  func dropout(
    _ operands: ParallelOperands, rate: Double, layer: Int
  ) -> (RunContext, Range<Int>) -> Void {
    let (x, y) = unsafe (operands.inputs[0], operands.outputs[0])
    let columns = operands.columns
    return { [team] context, rows in
      var context = context
      context.firstRow += rows.lowerBound
      let mask = DropoutMask(rate: rate, layer: layer, columns: columns, context: context)
      let first = rows.lowerBound * columns
      unsafe mask.apply(to: x + first, result: y + first, count: rows.count * columns, team: team)
    }
  }
}

extension DropoutMask {
  /// result = x mask / (1 - rate) on the team, `result` possibly x's own memory: the same mask as element by element.
  package func apply(
    to x: UnsafePointer<Float>, result: UnsafeMutablePointer<Float>, count: Int, team: ThreadTeam
  ) {
    let mask = BptrainDropoutMask(
      key0: generator.key.x, key1: generator.key.y, counter1: base.y, counter2: base.z, counter3: base.w,
      threshold: threshold, scale: Float(scale))
    team.split(count, granularity: 32, elements: count) { part in
      let i = part.lowerBound
      unsafe bptrainDropout(result + i, x + i, part.count, mask, UInt64(firstElement + i))
    }
  }
}
