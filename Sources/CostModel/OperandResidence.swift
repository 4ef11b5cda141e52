import ComputationGraph
package import ExecutionPlanning

/// Where the operands of a plan's instructions stand when they are used, once iterations follow one another: in a cache,
/// or in memory only.
///
/// An operand is *cold* where more bytes were touched since its own last touch than the cache holds. Cold operands make
/// up to half of the time of small products, and which ones are cold depends on the plan: a kept activation is written
/// to memory that was last used an iteration ago, a discarded one over and over to the same bytes.
///
/// - Complexity: linear in the instructions, times at most 65,536 pieces of the arena.
package struct OperandResidence: Hashable, Sendable {
  /// By instruction: its operands that come from memory, inputs first.
  package let coldOperands: [OperandSet]

  /// - Parameters:
  ///   - cacheByteCount: what the caches can be trusted to hold, in bytes.
  ///   - optimizerStateCount: values that the update reads and writes beside each parameter and its gradient.
  package init(of plan: Plan, cacheByteCount: Int, optimizerStateCount: Int) {
    var walk = MemoryWalk(plan, cacheByteCount: cacheByteCount)
    // The first iteration leaves everything where the second finds it.
    for _ in 0..<2 {
      walk.beginIteration()
      for index in plan.instructions.indices { walk.touchOperands(ofInstruction: index) }
      walk.touchUpdatedParameters(optimizerStateCount: optimizerStateCount)
    }
    coldOperands = walk.coldOperands
  }
}

/// A clock that counts touched bytes.
///
/// A type of its own: as a method of the walk, `renew` would hold a second reference to the array that it changes an
/// element of, and each call would copy all of it.
private struct TouchClock {
  let cacheByteCount: Int
  var now: Int

  /// Whether what was last touched at `time` is cold by now, when it is touched again.
  func renew(_ time: inout Int) -> Bool {
    defer { time = now }
    return now - time > cacheByteCount
  }
}

/// For each piece of memory its time of the last touch.
private struct MemoryWalk {
  private let plan: Plan
  private let pieceByteCount: Int
  private var clock: TouchClock
  private var pieces: [Int]
  private var parameters: [Int]
  private var gradients: [Int]
  private var input = 0
  private var target = 0
  private(set) var coldOperands: [OperandSet]

  private static let smallestPieceByteCount = 4096
  private static let largestPieceCount = 65_536

  init(_ plan: Plan, cacheByteCount: Int) {
    self.plan = plan
    var pieceByteCount = Self.smallestPieceByteCount
    while plan.peakByteCount / pieceByteCount >= Self.largestPieceCount { pieceByteCount *= 2 }
    self.pieceByteCount = pieceByteCount
    // Far enough from zero that everything is cold at first.
    clock = TouchClock(cacheByteCount: cacheByteCount, now: cacheByteCount + 1)
    pieces = Array(repeating: 0, count: plan.peakByteCount / pieceByteCount + 1)
    parameters = Array(repeating: 0, count: plan.graph.parameters.count)
    gradients = parameters
    coldOperands = Array(repeating: [], count: plan.instructions.count)
  }

  /// The batch has just been laid out.
  mutating func beginIteration() {
    input = clock.now
    target = clock.now
  }

  mutating func touchOperands(ofInstruction index: Int) {
    let instruction = plan.instructions[index]
    var cold: OperandSet = []
    var touched = 0
    for (position, operand) in instruction.inputs.enumerated() {
      let (isCold, byteCount) = touch(operand)
      if isCold { cold.insert(operand: position) }
      touched += byteCount
    }
    for (position, operand) in instruction.outputs.enumerated() {
      let (isCold, byteCount) = touch(operand)
      if isCold { cold.insert(operand: instruction.inputs.count + position) }
      touched += byteCount
    }
    clock.now += touched
    coldOperands[index] = cold
  }

  mutating func touchUpdatedParameters(optimizerStateCount: Int) {
    for (index, parameter) in plan.graph.parameters.enumerated() {
      clock.now += plan.graph.byteCount(of: parameter.value) * (2 + optimizerStateCount)
      parameters[index] = clock.now
      gradients[index] = clock.now
    }
  }

  private mutating func touch(_ operand: Operand) -> (isCold: Bool, byteCount: Int) {
    let graph = plan.graph
    func byteCount(_ value: ValueID) -> Int { graph.byteCount(of: value) }
    switch operand {
    case .buffer(let number): return touch(plan.buffers[number])
    case .input: return (clock.renew(&input), byteCount(graph.input))
    case .target: return (clock.renew(&target), byteCount(graph.target))
    case .parameter(let index): return (clock.renew(&parameters[index]), byteCount(graph.parameters[index].value))
    case .gradient(let index): return (clock.renew(&gradients[index]), byteCount(graph.parameters[index].value))
    // A few numbers per column, or one.
    case .state, .loss, .correctCount: return (false, 0)
    }
  }

  /// A buffer is cold where most of its pieces are.
  private mutating func touch(_ buffer: PlannedBuffer) -> (isCold: Bool, byteCount: Int) {
    guard buffer.byteCount > 0 else { return (false, 0) }
    let last = (buffer.offset + buffer.byteCount - 1) / pieceByteCount
    var coldPieces = 0
    for piece in buffer.offset / pieceByteCount...last {
      if clock.renew(&pieces[piece]) { coldPieces += 1 }
    }
    return (2 * coldPieces > last - buffer.offset / pieceByteCount + 1, buffer.byteCount)
  }
}
