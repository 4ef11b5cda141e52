internal import COneDNN
internal import ComputationGraph
internal import SystemCalls

extension Activation {
  /// oneDNN's name and parameter of the function.
  var oneDNNForward: (algorithm: dnnl_alg_kind_t, alpha: Float) {
    switch self {
    case .relu: (dnnl_eltwise_relu, 0)
    case .leakyRelu(let slope): (dnnl_eltwise_relu, Float(slope))
    case .elu(let alpha): (dnnl_eltwise_elu, Float(alpha))
    case .gelu(.none): (dnnl_eltwise_gelu_erf, 0)
    case .gelu(.tanh): (dnnl_eltwise_gelu_tanh, 0)
    case .silu: (dnnl_eltwise_swish, 1)
    case .tanh: (dnnl_eltwise_tanh, 0)
    case .sigmoid: (dnnl_eltwise_logistic, 0)
    case .softplus: (dnnl_eltwise_soft_relu, 0)
    }
  }

  /// The own kernel that stands in for oneDNN's, alone and after a product: result, u, count.
  ///
  /// - With AVX-512, 8192 x 256 elements: GELU 0.12 ms beside oneDNN's 0.30, tanh 0.13 beside 0.25 (2 Zen 5 cores).
  /// - Without it oneDNN looks the coefficients of tanh up lane by lane: the same elements take it 3.5 ms, half the
  ///   time of the product before; the own kernel 0.7 ms (2 Zen 3 cores).
  /// - oneDNN's softplus of -10 is wrong by 1.3 percent, below -17.7 it is no longer positive; its ELU of -1e-5 is
  ///   wrong by a thousandth.
  func ownForward(_ type: ElementType) -> ((UnsafeMutableRawPointer, UnsafeRawPointer, Int) -> Void)? {
    switch (self, OneDNN.instructionSet.hasAVX512, type == .bfloat16) {
    case (.tanh, true, false): { unsafe bptrainTanh512($0, $1, $2) }
    case (.tanh, true, true): { unsafe bptrainTanh512BFloat16($0, $1, $2) }
    case (.tanh, false, false): { unsafe bptrainTanh($0, $1, $2) }
    case (.tanh, false, true): { unsafe bptrainTanhBFloat16($0, $1, $2) }
    case (.gelu(.none), true, false): { unsafe bptrainGelu512($0, $1, $2) }
    case (.gelu(.none), true, true): { unsafe bptrainGelu512BFloat16($0, $1, $2) }
    case (.gelu(.none), false, _): nil
    case (.gelu(.tanh), true, false): { unsafe bptrainGeluTanh512($0, $1, $2) }
    case (.gelu(.tanh), true, true): { unsafe bptrainGeluTanh512BFloat16($0, $1, $2) }
    case (.gelu(.tanh), false, false): { unsafe bptrainGeluTanh($0, $1, $2) }
    case (.gelu(.tanh), false, true): { unsafe bptrainGeluTanhBFloat16($0, $1, $2) }
    case (.softplus, _, false): { unsafe bptrainSoftplus($0, $1, $2) }
    case (.softplus, _, true): { unsafe bptrainSoftplusBFloat16($0, $1, $2) }
    case (.elu(let alpha), _, false): { unsafe bptrainElu($0, $1, $2, Float(alpha)) }
    case (.elu(let alpha), _, true): { unsafe bptrainEluBFloat16($0, $1, $2, Float(alpha)) }
    case (.relu, _, _), (.leakyRelu, _, _), (.silu, _, _), (.sigmoid, _, _): nil
    }
  }

  /// The own kernel that stands in for oneDNN's gradient: result, dh, u, count.
  fileprivate func ownGradient(
    _ type: ElementType
  ) -> ((UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer, Int) -> Void)? {
    switch (self, OneDNN.instructionSet.hasAVX512, type == .bfloat16) {
    case (.gelu(.none), true, false): { unsafe bptrainGeluGradient512($0, $1, $2, $3) }
    case (.gelu(.none), true, true): { unsafe bptrainGeluGradient512BFloat16($0, $1, $2, $3) }
    case (.gelu(.none), false, _): nil
    case (.gelu(.tanh), true, false): { unsafe bptrainGeluTanhGradient512($0, $1, $2, $3) }
    case (.gelu(.tanh), true, true): { unsafe bptrainGeluTanhGradient512BFloat16($0, $1, $2, $3) }
    case (.gelu(.tanh), false, false): { unsafe bptrainGeluTanhGradient($0, $1, $2, $3) }
    case (.gelu(.tanh), false, true): { unsafe bptrainGeluTanhGradientBFloat16($0, $1, $2, $3) }
    case (.relu, _, _), (.leakyRelu, _, _), (.elu, _, _), (.silu, _, _), (.tanh, _, _), (.sigmoid, _, _),
      (.softplus, _, _):
      nil
    }
  }
}

extension OneDNNProgram {
  /// u -> σ(u); the output may be the input.
  static func activation(
    _ activation: Activation, shape: Shape, type: ElementType, context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram {
    let program = OneDNNProgram(context: context)
    try program.appendActivation(activation, from: .input(0), shape: shape, type: type, context)
    return program
  }

  /// Adds an activation, from `place` to the output.
  func appendActivation(
    _ activation: Activation, from place: OneDNNOperand, shape: Shape, type: ElementType, _ context: OneDNNContext
  ) throws(KernelError) {
    guard let function = unsafe activation.ownForward(type) else {
      let layout = try OneDNNLayout.matrix(shape, type)
      let description = try Self.forwardDescription(activation, layout: layout, context: context)
      append(
        try description.makePrimitive(context),
        [
          (DNNL_ARG_SRC, try OneDNNMemory(layout: layout, context: context), place),
          (DNNL_ARG_DST, try OneDNNMemory(layout: layout, context: context), .output),
        ])
      return
    }
    let count = shape.elementCount
    try append("own:\(activation.name)") { context in
      { [team = context.team] addresses in
        let (u, h) = (ActivationPointer(addresses[place], type), ActivationPointer(addresses[.output], type))
        team.split(count, granularity: 16, elements: Self.workOfElement * count) { part in
          unsafe function(h + part.lowerBound, u + part.lowerBound, part.count)
        }
      }
    }
  }

  /// dh, u -> du; the output may be dh. Nil for activations that are differentiated from their output, where a kernel
  /// of our own is twice as fast (8192 x 256 elements, ReLU: 0.25 and 0.47 ms on two Zen 3 cores).
  static func activationGradient(
    _ activation: Activation, shape: Shape, type: ElementType, context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram? {
    guard activation.savedSide == .input else { return nil }
    let program = OneDNNProgram(context: context)
    if let gradient = unsafe activation.ownGradient(type) {
      let count = shape.elementCount
      try program.append("own:\(activation.name)") { context in
        { [team = context.team] addresses in
          let dh = ActivationPointer(addresses[.input(0)], type)
          let u = ActivationPointer(addresses[.input(1)], type)
          let du = ActivationPointer(addresses[.output], type)
          team.split(count, granularity: 16, elements: Self.workOfElement * count) { part in
            let i = part.lowerBound
            unsafe gradient(du + i, dh + i, u + i, part.count)
          }
        }
      }
      return program
    }
    let function = activation.oneDNNForward
    var layout = try OneDNNLayout.matrix(shape, type)
    var operation = dnnl_eltwise_desc_t()
    unsafe try KernelError.require(
      dnnl_eltwise_backward_desc_init(&operation, function.algorithm, &layout, &layout, function.alpha, 0),
      "describe the gradient of \(activation.name)")
    let forward = try forwardDescription(activation, layout: layout, context: context)
    guard
      let description = unsafe try OneDNNPrimitiveDescription.first(
        for: &operation, attributes: context.attributes, context: context, forwardHint: forward.handle)
    else { return nil }
    program.append(
      try description.makePrimitive(context),
      [
        (DNNL_ARG_DIFF_DST, try OneDNNMemory(layout: layout, context: context), .input(0)),
        (DNNL_ARG_SRC, try OneDNNMemory(layout: layout, context: context), .input(1)),
        (DNNL_ARG_DIFF_SRC, try OneDNNMemory(layout: layout, context: context), .output),
      ])
    return program
  }

  /// How many elements of a sum one element of an own activation is worth when work is shared among threads.
  private static let workOfElement = 4

  private static func forwardDescription(
    _ activation: Activation, layout: dnnl_memory_desc_t, context: OneDNNContext
  ) throws(KernelError) -> OneDNNPrimitiveDescription {
    let function = activation.oneDNNForward
    var layout = layout
    var operation = dnnl_eltwise_desc_t()
    unsafe try KernelError.require(
      dnnl_eltwise_forward_desc_init(
        &operation, dnnl_forward_training, function.algorithm, &layout, function.alpha, 0),
      "describe \(activation.name)")
    guard
      let description = unsafe try OneDNNPrimitiveDescription.first(
        for: &operation, attributes: context.attributes, context: context)
    else { throw KernelError("oneDNN has no implementation of \(activation.name)") }
    return description
  }
}
