package import ArenaMemory
package import ComputationGraph
package import Kernels
package import SystemCalls

/// The memory of everything that outlives an iteration: parameters, their gradients, the optimizer's state and the
/// running statistics of batch norms.
///
/// Where a network computes in bfloat16, products read its weights from a rounded copy of the parameters.
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
  /// The parameters rounded to bfloat16, where products read weights so; each stands at half its offset.
  package let roundedBlock: MemoryBlock?
  /// Whether parameters have changed since they were rounded.
  private var roundedBlockIsStale = true
  package let layout: ParameterLayout

  /// Takes zeroed blocks for a graph's parameters.
  ///
  /// - Parameters:
  ///   - keepsGradients: false where gradients never stand here; their block is empty then.
  ///   - hugePages: whether to ask for huge pages, or for none.
  package init(
    for graph: Graph, optimizerStateCount: Int, keepsGradients: Bool = true, hugePages: Bool = true,
    in arena: JemallocArena
  ) throws(ArenaMemoryError) {
    parameters = graph.parameters
    states = graph.states
    let layout = ParameterLayout(of: graph, optimizerStateCount: optimizerStateCount)
    self.layout = layout
    func block(_ byteCount: Int) throws(ArenaMemoryError) -> MemoryBlock {
      try MemoryBlock(streamedByteCount: byteCount, zeroed: true, hugePages: hugePages, in: arena)
    }
    parameterBlock = try block(layout.blockByteCount)
    gradientBlock = try block(keepsGradients ? layout.blockByteCount : 0)
    var optimizerBlocks: [MemoryBlock] = []
    for _ in 0..<optimizerStateCount { optimizerBlocks.append(try block(layout.blockByteCount)) }
    self.optimizerBlocks = optimizerBlocks
    stateBlock = try block(layout.stateByteCount)
    roundedBlock = layout.roundedByteCount > 0 ? try block(layout.roundedByteCount) : nil
  }

  /// Elements of each block of parameters, gaps included.
  package var elementCount: Int { parameterBlock.byteCount / MemoryLayout<Element>.stride }

  package var parameterAddresses: [MemoryAddress] { layout.offsets.map { parameterBlock.address.advanced(by: $0) } }
  package var gradientAddresses: [MemoryAddress] { gradientAddresses(in: gradientBlock) }
  /// Where kernels read the parameters: weights of products where they stand rounded, if they do.
  package var operandAddresses: [MemoryAddress] {
    parameters.indices.map { index in
      if let roundedBlock, case .weight = parameters[index].kind {
        roundedBlock.address.advanced(by: layout.offsets[index] / 2)
      } else {
        parameterBlock.address.advanced(by: layout.offsets[index])
      }
    }
  }
  package var stateAddresses: [MemoryAddress] { layout.stateOffsets.map { stateBlock.address.advanced(by: $0) } }

  /// Puts memory behind all blocks, so that the first iteration causes no page fault.
  package func prefault(team: ThreadTeam = .single) throws(ArenaMemoryError) {
    for block in blocks { try block.prefault { team.parallel($0) } }
  }

  /// Bytes of all blocks that are not in memory now.
  func missingBytes() throws(ArenaMemoryError) -> Int {
    var sum = 0
    for block in blocks { sum += try block.missingBytes() }
    return sum
  }

  private var blocks: [MemoryBlock] {
    [parameterBlock, gradientBlock, stateBlock] + optimizerBlocks + [roundedBlock].compactMap(\.self)
  }

  /// Rounds all parameters for the products that read them so, where any has been set since. Allocates nothing.
  package func bringRoundedUpToDate(team: ThreadTeam) {
    guard roundedBlockIsStale else { return }
    roundedBlockIsStale = false
    round(from: 0, count: elementCount, team: team)
  }

  /// Rounds parameters that have been updated where they stand.
  ///
  /// - Parameter byteOffset: of the first in each block.
  func round(from byteOffset: Int, count: Int, team: ThreadTeam) {
    guard let roundedBlock else { return }
    Conversion.round(
      parameterBlock.address.advanced(by: byteOffset), to: roundedBlock.address.advanced(by: byteOffset / 2),
      count: count, team: team)
  }

  /// Where the parameters' gradients stand in a block of the gradient block's size.
  func gradientAddresses(in block: MemoryBlock) -> [MemoryAddress] {
    layout.offsets.map { block.address.advanced(by: $0) }
  }

  /// The elements of one parameter, row-major.
  package func values(ofParameter index: Int) throws(ArenaMemoryError) -> [Element] {
    try parameterBlock.read(Element.self, atByte: layout.offsets[index], count: parameters[index].shape.elementCount)
  }

  /// To be called before ``withValues(ofParameter:_:)``.
  package func parametersWillChange() { roundedBlockIsStale = true }

  /// Hands over the elements of one parameter, row-major, to be written where they stand; several threads may do so to
  /// one each.
  package func withValues(ofParameter index: Int, _ body: (inout MutableSpan<Element>) -> Void) {
    precondition(roundedBlockIsStale, "it is told beforehand that parameters change")
    parameterBlock.withMutableElements(
      Element.self, atByte: layout.offsets[index], count: parameters[index].shape.elementCount, body)
  }

  package func setValues(_ values: [Element], ofParameter index: Int) throws(ArenaMemoryError) {
    precondition(values.count == parameters[index].shape.elementCount, "a parameter has as many values as its shape")
    roundedBlockIsStale = true
    try parameterBlock.write(values, atByte: layout.offsets[index])
  }

  /// One element of a parameter; `entry` is its index, row-major.
  package func value(at entry: Int, ofParameter index: Int) throws(ArenaMemoryError) -> Element {
    try parameterBlock.read(Element.self, atByte: byteOffset(of: entry, parameter: index), count: 1)[0]
  }

  package func setValue(_ value: Element, at entry: Int, ofParameter index: Int) throws(ArenaMemoryError) {
    roundedBlockIsStale = true
    try parameterBlock.write([value], atByte: byteOffset(of: entry, parameter: index))
  }

  private func byteOffset(of entry: Int, parameter index: Int) -> Int {
    precondition(entry >= 0 && entry < parameters[index].shape.elementCount, "an entry of the parameter")
    return layout.offsets[index] + entry * MemoryLayout<Element>.stride
  }

  /// The gradient of one parameter, row-major.
  package func gradient(ofParameter index: Int) throws(ArenaMemoryError) -> [Element] {
    try gradientBlock.read(Element.self, atByte: layout.offsets[index], count: parameters[index].shape.elementCount)
  }

  /// The gradients of all parameters.
  package func allGradients() throws(ArenaMemoryError) -> [[Element]] {
    var gradients: [[Element]] = []
    for index in parameters.indices { gradients.append(try gradient(ofParameter: index)) }
    return gradients
  }

  /// The running statistics of one batch norm: means, then variances.
  package func values(ofState index: Int) throws(ArenaMemoryError) -> [Element] {
    try stateBlock.read(Element.self, atByte: layout.stateOffsets[index], count: states[index].shape.elementCount)
  }

  package func setValues(_ values: [Element], ofState index: Int) throws(ArenaMemoryError) {
    precondition(values.count == states[index].shape.elementCount, "a state has as many values as its shape")
    try stateBlock.write(values, atByte: layout.stateOffsets[index])
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
