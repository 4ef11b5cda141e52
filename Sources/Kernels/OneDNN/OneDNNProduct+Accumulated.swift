internal import COneDNN
internal import ComputationGraph

extension OneDNNProduct {
  /// AᵀB, both row-major, as a sum over blocks of their rows: A's block is transposed, B's brought into the layout that
  /// a 1 x 1 convolution likes, and the product added to C, block after block. The blocks stay in the cache and bound
  /// the workspace.
  func accumulatedConvolution(_ context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    guard !OneDNN.instructionSet.hasAVX512, a == .transposed, b == .plain else { return nil }
    let blockCount = (depth + largestBlockDepth - 1) / largestBlockDepth
    let blockDepth = min(((depth + blockCount - 1) / blockCount + 15) / 16 * 16, depth)
    // The first block stores unless the whole product adds, the others add, the last may be shorter.
    var blocks: [(start: Int, ConvolutionBlock)] = []
    for start in stride(from: 0, to: depth, by: blockDepth) {
      let depth = min(blockDepth, depth - start)
      let accumulates = adds || start > 0
      if let (_, before) = blocks.last, before.depth == depth, before.accumulates == accumulates {
        blocks.append((start, before))
      } else {
        guard let block = try ConvolutionBlock(self, depth: depth, accumulates: accumulates, context) else {
          return nil
        }
        blocks.append((start, block))
      }
    }
    let program = OneDNNProgram(context: context)
    let places = (
      a: program.reserveScratchpad(rows * blockDepth * 4),
      b: program.reserveScratchpad(blocks.map(\.1.weightByteCount).max() ?? 0)
    )
    for (start, block) in blocks { block.append(to: program, self, start: start, places) }
    return program
  }

  /// Rows of A and B in one block: 4 MiB of both at most, and no depth at which the convolution falls behind.
  private var largestBlockDepth: Int { rows + columns <= 1024 ? 1024 : 512 }
}

/// The steps of one block, shared by all blocks that are alike.
private final class ConvolutionBlock {
  let depth: Int
  let accumulates: Bool
  /// Bytes of B's block in the convolution's layout.
  let weightByteCount: Int
  private let transposition: (primitive: OneDNNPrimitive, from: OneDNNMemory, to: OneDNNMemory)
  private let reorder: (primitive: OneDNNPrimitive, from: OneDNNMemory, to: OneDNNMemory)
  private let product: (primitive: OneDNNPrimitive, a: OneDNNMemory, c: OneDNNMemory)

  init?(
    _ sizes: OneDNNProduct, depth: Int, accumulates: Bool, _ context: OneDNNContext
  ) throws(KernelError) {
    self.depth = depth
    self.accumulates = accumulates
    let a = try OneDNNProduct.image(rows: sizes.rows, channels: depth)
    let c = try OneDNNProduct.image(rows: sizes.rows, channels: sizes.columns)
    var operation = try OneDNNProduct.convolution(a: a, bias: nil, c: c)
    guard
      let description = unsafe try OneDNNPrimitiveDescription.first(
        for: &operation, attributes: OneDNNAttributes(accumulates: accumulates), context: context,
        where: OneDNNProduct.isDirectConvolution)
    else { return nil }
    let blocked = try description.weightLayout
    weightByteCount = OneDNNLayout.byteCount(blocked)
    product = (
      try description.makePrimitive(context), try OneDNNMemory(layout: a, context: context),
      try OneDNNMemory(layout: c, context: context)
    )
    transposition = try Self.reorder(
      from: OneDNNLayout.matrix(depth, sizes.rows), to: OneDNNLayout.matrix(depth, sizes.rows, .transposed), context)
    let columns = sizes.columns
    reorder = try Self.reorder(
      from: OneDNNLayout.strided([columns, depth, 1, 1], [1, columns, 1, 1]), to: blocked, context)
  }

  private static func reorder(
    from source: dnnl_memory_desc_t, to destination: dnnl_memory_desc_t, _ context: OneDNNContext
  ) throws(KernelError) -> (OneDNNPrimitive, OneDNNMemory, OneDNNMemory) {
    let description = try OneDNNPrimitiveDescription.reorder(from: source, to: destination, context: context)
    return (
      try description.makePrimitive(context), try OneDNNMemory(layout: source, context: context),
      try OneDNNMemory(layout: destination, context: context)
    )
  }

  func append(
    to program: OneDNNProgram, _ sizes: OneDNNProduct, start: Int, _ places: (a: OneDNNOperand, b: OneDNNOperand)
  ) {
    program.append(
      transposition.primitive,
      [
        (DNNL_ARG_FROM, transposition.from, .input(0, byteOffset: start * sizes.rows * 4)),
        (DNNL_ARG_TO, transposition.to, places.a),
      ])
    program.append(
      reorder.primitive,
      [
        (DNNL_ARG_FROM, reorder.from, .input(1, byteOffset: start * sizes.columns * 4)),
        (DNNL_ARG_TO, reorder.to, places.b),
      ])
    program.append(
      product.primitive,
      [
        (DNNL_ARG_SRC, product.a, places.a), (DNNL_ARG_WEIGHTS, reorder.to, places.b),
        (DNNL_ARG_DST, product.c, .output),
      ])
  }
}
