internal import COneDNN
internal import ComputationGraph

/// A matrix of a product, as it lies in memory.
struct OneDNNMatrix {
  let shape: Shape
  /// Whether the product reads its transpose.
  var isTransposed = false

  func layout() throws(KernelError) -> dnnl_memory_desc_t {
    try isTransposed ? OneDNNLayout.transpose(of: shape) : OneDNNLayout.matrix(shape)
  }
}

extension OneDNNProgram {
  /// x [B, I], W [U, I] (, b [1, U]) -> σ(x Wᵀ + b).
  static func linear(
    inputs: [Shape], bias: Bool, activation: Activation?, context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram? {
    let attributes = try OneDNNAttributes(activation: activation)
    return try product(
      OneDNNMatrix(shape: inputs[0]), OneDNNMatrix(shape: inputs[1], isTransposed: true), bias: bias,
      attributes: attributes, context: context)
  }

  /// du [B, U], W [U, I] -> du W.
  static func linearInputGradient(inputs: [Shape], context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    try product(
      OneDNNMatrix(shape: inputs[0]), OneDNNMatrix(shape: inputs[1]), attributes: context.attributes, context: context)
  }

  /// du [B, U], x [B, I] -> duᵀ x.
  static func linearWeightGradient(inputs: [Shape], context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    try product(
      OneDNNMatrix(shape: inputs[0], isTransposed: true), OneDNNMatrix(shape: inputs[1]),
      attributes: context.attributes, context: context)
  }

  /// The product of the first two inputs, plus the third where there is a bias. Nil where no implementation may be
  /// used (``mayUse(_:)``).
  private static func product(
    _ a: OneDNNMatrix, _ b: OneDNNMatrix, bias: Bool = false, attributes: OneDNNAttributes, context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram? {
    var aLayout = try a.layout()
    var bLayout = try b.layout()
    let rows = a.isTransposed ? a.shape.columns : a.shape.rows
    let columns = b.isTransposed ? b.shape.rows : b.shape.columns
    var biasLayout = try OneDNNLayout.matrix(1, columns)
    var outputLayout = try OneDNNLayout.matrix(rows, columns)
    var operation = dnnl_matmul_desc_t()
    unsafe try KernelError.require(
      withUnsafePointer(to: &biasLayout) { biasLayout in
        unsafe dnnl_matmul_desc_init(&operation, &aLayout, &bLayout, bias ? biasLayout : nil, &outputLayout)
      }, "describe a product of \(a.shape) and \(b.shape)")
    guard
      let description = unsafe try OneDNNPrimitiveDescription.first(
        for: &operation, attributes: attributes, context: context, where: mayUse)
    else { return nil }
    let program = OneDNNProgram(context: context)
    var operands = unsafe [
      (kind: DNNL_ARG_SRC, layout: aLayout, place: OneDNNOperand.input(0)),
      (kind: DNNL_ARG_WEIGHTS, layout: bLayout, place: OneDNNOperand.input(1)),
      (kind: DNNL_ARG_DST, layout: outputLayout, place: OneDNNOperand.output()),
    ]
    if bias { unsafe operands.append((kind: DNNL_ARG_BIAS, layout: biasLayout, place: .input(2))) }
    try program.append(description, operands)
    return program
  }

  /// Whether products may use an implementation, by its name.
  ///
  /// `ref` is a plain loop. `gemm:jit` is oneDNN's older matrix product; on AVX-512 (2.6.3) it moves the stack pointer
  /// into heap memory, where a signal handler's frame overwrites data, and `brgemm` is faster there anyway.
  static func mayUse(_ implementationName: String) -> Bool {
    if implementationName.hasPrefix("ref") { return false }
    return !(OneDNN.instructionSet.hasAVX512 && implementationName.contains("gemm:jit"))
  }
}
