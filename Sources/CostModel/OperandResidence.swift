import ComputationGraph
package import ExecutionPlanning

/// Where the operands of a plan's instructions stand when they are used, once iterations follow one another: in a
/// cache, or in memory only.
///
/// An operand is *cold* where more other bytes were touched since its own last touch than the cache holds. Cold
/// operands make up to half of the time of small products, and which ones are cold depends on the plan: a kept
/// activation is written to memory that was last used an iteration ago, a discarded one over and over to the same
/// bytes.
///
/// - Complexity: linear in the instructions, times at most 65,536 pieces of the arena.
package struct OperandResidence: Hashable, Sendable {
  /// By instruction: its operands that come from memory, inputs first.
  package let coldOperands: [OperandSet]

  /// - Parameters:
  ///   - cacheByteCount: what the caches can be trusted to hold for the part, in bytes.
  ///   - optimizerStateCount: values that the update reads and writes beside each parameter and its gradient.
  ///   - partCount: threads that go through plans like this side by side, each with a cache like this: parameters stand
  ///     in all of these together, and the update is divided among them.
  package init(of plan: Plan, cacheByteCount: Int, optimizerStateCount: Int, partCount: Int = 1) {
    var walk = MemoryWalk(
      plan, cacheByteCount: cacheByteCount, optimizerStateCount: optimizerStateCount, partCount: partCount)
    // The first iteration leaves everything where the second finds it.
    for _ in 0..<2 {
      walk.beginIteration()
      for index in plan.instructions.indices { walk.touchOperands(ofInstruction: index) }
      walk.touchUpdatedParameters()
    }
    coldOperands = walk.coldOperands
  }
}

/// A plan's memory as items of a cache: the pieces of the arena, then parameters, gradients and optimizer states, then
/// the batch.
private struct MemoryWalk {
  private let plan: Plan
  private let pieceByteCount: Int
  private let firstParameter: Int
  private let firstGradient: Int
  private let firstState: Int
  private let input: Int
  private let target: Int
  private var cache: RecencyCache
  private(set) var coldOperands: [OperandSet]

  private static let smallestPieceByteCount = 4096
  private static let largestPieceCount = 65_536

  init(_ plan: Plan, cacheByteCount: Int, optimizerStateCount: Int, partCount: Int) {
    self.plan = plan
    var pieceByteCount = Self.smallestPieceByteCount
    while plan.peakByteCount / pieceByteCount >= Self.largestPieceCount { pieceByteCount *= 2 }
    self.pieceByteCount = pieceByteCount
    let parameters = plan.graph.parameters.map { plan.graph.byteCount(of: $0.value) }
    let shared = parameters.map { $0 / partCount }
    var items = Array(repeating: pieceByteCount, count: plan.peakByteCount / pieceByteCount + 1)
    firstParameter = items.count
    items += shared
    firstGradient = items.count
    items += parameters
    firstState = items.count
    items += shared.map { $0 * optimizerStateCount }
    input = items.count
    target = input + 1
    items += [plan.graph.byteCount(of: plan.graph.input), plan.graph.byteCount(of: plan.graph.target)]
    cache = RecencyCache(capacity: cacheByteCount, byteCounts: items)
    coldOperands = Array(repeating: [], count: plan.instructions.count)
  }

  /// The batch has just been laid out.
  mutating func beginIteration() {
    _ = cache.touch(input)
    _ = cache.touch(target)
  }

  mutating func touchOperands(ofInstruction index: Int) {
    let instruction = plan.instructions[index]
    var cold: OperandSet = []
    for (position, operand) in instruction.inputs.enumerated() where isColdWhenTouched(operand) {
      cold.insert(operand: position)
    }
    for (position, operand) in instruction.outputs.enumerated() where isColdWhenTouched(operand) {
      cold.insert(operand: instruction.inputs.count + position)
    }
    coldOperands[index] = cold
  }

  mutating func touchUpdatedParameters() {
    for index in plan.graph.parameters.indices {
      for first in [firstGradient, firstState, firstParameter] { _ = cache.touch(first + index) }
    }
  }

  private mutating func isColdWhenTouched(_ operand: Operand) -> Bool {
    switch operand {
    case .buffer(let number): isColdWhenTouched(plan.buffers[number])
    case .input: !cache.touch(input)
    case .target: !cache.touch(target)
    case .parameter(let index): !cache.touch(firstParameter + index)
    case .gradient(let index): !cache.touch(firstGradient + index)
    // A few numbers per column, or one.
    case .state, .loss, .correctCount: false
    }
  }

  /// A buffer is cold where most of its pieces are.
  private mutating func isColdWhenTouched(_ buffer: PlannedBuffer) -> Bool {
    guard buffer.byteCount > 0 else { return false }
    let pieces = buffer.offset / pieceByteCount...(buffer.offset + buffer.byteCount - 1) / pieceByteCount
    var coldPieces = 0
    for piece in pieces where !cache.touch(piece) { coldPieces += 1 }
    return 2 * coldPieces > pieces.count
  }
}
