package import ArenaMemory
package import ComputationGraph
package import SystemCalls

/// The memory of everything that outlives an iteration: parameters, their gradients, the optimizer's state and the
/// running statistics of batch norms.
///
/// Each kind is one block in which every parameter starts at a multiple of 64 bytes; the gaps are zero and stay zero
/// under every optimizer, so that an update or a norm is one pass over a whole block.
package final class ParameterStorage<Element: TrainingElement> {
  package let parameters: [Parameter]
  package let states: [RunningState]
  package let parameterBlock: MemoryBlock
  package let gradientBlock: MemoryBlock
  /// One block for each value that the optimizer keeps beside a parameter.
  package let optimizerBlocks: [MemoryBlock]
  package let stateBlock: MemoryBlock
  private let offsets: [Int]
  private let stateOffsets: [Int]

  /// Takes zeroed blocks for a graph's parameters.
  package init(for graph: Graph, optimizerStateCount: Int, in arena: JemallocArena) throws(ArenaMemoryError) {
    parameters = graph.parameters
    states = graph.states
    let layout = blockLayout(of: graph.parameters.map(\.shape), Element.elementType)
    let stateLayout = blockLayout(of: graph.states.map(\.shape), Element.elementType)
    offsets = layout.offsets
    stateOffsets = stateLayout.offsets
    func block(_ byteCount: Int) throws(ArenaMemoryError) -> MemoryBlock {
      try MemoryBlock(byteCount: byteCount, zeroed: true, in: arena)
    }
    parameterBlock = try block(layout.byteCount)
    gradientBlock = try block(layout.byteCount)
    var optimizerBlocks: [MemoryBlock] = []
    for _ in 0..<optimizerStateCount { optimizerBlocks.append(try block(layout.byteCount)) }
    self.optimizerBlocks = optimizerBlocks
    stateBlock = try block(stateLayout.byteCount)
  }

  /// Elements of each block of parameters, gaps included.
  package var elementCount: Int { parameterBlock.byteCount / MemoryLayout<Element>.stride }

  package var parameterAddresses: [MemoryAddress] { offsets.map { parameterBlock.address.advanced(by: $0) } }
  package var gradientAddresses: [MemoryAddress] { offsets.map { gradientBlock.address.advanced(by: $0) } }
  package var stateAddresses: [MemoryAddress] { stateOffsets.map { stateBlock.address.advanced(by: $0) } }

  /// The elements of one parameter, row-major.
  package func values(ofParameter index: Int) throws(ArenaMemoryError) -> [Element] {
    try parameterBlock.read(Element.self, atByte: offsets[index], count: parameters[index].shape.elementCount)
  }

  package func setValues(_ values: [Element], ofParameter index: Int) throws(ArenaMemoryError) {
    precondition(values.count == parameters[index].shape.elementCount, "a parameter has as many values as its shape")
    try parameterBlock.write(values, atByte: offsets[index])
  }

  /// The gradient of one parameter, row-major.
  package func gradient(ofParameter index: Int) throws(ArenaMemoryError) -> [Element] {
    try gradientBlock.read(Element.self, atByte: offsets[index], count: parameters[index].shape.elementCount)
  }

  /// The running statistics of one batch norm: means, then variances.
  package func values(ofState index: Int) throws(ArenaMemoryError) -> [Element] {
    try stateBlock.read(Element.self, atByte: stateOffsets[index], count: states[index].shape.elementCount)
  }

  package func setValues(_ values: [Element], ofState index: Int) throws(ArenaMemoryError) {
    precondition(values.count == states[index].shape.elementCount, "a state has as many values as its shape")
    try stateBlock.write(values, atByte: stateOffsets[index])
  }
}

/// A floating-point type that networks train in.
package protocol TrainingElement: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  static var elementType: ElementType { get }
}

extension Float: TrainingElement {
  package static var elementType: ElementType { .float32 }
}

extension Double: TrainingElement {
  package static var elementType: ElementType { .float64 }
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
