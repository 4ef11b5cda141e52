import ArenaMemory
import ComputationGraph
import Execution
import ExecutionPlanning

/// Watches one run for the first number that is not finite: in the arena, in a parameter's gradient or the loss itself.
/// The first is that of the earliest instruction: where instructions run tile by tile, others may be seen before it.
final class NonFiniteLocator<Element: TrainingElement>: ExecutionObserver {
  /// The instruction after which it was seen, and what it is.
  private(set) var finding: (instruction: Int, origin: Divergence.Origin)?
  /// What was found in an earlier run of the plan is not looked for any more.
  private var hasEnded = false
  private let run: PartRun<Element>
  private let arena: Arena
  private let storage: ParameterStorage<Element>
  private let gradients: MemoryBlock
  private let stageNames: [String]

  private var plan: Plan { run.executor.plan }

  /// - Parameter gradients: the block that the run's gradients go to.
  init(
    _ run: PartRun<Element>, arena: Arena, storage: ParameterStorage<Element>, gradients: MemoryBlock,
    stageNames: [String]
  ) {
    self.run = run
    self.arena = arena
    self.storage = storage
    self.gradients = gradients
    self.stageNames = stageNames
  }

  func runWillBegin() { hasEnded = finding != nil }

  func didRun(instruction index: Int, rows: CompletedRows) {
    if let finding, hasEnded || finding.instruction <= index { return }
    let instruction = plan.instructions[index]
    for operand in instruction.outputs {
      guard let (element, parameter) = firstNotFinite(in: operand, rows) else { continue }
      finding = (
        index,
        Divergence.Origin(
          stage: instruction.stage < stageNames.count ? stageNames[instruction.stage] : "the loss",
          operation: plan.graph.nodes[instruction.node].operation.name, phase: instruction.phase.rawValue,
          element: element, parameter: parameter)
      )
      return
    }
  }

  /// The element, counted from the first row of the run's slice, and the parameter whose gradient it is.
  private func firstNotFinite(in operand: Operand, _ rows: CompletedRows) -> (element: Int, parameter: String?)? {
    switch operand {
    case .buffer(let number):
      let buffer = plan.buffers[number]
      guard let value = buffer.value else { return nil }
      let shape = plan.graph[value].shape
      let elements = rows.elements(of: value, in: plan.graph)
      let elementType = plan.graph.elementType(of: value)
      let byteOffset = run.executor.arenaOffset + buffer.offset + elements.lowerBound * elementType.byteCount
      let element =
        switch elementType {
        case .float32, .float64: arena.block.firstNotFinite(Element.self, atByte: byteOffset, count: elements.count)
        case .bfloat16: arena.block.firstNotFiniteBFloat16(atByte: byteOffset, count: elements.count)
        }
      guard let element = element.map({ $0 + elements.lowerBound }) else { return nil }
      return (element + (shape.rows == plan.graph.batchRows ? run.rows.lowerBound * shape.columns : 0), nil)
    case .gradient(let index):
      guard rows.areLast else { return nil }
      return storage.firstNotFinite(ofParameter: index, in: gradients).map { ($0, storage.parameters[index].name) }
    case .loss: return run.latestLoss.isFinite ? nil : (0, nil)
    case .input, .target, .parameter, .state, .correctCount: return nil
    }
  }
}

extension MemoryBlock {
  /// The index of the first of `count` elements that is not finite.
  func firstNotFinite<Element: TrainingElement>(_ type: Element.Type, atByte offset: Int, count: Int) -> Int? {
    switch Element.elementType {
    case .float32: firstIndex(ofExponent: 0x7F80_0000 as UInt32, atByte: offset, count: count)
    case .float64: firstIndex(ofExponent: 0x7FF0_0000_0000_0000 as UInt64, atByte: offset, count: count)
    case .bfloat16: firstNotFiniteBFloat16(atByte: offset, count: count)
    }
  }

  /// The same of bfloat16 elements.
  fileprivate func firstNotFiniteBFloat16(atByte offset: Int, count: Int) -> Int? {
    firstIndex(ofExponent: 0x7F80 as UInt16, atByte: offset, count: count)
  }

  /// Infinities and not-a-number have the largest exponent. All parameters are looked at after every epoch, so this is
  /// done on their bits, without a call for each.
  @inline(__always)
  private func firstIndex<Bits: FixedWidthInteger & BitwiseCopyable>(
    ofExponent largest: Bits, atByte offset: Int, count: Int
  ) -> Int? {
    withElements(Bits.self, atByte: offset, count: count) { bits in
      for index in 0..<bits.count where bits[index] & largest == largest { return index }
      return nil
    }
  }
}

extension ParameterStorage {
  /// Whether every gradient is finite.
  package var gradientsAreFinite: Bool {
    parameters.indices.allSatisfy { firstNotFinite(ofParameter: $0, in: gradientBlock) == nil }
  }

  /// The first element of a parameter, or of its gradient, that is not finite.
  func firstNotFinite(ofParameter index: Int, in block: MemoryBlock) -> Int? {
    block.firstNotFinite(Element.self, atByte: layout.offsets[index], count: parameters[index].shape.elementCount)
  }
}
