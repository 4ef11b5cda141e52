internal import COneDNN
internal import ComputationGraph

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

  /// oneDNN's name and parameter of the derivative, which reads the saved side; nil where oneDNN cannot compute it
  /// from that side.
  var oneDNNBackward: (algorithm: dnnl_alg_kind_t, alpha: Float)? {
    switch self {
    case .relu: (dnnl_eltwise_relu_use_dst_for_bwd, 0)
    case .leakyRelu(let slope): (dnnl_eltwise_relu_use_dst_for_bwd, Float(slope))
    case .elu(let alpha): (dnnl_eltwise_elu_use_dst_for_bwd, Float(alpha))
    case .gelu, .silu: oneDNNForward
    case .tanh: (dnnl_eltwise_tanh_use_dst_for_bwd, 0)
    case .sigmoid: (dnnl_eltwise_logistic_use_dst_for_bwd, 0)
    case .softplus: nil
    }
  }
}

extension OneDNNProgram {
  /// u -> σ(u); the output may be the input.
  static func activation(
    _ activation: Activation, shape: Shape, context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram {
    let program = OneDNNProgram(context: context)
    let layout = try OneDNNLayout.matrix(shape)
    let description = try forwardDescription(activation, layout: layout, context: context)
    unsafe try program.append(
      description, [(DNNL_ARG_SRC, layout, .input(0)), (DNNL_ARG_DST, layout, .output())])
    return program
  }

  /// dh, saved side -> du; the output may be dh. Nil where oneDNN has no such kernel.
  static func activationGradient(
    _ activation: Activation, shape: Shape, context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram? {
    guard let function = activation.oneDNNBackward else { return nil }
    let program = OneDNNProgram(context: context)
    var layout = try OneDNNLayout.matrix(shape)
    var operation = dnnl_eltwise_desc_t()
    unsafe try KernelError.require(
      dnnl_eltwise_backward_desc_init(&operation, function.algorithm, &layout, &layout, function.alpha, 0),
      "describe the gradient of \(activation.name)")
    let forward = try forwardDescription(
      activation, algorithm: function.algorithm, layout: layout, context: context)
    guard
      let description = unsafe try OneDNNPrimitiveDescription.first(
        for: &operation, attributes: context.attributes, context: context, forwardHint: forward.handle)
    else { return nil }
    let saved = activation.savedSide == .output ? DNNL_ARG_DST : DNNL_ARG_SRC
    unsafe try program.append(
      description,
      [
        (DNNL_ARG_DIFF_DST, layout, .input(0)), (saved, layout, .input(1)), (DNNL_ARG_DIFF_SRC, layout, .output()),
      ])
    return program
  }

  /// - Parameter algorithm: another name of the same function, as its derivative from the output wants it.
  private static func forwardDescription(
    _ activation: Activation, algorithm: dnnl_alg_kind_t? = nil, layout: dnnl_memory_desc_t, context: OneDNNContext
  ) throws(KernelError) -> OneDNNPrimitiveDescription {
    let function = activation.oneDNNForward
    var layout = layout
    var operation = dnnl_eltwise_desc_t()
    unsafe try KernelError.require(
      dnnl_eltwise_forward_desc_init(
        &operation, dnnl_forward_training, algorithm ?? function.algorithm, &layout, function.alpha, 0),
      "describe \(activation.name)")
    guard
      let description = unsafe try OneDNNPrimitiveDescription.first(
        for: &operation, attributes: context.attributes, context: context)
    else { throw KernelError("oneDNN has no implementation of \(activation.name)") }
    return description
  }
}
