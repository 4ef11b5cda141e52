package import ComputationGraph
import ExecutionPlanning

/// Where every parameter stands in its block, and the bytes of everything that outlives an iteration: the one place
/// that knows these sizes, before and after the memory is taken.
///
/// Each kind of number (parameters, gradients, each value of the optimizer's state) has one block in which every
/// parameter starts at a multiple of 64 bytes.
package struct ParameterLayout: Hashable, Sendable {
  /// What the graph computes in.
  package let elementType: ElementType
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
    elementType = graph.elementType
    let type = graph.elementType.accumulationType
    (offsets, blockByteCount) = blockLayout(of: graph.parameters.map(\.shape), type)
    (stateOffsets, stateByteCount) = blockLayout(of: graph.states.map(\.shape), type)
    self.optimizerStateCount = optimizerStateCount
  }

  /// Bytes of the bfloat16 copy of the parameters' block that products read weights from; each parameter's copy stands
  /// at half its offset. 0 where a graph computes in the parameters' own type.
  package var roundedByteCount: Int { elementType == .bfloat16 ? blockByteCount / 2 : 0 }

  /// Parameters, their copy and running statistics.
  package var parametersByteCount: Int { blockByteCount + roundedByteCount + stateByteCount }
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
    end += bufferAligned(shape.byteCount(of: elementType))
  }
  return (offsets, end)
}
