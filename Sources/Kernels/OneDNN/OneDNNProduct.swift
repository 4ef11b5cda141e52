internal import COneDNN
internal import ComputationGraph

/// C = A B (+ bias): A `rows` x `depth` is the first input, B `depth` x `columns` the second, the bias [1, `columns`]
/// the third.
///
/// Which primitive computes it is a function of the sizes and the instruction set:
///
/// | AVX-512 | without |
/// | --- | --- |
/// | matmul (`brgemm`); for tall A, B brought into a blocked layout first and inner product (`brgemm`) | matmul (`gemm:jit`); for tall A of moderate depth, B brought into a blocked layout first and a 1 x 1 convolution |
///
/// With AᵀB of the second column, blocks of the depth are transposed and added up in order.
struct OneDNNProduct {
  enum Order {
    /// The matrix is row-major.
    case plain
    /// Its transpose is row-major.
    case transposed
  }

  let rows: Int
  let columns: Int
  let depth: Int
  var a = Order.plain
  var b = Order.plain
  var hasBias = false

  /// - Parameter activation: is applied to the elements of C as they are stored.
  func program(activation: Activation?, context: OneDNNContext) throws(KernelError) -> OneDNNProgram {
    if OneDNN.instructionSet.hasAVX512 {
      // Blocking B costs columns x depth elements of rows x columns x depth.
      if a == .plain, rows >= 8 * max(columns, depth),
        let program = try blockedInnerProduct(activation, context)
      {
        return program
      }
      if let program = try matmul(activation, context, where: Self.mayUse) { return program }
      if a == .plain, let program = try blockedInnerProduct(activation, context) { return program }
    } else if let program = try convolution(activation, context) {
      return program
    } else if let program = try matmul(activation, context, where: Self.mayUse) {
      return program
    }
    guard let program = try matmul(activation, context, where: { !Self.isUnsafe($0) }) else {
      throw KernelError("oneDNN has no product of [\(rows), \(depth)] and [\(depth), \(columns)]")
    }
    return program
  }

  /// Whether an implementation, by its name, is neither unsafe nor a plain loop.
  private static func mayUse(_ implementationName: String) -> Bool {
    !isUnsafe(implementationName) && !implementationName.hasPrefix("ref")
  }

  /// On AVX-512 oneDNN's older matrix product (2.6.3) moves the stack pointer into heap memory, where a signal
  /// handler's frame overwrites data.
  private static func isUnsafe(_ implementationName: String) -> Bool {
    OneDNN.instructionSet.hasAVX512 && implementationName.contains("gemm:jit")
  }

  // MARK: Matmul

  private func matmul(
    _ activation: Activation?, _ context: OneDNNContext, where accepts: (String) -> Bool
  ) throws(KernelError) -> OneDNNProgram? {
    var aLayout = try OneDNNLayout.matrix(rows, depth, a)
    var bLayout = try OneDNNLayout.matrix(depth, columns, b)
    var cLayout = try OneDNNLayout.matrix(rows, columns)
    var biasLayout = try OneDNNLayout.matrix(1, columns)
    var operation = dnnl_matmul_desc_t()
    let status =
      unsafe hasBias
      ? dnnl_matmul_desc_init(&operation, &aLayout, &bLayout, &biasLayout, &cLayout)
      : unsafe dnnl_matmul_desc_init(&operation, &aLayout, &bLayout, nil, &cLayout)
    try KernelError.require(status, "describe a product of [\(rows), \(depth)] and [\(depth), \(columns)]")
    guard
      let description = unsafe try OneDNNPrimitiveDescription.first(
        for: &operation, attributes: OneDNNAttributes(activation: activation), context: context, where: accepts)
    else { return nil }
    let program = OneDNNProgram(context: context)
    var operands = [
      (DNNL_ARG_SRC, try OneDNNMemory(layout: aLayout, context: context), OneDNNOperand.input(0)),
      (DNNL_ARG_WEIGHTS, try OneDNNMemory(layout: bLayout, context: context), .input(1)),
      (DNNL_ARG_DST, try OneDNNMemory(layout: cLayout, context: context), .output),
    ]
    if hasBias {
      operands.append((DNNL_ARG_BIAS, try OneDNNMemory(layout: biasLayout, context: context), .input(2)))
    }
    try program.append(description, operands)
    return program
  }

  // MARK: Inner product

  /// B as weights [columns, depth] in a layout that the primitive chooses.
  private func blockedInnerProduct(
    _ activation: Activation?, _ context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram? {
    var aLayout = try OneDNNLayout.matrix(rows, depth)
    var weights = try OneDNNLayout.any([columns, depth])
    var cLayout = try OneDNNLayout.matrix(rows, columns)
    var biasLayout = try OneDNNLayout.strided([columns], [1])
    var operation = dnnl_inner_product_desc_t()
    let status =
      unsafe hasBias
      ? dnnl_inner_product_forward_desc_init(
        &operation, dnnl_forward_training, &aLayout, &weights, &biasLayout, &cLayout)
      : unsafe dnnl_inner_product_forward_desc_init(
        &operation, dnnl_forward_training, &aLayout, &weights, nil, &cLayout)
    try KernelError.require(status, "describe an inner product of [\(rows), \(depth)] and [\(columns), \(depth)]")
    guard
      let description = unsafe try OneDNNPrimitiveDescription.first(
        for: &operation, attributes: OneDNNAttributes(activation: activation), context: context, where: Self.mayUse)
    else { return nil }
    let program = OneDNNProgram(context: context)
    try appendBlocked(
      description, to: program, a: aLayout, c: cLayout, bias: biasLayout,
      source: OneDNNLayout.strided([columns, depth], b == .transposed ? [depth, 1] : [1, columns]), context)
    return program
  }

  /// Adds the change of B's layout from `source` to the one that `description` has chosen, then the product itself.
  private func appendBlocked(
    _ description: borrowing OneDNNPrimitiveDescription, to program: OneDNNProgram, a: dnnl_memory_desc_t,
    c: dnnl_memory_desc_t, bias: dnnl_memory_desc_t, source: dnnl_memory_desc_t, _ context: OneDNNContext
  ) throws(KernelError) {
    guard let blocked = description.layout(dnnl_query_weights_md) else {
      throw KernelError("oneDNN chose no layout of weights for \(description.implementationName)")
    }
    let place = program.reserveScratchpad(OneDNNLayout.byteCount(blocked))
    let weights = try OneDNNMemory(layout: blocked, context: context)
    try program.append(
      OneDNNPrimitiveDescription.reorder(from: source, to: blocked, context: context),
      [(DNNL_ARG_FROM, OneDNNMemory(layout: source, context: context), .input(1)), (DNNL_ARG_TO, weights, place)])
    var operands = [
      (DNNL_ARG_SRC, try OneDNNMemory(layout: a, context: context), OneDNNOperand.input(0)),
      (DNNL_ARG_WEIGHTS, weights, place),
      (DNNL_ARG_DST, try OneDNNMemory(layout: c, context: context), .output),
    ]
    if hasBias { operands.append((DNNL_ARG_BIAS, try OneDNNMemory(layout: bias, context: context), .input(2))) }
    try program.append(description, operands)
  }

  // MARK: Convolution

  /// The product as a convolution with 1 x 1 kernels over an image of rows x 1 pixels with `depth` channels. Nil where
  /// it would not pay.
  private func convolution(_ activation: Activation?, _ context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    guard a == .plain, rows >= 256, (16...1024).contains(depth), columns <= 2048 else { return nil }
    let a = try Self.image(rows: rows, channels: depth)
    let c = try Self.image(rows: rows, channels: columns)
    let bias = try OneDNNLayout.strided([columns], [1])
    guard
      let description = try Self.convolutionDescription(
        a: a, c: c, bias: hasBias ? bias : nil, attributes: OneDNNAttributes(activation: activation), context)
    else { return nil }
    let program = OneDNNProgram(context: context)
    let strides = b == .transposed ? [depth, 1, 1, 1] : [1, columns, 1, 1]
    try appendBlocked(
      description, to: program, a: a, c: c, bias: bias,
      source: OneDNNLayout.strided([columns, depth, 1, 1], strides), context)
    return program
  }

  /// A row-major matrix as an image whose channels are its columns.
  private static func image(rows: Int, channels: Int) throws(KernelError) -> dnnl_memory_desc_t {
    try OneDNNLayout.strided([1, channels, rows, 1], [rows * channels, 1, channels, channels])
  }

  /// Nil where oneDNN has nothing faster than its plain loop or a detour over a matrix product.
  private static func convolutionDescription(
    a: dnnl_memory_desc_t, c: dnnl_memory_desc_t, bias: dnnl_memory_desc_t?, attributes: OneDNNAttributes,
    _ context: OneDNNContext
  ) throws(KernelError) -> OneDNNPrimitiveDescription? {
    var (a, c) = (a, c)
    var weights = try OneDNNLayout.any([Int(c.dims.1), Int(a.dims.1), 1, 1])
    var operation = dnnl_convolution_desc_t()
    let (strides, padding): ([Int64], [Int64]) = ([1, 1], [0, 0])
    let status: dnnl_status_t
    if var bias {
      status = unsafe dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_training, dnnl_convolution_direct, &a, &weights, &bias, &c, strides, padding, padding)
    } else {
      status = unsafe dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_training, dnnl_convolution_direct, &a, &weights, nil, &c, strides, padding, padding)
    }
    try KernelError.require(status, "describe a product as a convolution")
    return unsafe try OneDNNPrimitiveDescription.first(for: &operation, attributes: attributes, context: context) {
      $0.hasPrefix("jit_1x1")
    }
  }
}

extension OneDNNLayout {
  /// Elements `rows` x `columns`, of which the matrix or its transpose is row-major.
  static func matrix(_ rows: Int, _ columns: Int, _ order: OneDNNProduct.Order) throws(KernelError)
    -> dnnl_memory_desc_t
  {
    switch order {
    case .plain: try matrix(rows, columns)
    case .transposed: try strided([rows, columns], [1, rows])
    }
  }
}
