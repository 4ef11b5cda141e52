internal import COneDNN
internal import ComputationGraph

/// Products whose B is first brought into a layout that the primitive chooses. That costs `columns` x `depth` elements,
/// and the product computes `rows` times as many: it pays where A is tall.
extension OneDNNProduct {
  func packedMatmul(_ context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    guard OneDNN.instructionSet.hasAVX512, factors == .float32, a == .plain, !adds else { return nil }
    var aLayout = try OneDNNLayout.matrix(rows, depth)
    var weights = try OneDNNLayout.any([depth, columns])
    var cLayout = try OneDNNLayout.matrix(rows, columns)
    var biasLayout = try OneDNNLayout.matrix(1, columns)
    var operation = dnnl_matmul_desc_t()
    let status =
      unsafe hasBias
      ? dnnl_matmul_desc_init(&operation, &aLayout, &weights, &biasLayout, &cLayout)
      : dnnl_matmul_desc_init(&operation, &aLayout, &weights, nil, &cLayout)
    try KernelError.require(status, "describe a product of [\(rows), \(depth)] and [\(depth), \(columns)]")
    guard
      let product = unsafe try OneDNNFusedDescription(
        for: &operation, activation: activation, result: result, context: context, where: Self.mayUse)
    else { return nil }
    let source = try OneDNNLayout.matrix(depth, columns, b)
    return try blockedProgram(product, a: aLayout, source: source, bias: biasLayout, c: cLayout, context)
  }

  /// AᵀB by the primitive that computes the gradient of an inner product's weights: dyᵀ x with dy = A, x = B. The
  /// result comes in the layout that the primitive likes best and is then brought into C.
  func innerProductWeightGradient(_ context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    guard OneDNN.instructionSet.hasAVX512, factors == .float32, a == .transposed, b == .plain, !adds else { return nil }
    var x = try OneDNNLayout.matrix(depth, columns)
    var weights = try OneDNNLayout.any([rows, columns])
    var dy = try OneDNNLayout.matrix(depth, rows)
    var forward = dnnl_inner_product_desc_t()
    unsafe try KernelError.require(
      dnnl_inner_product_forward_desc_init(&forward, dnnl_forward_training, &x, &weights, nil, &dy),
      "describe an inner product of [\(depth), \(columns)] and [\(rows), \(columns)]")
    guard
      let hint = unsafe try OneDNNPrimitiveDescription.first(
        for: &forward, attributes: context.attributes, context: context, where: Self.mayUse)
    else { return nil }
    var operation = dnnl_inner_product_desc_t()
    unsafe try KernelError.require(
      dnnl_inner_product_backward_weights_desc_init(&operation, &x, &weights, nil, &dy),
      "describe the gradient of the weights [\(rows), \(columns)]")
    guard
      let product = unsafe try OneDNNPrimitiveDescription.first(
        for: &operation, attributes: context.attributes, context: context, forwardHint: hint.handle,
        where: Self.mayUse)
    else { return nil }
    guard let blocked = product.layout(dnnl_query_diff_weights_md) else {
      throw KernelError("oneDNN chose no layout of gradients for \(product.implementationName)")
    }
    let program = OneDNNProgram(context: context)
    let place = program.reserveScratchpad(OneDNNLayout.byteCount(blocked))
    let gradient = try OneDNNMemory(layout: blocked, context: context)
    program.append(
      try product.makePrimitive(context),
      [
        (DNNL_ARG_SRC, try OneDNNMemory(layout: x, context: context), .input(1)),
        (DNNL_ARG_DIFF_DST, try OneDNNMemory(layout: dy, context: context), .input(0)),
        (DNNL_ARG_DIFF_WEIGHTS, gradient, place),
      ])
    let plain = try OneDNNLayout.matrix(rows, columns)
    let reorder = try OneDNNPrimitiveDescription.reorder(from: blocked, to: plain, context: context)
    program.append(
      try reorder.makePrimitive(context),
      [
        (DNNL_ARG_FROM, gradient, place), (DNNL_ARG_TO, try OneDNNMemory(layout: plain, context: context), .output),
      ])
    return program
  }

  func blockedInnerProduct(_ context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    guard OneDNN.instructionSet.hasAVX512, a == .plain, !adds else { return nil }
    var aLayout = try OneDNNLayout.matrix(rows, depth, factors)
    var weights = try OneDNNLayout.any([columns, depth], factors)
    var cLayout = try OneDNNLayout.matrix(rows, columns, result)
    var biasLayout = try OneDNNLayout.strided([columns], [1])
    var operation = dnnl_inner_product_desc_t()
    let kind = dnnl_forward_training
    let status =
      unsafe hasBias
      ? dnnl_inner_product_forward_desc_init(&operation, kind, &aLayout, &weights, &biasLayout, &cLayout)
      : dnnl_inner_product_forward_desc_init(&operation, kind, &aLayout, &weights, nil, &cLayout)
    try KernelError.require(status, "describe an inner product of [\(rows), \(depth)] and [\(columns), \(depth)]")
    guard
      let product = unsafe try OneDNNFusedDescription(
        for: &operation, activation: activation, result: result, context: context, where: Self.mayUse)
    else { return nil }
    let source = try OneDNNLayout.strided([columns, depth], b == .transposed ? [depth, 1] : [1, columns], factors)
    return try blockedProgram(product, a: aLayout, source: source, bias: biasLayout, c: cLayout, context)
  }

  /// A convolution with 1 x 1 kernels over an image of rows x 1 pixels with `depth` channels.
  func convolution(_ context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    guard !OneDNN.instructionSet.hasAVX512, a == .plain, !adds else { return nil }
    let aLayout = try Self.image(rows: rows, channels: depth)
    let cLayout = try Self.image(rows: rows, channels: columns)
    let biasLayout = try OneDNNLayout.strided([columns], [1])
    var operation = try Self.convolution(a: aLayout, bias: hasBias ? biasLayout : nil, c: cLayout)
    guard
      let product = unsafe try OneDNNFusedDescription(
        for: &operation, activation: activation, result: result, context: context, where: Self.isDirectConvolution)
    else { return nil }
    let strides = b == .transposed ? [depth, 1, 1, 1] : [1, columns, 1, 1]
    let source = try OneDNNLayout.strided([columns, depth, 1, 1], strides)
    return try blockedProgram(product, a: aLayout, source: source, bias: biasLayout, c: cLayout, context)
  }

  /// B's change of layout, from `source` to the one that the product has chosen, and the product.
  private func blockedProgram(
    _ product: borrowing OneDNNFusedDescription, a: dnnl_memory_desc_t, source: dnnl_memory_desc_t,
    bias: dnnl_memory_desc_t, c: dnnl_memory_desc_t, _ context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram {
    let blocked = try product.description.weightLayout
    let program = OneDNNProgram(context: context)
    let place = program.reserveScratchpad(OneDNNLayout.byteCount(blocked))
    let weights = try OneDNNMemory(layout: blocked, context: context)
    let reorder = try OneDNNPrimitiveDescription.reorder(from: source, to: blocked, context: context)
    program.append(
      try reorder.makePrimitive(context),
      [
        (DNNL_ARG_FROM, try OneDNNMemory(layout: source, context: context), .input(1)), (DNNL_ARG_TO, weights, place),
      ])
    try append(product, to: program, a: a, b: (weights, place), bias: bias, c: c, context)
    return program
  }

  /// A row-major matrix as an image whose channels are its columns.
  static func image(rows: Int, channels: Int) throws(KernelError) -> dnnl_memory_desc_t {
    try OneDNNLayout.strided([1, channels, rows, 1], [rows * channels, 1, channels, channels])
  }

  static func convolution(
    a: dnnl_memory_desc_t, bias: dnnl_memory_desc_t?, c: dnnl_memory_desc_t
  ) throws(KernelError) -> dnnl_convolution_desc_t {
    var (a, c) = (a, c)
    var weights = try OneDNNLayout.any([Int(c.dims.1), Int(a.dims.1), 1, 1])
    var operation = dnnl_convolution_desc_t()
    let (kind, algorithm) = (dnnl_forward_training, dnnl_convolution_direct)
    let (strides, padding): ([Int64], [Int64]) = ([1, 1], [0, 0])
    let status: dnnl_status_t
    if var bias {
      status = unsafe dnnl_convolution_forward_desc_init(
        &operation, kind, algorithm, &a, &weights, &bias, &c, strides, padding, padding)
    } else {
      status = unsafe dnnl_convolution_forward_desc_init(
        &operation, kind, algorithm, &a, &weights, nil, &c, strides, padding, padding)
    }
    try KernelError.require(status, "describe a product as a convolution")
    return operation
  }

  /// Neither the plain loop nor a detour over a matrix product.
  static func isDirectConvolution(_ implementationName: String) -> Bool {
    implementationName.hasPrefix("jit_1x1")
  }
}

extension OneDNNPrimitiveDescription {
  /// The layout of weights that the implementation has chosen.
  var weightLayout: dnnl_memory_desc_t {
    get throws(KernelError) {
      guard let layout = layout(dnnl_query_weights_md) else {
        throw KernelError("oneDNN chose no layout of weights for \(implementationName)")
      }
      return layout
    }
  }
}
