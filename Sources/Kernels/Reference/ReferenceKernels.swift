internal import ComputationGraph
package import SystemCalls

/// Every operator in plain loops, in float32 and float64, single-threaded and with sums in a fixed order: what the
/// fast kernels are held to, and what float64 networks run on.
///
/// A kernel's bits depend on its signature and operands alone, not on addresses. No kernel needs workspace.
package final class ReferenceKernels: KernelLibrary {
  package init() {}

  package var name: String { "reference" }

  package func scratchpadByteCount(for signature: KernelSignature) throws(KernelError) -> Int {
    try signature.check()
    return 0
  }

  package func bind(
    _ signature: KernelSignature, inputs: [MemoryAddress], outputs: [MemoryAddress], scratchpad: MemoryAddress?
  ) throws(KernelError) -> any BoundKernel {
    try signature.check(inputs: inputs, outputs: outputs)
    guard signature.operation != .parameterUpdate else {
      throw KernelError("there is no kernel for parameterUpdate without an optimizer")
    }
    if let conversion = try conversion(signature, inputs, outputs) { return conversion }
    // Named with each concrete type, so that the compiler makes a specialized copy of all loops for it.
    switch signature.elementType {
    case .float32:
      return ClosureKernel(body(signature, Operands<Float>(signature, inputs, outputs)))
    case .float64:
      return ClosureKernel(body(signature, Operands<Double>(signature, inputs, outputs)))
    case .bfloat16: throw KernelError("the reference kernels compute in float32 and float64, not in bfloat16")
    }
  }

  /// float32 to bfloat16 or back; nil for other operators.
  private func conversion(
    _ signature: KernelSignature, _ inputs: [MemoryAddress], _ outputs: [MemoryAddress]
  ) throws(KernelError) -> (any BoundKernel)? {
    guard signature.operation == .narrow || signature.operation == .widen else { return nil }
    guard signature.elementType == .float32 else {
      throw KernelError("\(signature.operation) has no place in a graph of \(signature.elementType)")
    }
    let (input, output) = (inputs[0], outputs[0])
    let shape = signature.inputs[0]
    return ClosureKernel(
      signature.operation == .narrow
        ? { _ in ReferenceConversion.narrow(Matrix(address: input, shape: shape), to: output) }
        : { _ in ReferenceConversion.widen(input, to: Matrix(address: output, shape: shape)) })
  }

  /// They share nothing and always compute on the calling thread.
  package func library(ofThread index: Int) -> any KernelLibrary { self }

  private func body<Element: ReferenceElement>(
    _ signature: KernelSignature, _ operands: Operands<Element>
  ) -> (RunContext) -> Void {
    let (i, o, adds) = (operands.inputs, operands.outputs, signature.addsToOutputs)
    switch signature.operation {
    case .linear(let bias, let activation):
      let b = bias ? i[2] : nil
      return { [x = i[0], w = i[1], y = o[0]] _ in
        ReferenceLinear.forward(x: x, weight: w, bias: b, activation: activation, y: y)
      }
    case .linearInputGradient:
      return { [du = i[0], w = i[1], dx = o[0]] _ in ReferenceLinear.inputGradient(du: du, weight: w, dx: dx) }
    case .linearWeightGradient:
      return { [du = i[0], x = i[1], dw = o[0]] _ in
        ReferenceLinear.weightGradient(du: du, x: x, dWeight: dw, adds: adds)
      }
    case .linearBiasGradient:
      return { [du = i[0], db = o[0]] _ in ReferenceLinear.biasGradient(du: du, dBias: db, adds: adds) }
    case .activation(let activation):
      return { [u = i[0], h = o[0]] _ in ReferenceActivation.forward(activation, u: u, h: h) }
    case .activationGradient(let activation):
      return { [dh = i[0], saved = i[1], du = o[0]] _ in
        ReferenceActivation.gradient(activation, dh: dh, saved: saved, du: du)
      }
    case .add:
      return { [a = i[0], b = i[1], sum = o[0]] _ in ReferenceAdd.forward(a: a, b: b, sum: sum) }
    case .dropout(let rate, let layer):
      return { [x = i[0], y = o[0]] context in
        let mask = DropoutMask(rate: rate, layer: layer, columns: x.columns, context: context)
        ReferenceDropout.forward(x: x, y: y, mask: mask)
      }
    case .loss(let loss):
      return { [p = i[0], t = i[1], value = o[0]] context in
        value[0] = Element(
          ReferenceLoss.value(loss, prediction: p, target: t, batchRows: context.batchRows ?? p.rows))
      }
    case .lossGradient(let loss):
      return { [p = i[0], t = i[1], dp = o[0]] context in
        ReferenceLoss.gradient(loss, prediction: p, target: t, gradient: dp, batchRows: context.batchRows ?? p.rows)
      }
    case .correctCount(let kind):
      return { [p = i[0], t = i[1], count = o[0]] _ in
        count[0] = Element(ReferenceLoss.correctCount(kind, prediction: p, target: t))
      }
    case .layerNormStatistics, .layerNorm, .layerNormInputGradient, .layerNormParameterGradients,
      .batchNormStatistics, .batchNorm, .batchNormInputGradient, .batchNormParameterGradients,
      .updateRunningStatistics:
      return normalizationBody(signature.operation, i, o, adds: adds)
    case .narrow, .widen, .parameterUpdate:
      preconditionFailure("\(signature.operation) is bound or refused before")
    }
  }

  private func normalizationBody<Element: ReferenceElement>(
    _ operation: Operator, _ i: [Matrix<Element>], _ o: [Matrix<Element>], adds: Bool
  ) -> (RunContext) -> Void {
    switch operation {
    case .layerNormStatistics(let epsilon):
      return { [x = i[0], s = o[0]] _ in ReferenceLayerNorm.statistics(x: x, statistics: s, epsilon: epsilon) }
    case .layerNorm:
      return { [x = i[0], s = i[1], scale = i[2], shift = i[3], y = o[0]] _ in
        ReferenceLayerNorm.forward(x: x, statistics: s, scale: scale, shift: shift, y: y)
      }
    case .layerNormInputGradient:
      return { [dy = i[0], x = i[1], s = i[2], scale = i[3], dx = o[0]] _ in
        ReferenceLayerNorm.inputGradient(dy: dy, x: x, statistics: s, scale: scale, dx: dx)
      }
    case .layerNormParameterGradients:
      return { [dy = i[0], x = i[1], s = i[2], dScale = o[0], dShift = o[1]] _ in
        ReferenceLayerNorm.parameterGradients(
          dy: dy, x: x, statistics: s, dScale: dScale, dShift: dShift, adds: adds)
      }
    case .batchNormStatistics:
      return { [x = i[0], s = o[0]] _ in ReferenceBatchNorm.statistics(x: x, statistics: s) }
    case .batchNorm(let epsilon):
      return { [x = i[0], s = i[1], scale = i[2], shift = i[3], y = o[0]] _ in
        ReferenceBatchNorm.forward(x: x, statistics: s, scale: scale, shift: shift, y: y, epsilon: epsilon)
      }
    case .batchNormInputGradient(let epsilon):
      return { [dy = i[0], x = i[1], s = i[2], scale = i[3], dScale = i[4], dShift = i[5], dx = o[0]] _ in
        ReferenceBatchNorm.inputGradient(
          dy: dy, x: x, statistics: s, scale: scale, dScale: dScale, dShift: dShift, dx: dx, epsilon: epsilon)
      }
    case .batchNormParameterGradients(let epsilon):
      return { [dy = i[0], x = i[1], s = i[2], dScale = o[0], dShift = o[1]] _ in
        ReferenceBatchNorm.parameterGradients(
          dy: dy, x: x, statistics: s, dScale: dScale, dShift: dShift, epsilon: epsilon, adds: adds)
      }
    case .updateRunningStatistics(let momentum, let batchRows):
      return { [s = i[0], running = i[1]] _ in
        ReferenceBatchNorm.updateRunningStatistics(
          statistics: s, running: running, momentum: momentum, batchRows: batchRows)
      }
    case .linear, .linearInputGradient, .linearWeightGradient, .linearBiasGradient, .activation, .activationGradient,
      .add, .dropout, .loss, .lossGradient, .correctCount, .narrow, .widen, .parameterUpdate:
      preconditionFailure("\(operation) is no normalization")
    }
  }
}

/// The operands of one kernel as matrices.
private struct Operands<Element: ReferenceElement> {
  let inputs: [Matrix<Element>]
  let outputs: [Matrix<Element>]

  init(_ signature: KernelSignature, _ inputs: [MemoryAddress], _ outputs: [MemoryAddress]) {
    self.inputs = zip(inputs, signature.inputs).map { Matrix(address: $0, shape: $1) }
    self.outputs = zip(outputs, signature.outputs).map { Matrix(address: $0, shape: $1) }
  }
}
