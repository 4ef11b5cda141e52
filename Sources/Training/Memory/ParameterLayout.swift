package import ComputationGraph

/// Where every parameter stands in its block, and the bytes of everything that outlives an iteration: the one place
/// that knows these sizes, before and after the memory is taken.
///
/// Each kind of number (parameters, gradients, each value of the optimizer's state) has one block in which every
/// parameter starts at a multiple of 64 bytes.
package struct ParameterLayout: Hashable, Sendable {
  /// Byte offsets of the parameters in each block.
  package let offsets: [Int]
  /// Bytes of one block of parameters, gaps included.
  package let blockByteCount: Int
  /// Byte offsets of the running statistics in theirs.
  package let stateOffsets: [Int]
  package let stateByteCount: Int
  /// Values that the optimizer keeps beside each parameter.
  package let optimizerStateCount: Int

  package init(of graph: Graph, optimizerStateCount: Int) {
    (offsets, blockByteCount) = blockLayout(of: graph.parameters.map(\.shape), graph.elementType)
    (stateOffsets, stateByteCount) = blockLayout(of: graph.states.map(\.shape), graph.elementType)
    self.optimizerStateCount = optimizerStateCount
  }

  /// Parameters and running statistics.
  package var parametersByteCount: Int { blockByteCount + stateByteCount }
  package var gradientsByteCount: Int { blockByteCount }
  package var optimizerByteCount: Int { blockByteCount * optimizerStateCount }
}

/// Offsets in bytes of matrices laid one after another, each at a multiple of 64 bytes, and the bytes of all.
package func blockLayout(of shapes: [Shape], _ elementType: ElementType) -> (offsets: [Int], byteCount: Int) {
  var offsets: [Int] = []
  offsets.reserveCapacity(shapes.count)
  var end = 0
  for shape in shapes {
    offsets.append(end)
    end += (shape.byteCount(of: elementType) + 63) & ~63
  }
  return (offsets, end)
}
