internal import COneDNN
internal import ComputationGraph

/// C = σ(A B + bias), or C += A B: A `rows` x `depth` is the first input, B `depth` x `columns` the second, the bias
/// [1, `columns`] the third.
///
/// The ``KernelTable`` says by which method; what was measured for it counts for float32 alone. What changes of layout
/// need is workspace.
struct OneDNNProduct {
  enum Order {
    /// The matrix is row-major.
    case plain
    /// Its transpose is row-major.
    case transposed
  }

  let direction: ProductDirection
  let rows: Int
  let columns: Int
  let depth: Int
  var a = Order.plain
  var b = Order.plain
  var hasBias = false
  var activation: Activation?
  /// Whether the product is added to C; such a product has neither bias nor activation.
  var adds = false
  /// The type of A and B; bfloat16 only where the processor multiplies it. Sums and bias are float32.
  var factors = ElementType.float32
  /// The type of C.
  var result = ElementType.float32

  func program(_ context: OneDNNContext) throws(KernelError) -> OneDNNProgram {
    let (batch, units, inputs) =
      switch direction {
      case .forward: (rows, columns, depth)
      case .inputGradient: (rows, depth, columns)
      case .weightGradient: (depth, rows, columns)
      }
    let productClass = ProductClass(
      direction, threads: context.team.threadCount, batch: batch, units: units, inputs: inputs)
    let methods = context.table.methods(
      direction, rows: rows, columns: columns, depth: depth, of: factors == .float32 ? productClass : nil)
    for method in methods {
      if let program = try program(by: method, context) { return program }
    }
    guard let program = try matmul(context, where: { !Self.isUnsafe($0) }) else {
      throw KernelError("oneDNN has no product of [\(rows), \(depth)] and [\(depth), \(columns)]")
    }
    return program
  }

  /// Nil where oneDNN does not compute the product by this method, or not well.
  private func program(by method: ProductMethod, _ context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    switch method {
    case .matmul: try matmul(context, where: Self.mayUse)
    case .packedMatmul: try packedMatmul(context)
    case .innerProduct: try blockedInnerProduct(context)
    case .convolution: try convolution(context)
    case .blockedConvolution: try accumulatedConvolution(context)
    case .weightGradient: try innerProductWeightGradient(context)
    case .fewRows: try fewRows(context)
    }
  }

  /// Whether an implementation, by its name, is neither unsafe nor a plain loop.
  static func mayUse(_ implementationName: String) -> Bool {
    !isUnsafe(implementationName) && !implementationName.hasPrefix("ref")
  }

  /// On AVX-512 oneDNN's older matrix product (2.6.3) moves the stack pointer into heap memory, where a signal
  /// handler's frame overwrites data.
  private static func isUnsafe(_ implementationName: String) -> Bool {
    OneDNN.instructionSet.hasAVX512 && implementationName.contains("gemm:jit")
  }

  private func matmul(
    _ context: OneDNNContext, where accepts: (String) -> Bool
  ) throws(KernelError) -> OneDNNProgram? {
    var aLayout = try OneDNNLayout.matrix(rows, depth, a, factors)
    var bLayout = try OneDNNLayout.matrix(depth, columns, b, factors)
    var cLayout = try OneDNNLayout.matrix(rows, columns, result)
    var biasLayout = try OneDNNLayout.matrix(1, columns)
    var operation = dnnl_matmul_desc_t()
    let status =
      unsafe hasBias
      ? dnnl_matmul_desc_init(&operation, &aLayout, &bLayout, &biasLayout, &cLayout)
      : dnnl_matmul_desc_init(&operation, &aLayout, &bLayout, nil, &cLayout)
    try KernelError.require(status, "describe a product of [\(rows), \(depth)] and [\(depth), \(columns)]")
    guard
      let product = unsafe try OneDNNFusedDescription(
        for: &operation, activation: activation, adds: adds, result: result, context: context, where: accepts)
    else { return nil }
    let program = OneDNNProgram(context: context)
    let weights = try OneDNNMemory(layout: bLayout, context: context)
    try append(product, to: program, a: aLayout, b: (weights, .input(1)), bias: biasLayout, c: cLayout, context)
    return program
  }

  /// Adds the product itself and what it leaves of the activation.
  func append(
    _ product: borrowing OneDNNFusedDescription, to program: OneDNNProgram, a: dnnl_memory_desc_t,
    b: (memory: OneDNNMemory, place: OneDNNOperand), bias: dnnl_memory_desc_t, c: dnnl_memory_desc_t,
    _ context: OneDNNContext
  ) throws(KernelError) {
    var operands = [
      (DNNL_ARG_SRC, try OneDNNMemory(layout: a, context: context), OneDNNOperand.input(0)),
      (DNNL_ARG_WEIGHTS, b.memory, b.place),
      (DNNL_ARG_DST, try OneDNNMemory(layout: c, context: context), .output),
    ]
    if hasBias { operands.append((DNNL_ARG_BIAS, try OneDNNMemory(layout: bias, context: context), .input(2))) }
    program.append(try product.description.makePrimitive(context), operands)
    if let activation = product.remaining {
      let shape = Shape(rows: rows, columns: columns)
      try program.appendActivation(activation, from: .output, shape: shape, type: result, context)
    }
  }
}

extension OneDNNLayout {
  /// Elements `rows` x `columns`, of which the matrix or its transpose is row-major.
  static func matrix(
    _ rows: Int, _ columns: Int, _ order: OneDNNProduct.Order, _ type: ElementType = .float32
  ) throws(KernelError) -> dnnl_memory_desc_t {
    switch order {
    case .plain: try matrix(rows, columns, type)
    case .transposed: try strided([rows, columns], [1, rows], type)
    }
  }
}
