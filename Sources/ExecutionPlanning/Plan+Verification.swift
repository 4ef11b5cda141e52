import ComputationGraph

extension Plan {
  /// Checks every invariant of a plan, sharing no code with what makes plans: the arena is a map from bytes to the
  /// buffer that was written to them last, and the instructions are carried out on that map alone.
  ///
  /// - Each operand is the value that the graph's node reads or writes there, or the widened copy of a value that it
  ///   reads, and has its size.
  /// - Each buffer is written once, by the instruction at which its life begins, and mentioned last by the one at which
  ///   it ends; a workspace is written by every instruction that has it.
  /// - When an instruction reads a buffer, all bytes of it are still those that were written: every value read is live,
  ///   and no two live buffers share bytes.
  /// - What an instruction writes, and its workspace, share no byte with each other or with what it reads; but the
  ///   first output may take over exactly the bytes of an input that ends there, where the operator allows it.
  /// - The peak is the highest end of a buffer, and the lower bound the largest sum of live bytes.
  /// - Backward nodes and those with an effect that outlives the run are executed once, and the results are written
  ///   once: the gradient of each parameter that has one, by the node that computes it, and the loss.
  ///
  /// - Throws: the first violation.
  /// - Complexity: O(n log n) in the instructions and buffers.
  package func verify() throws(PlanViolation) {
    var check = PlanCheck(self)
    try check.checkBuffers()
    for index in instructions.indices { try check.carryOut(index) }
    try check.finish()
  }
}

/// What is wrong with a plan: a defect of the planner, as a sentence.
package struct PlanViolation: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// The state of a check between two instructions.
private struct PlanCheck {
  let plan: Plan
  private var arena: ByteOwners
  private var isWritten: [Bool]
  private var lastMention: [Int]
  /// What has been written outside the arena.
  private var gradientIsWritten: [Bool]
  private var written: Set<Operand> = []
  private var isExecuted: [Bool]

  init(_ plan: Plan) {
    self.plan = plan
    var boundaries: [Int] = []
    boundaries.reserveCapacity(2 * plan.buffers.count)
    for buffer in plan.buffers {
      boundaries.append(buffer.offset)
      boundaries.append(buffer.offset + buffer.alignedByteCount)
    }
    arena = ByteOwners(boundaries: boundaries, ownerCount: plan.buffers.count)
    isWritten = Array(repeating: false, count: plan.buffers.count)
    lastMention = Array(repeating: -1, count: plan.buffers.count)
    isExecuted = Array(repeating: false, count: plan.graph.nodes.count)
    gradientIsWritten = Array(repeating: false, count: plan.graph.parameters.count)
  }

  func checkBuffers() throws(PlanViolation) {
    var peak = 0
    for (number, buffer) in plan.buffers.enumerated() {
      guard buffer.offset >= 0, buffer.offset % bufferAlignment == 0 else {
        throw PlanViolation("buffer \(number) stands at offset \(buffer.offset), no multiple of \(bufferAlignment)")
      }
      guard buffer.liveRange.lowerBound >= 0, buffer.liveRange.upperBound <= plan.instructions.count else {
        throw PlanViolation("buffer \(number) lives from \(buffer.liveRange), outside the plan")
      }
      if let value = buffer.value, plan.graph.byteCount(of: value) != buffer.byteCount {
        throw PlanViolation("buffer \(number) has \(buffer.byteCount) bytes, another size than its value")
      }
      peak = max(peak, buffer.offset + buffer.alignedByteCount)
    }
    guard peak == plan.peakByteCount else {
      throw PlanViolation("the highest buffer ends at \(peak), and the peak is said to be \(plan.peakByteCount)")
    }
  }

  mutating func carryOut(_ index: Int) throws(PlanViolation) {
    let instruction = plan.instructions[index]
    guard plan.graph.nodes.indices.contains(instruction.node) else {
      throw PlanViolation("instruction \(index) executes node \(instruction.node), which the graph has not")
    }
    let node = plan.graph.nodes[instruction.node]
    try checkOperands(instruction.inputs, are: node.inputs, orCopies: true, at: index)
    try checkOperands(instruction.outputs, are: node.outputs, orCopies: false, at: index)
    if node.operation.hasSideEffect || node.differentiates != nil, isExecuted[instruction.node] {
      throw PlanViolation("\(name(of: index)) is executed a second time")
    }
    isExecuted[instruction.node] = true
    for case .buffer(let number) in instruction.inputs { try checkIsHeld(number, at: index, as: "read") }
    let replaced = replacedInput(of: instruction, at: index)
    var writes = instruction.outputs
    if let workspace = instruction.workspace {
      guard plan.buffers.indices.contains(workspace), plan.buffers[workspace].category == .workspace,
        plan.buffers[workspace].value == nil
      else {
        throw PlanViolation("the workspace of \(name(of: index)) holds a value")
      }
      writes.append(.buffer(workspace))
    }
    for operand in writes {
      guard case .buffer(let number) = operand else {
        try writeOnce(operand)
        continue
      }
      try write(number, at: index)
    }
    // Whatever it reads and writes is there as a whole while it runs.
    for case .buffer(let number) in writes { try checkIsHeld(number, at: index, as: "written") }
    for case .buffer(let number) in instruction.inputs where number != replaced {
      try checkIsHeld(number, at: index, as: "read")
    }
  }

  func finish() throws(PlanViolation) {
    for (number, buffer) in plan.buffers.enumerated() {
      guard isWritten[number] else { throw PlanViolation("buffer \(number) is never written") }
      guard lastMention[number] + 1 == buffer.liveRange.upperBound else {
        throw PlanViolation("buffer \(number) is used last by instruction \(lastMention[number]), not where it ends")
      }
    }
    for (index, node) in plan.graph.nodes.enumerated() where mustBeExecuted(node) && !isExecuted[index] {
      throw PlanViolation("node \(index) (\(node.operation.name)) is never executed")
    }
    for (parameter, isWanted) in gradientsAreWanted().enumerated() where isWanted && !gradientIsWritten[parameter] {
      throw PlanViolation("the gradient of parameter \(parameter) is never written")
    }
    let largest = largestLiveSum()
    guard largest == plan.lowerBoundByteCount else {
      throw PlanViolation(
        "the most bytes live at once are \(largest), and the lower bound is said to be \(plan.lowerBoundByteCount)")
    }
  }

  // MARK: Parts

  /// A buffer holds a value of the graph; what stands outside the arena is named by the value's source, and the results
  /// of a run are nodes' outputs too.
  private func checkOperands(
    _ operands: OperandList<Operand>, are values: OperandList<ValueID>, orCopies: Bool, at index: Int
  ) throws(PlanViolation) {
    guard operands.count == values.count else {
      throw PlanViolation("\(name(of: index)) has \(operands.count) operands where its node has \(values.count)")
    }
    for (operand, value) in zip(operands, values) {
      let isRight: Bool
      switch (operand, plan.graph[value].source) {
      case (.buffer(let number), .node):
        isRight = plan.buffers.indices.contains(number) && holds(plan.buffers[number], value, orCopy: orCopies)
      case (.input, .input), (.target, .target): isRight = true
      case (.parameter(let named), .parameter(let wanted)), (.state(let named), .state(let wanted)):
        isRight = named == wanted
      case (.gradient(let parameter), .node): isRight = self.parameter(whoseGradientIs: value) == parameter
      case (.loss, .node): isRight = value == plan.graph.loss
      case (.correctCount, .node): isRight = value == plan.graph.correctCount
      case (.buffer, _), (.input, _), (.target, _), (.parameter, _), (.state, _), (.gradient, _), (.loss, _),
        (.correctCount, _):
        isRight = false
      }
      guard isRight else { throw PlanViolation("\(name(of: index)) has \(operand) where its node has %\(value.index)") }
    }
  }

  private func mustBeExecuted(_ node: Node) -> Bool {
    node.differentiates != nil || node.operation.hasSideEffect
      || node.outputs.contains { $0 == plan.graph.loss || $0 == plan.graph.correctCount }
  }

  /// By parameter: whether a run leaves its gradient behind. What an update inside the reverse pass reads it does not.
  private func gradientsAreWanted() -> [Bool] {
    var areWanted = Array(repeating: false, count: plan.graph.parameters.count)
    for node in plan.graph.nodes where node.differentiates != nil {
      if node.operation == .parameterUpdate {
        if let parameter = parameter(whoseGradientIs: node.inputs[0]) { areWanted[parameter] = false }
      } else {
        for output in node.outputs {
          if let parameter = parameter(whoseGradientIs: output) { areWanted[parameter] = true }
        }
      }
    }
    return areWanted
  }

  /// The parameter whose gradient a value is: one of those that the differentiated node reads, in their order.
  private func parameter(whoseGradientIs value: ValueID) -> Int? {
    guard case .node(let index) = plan.graph[value].source, let forward = plan.graph.nodes[index].differentiates,
      let position = plan.graph.nodes[index].outputs.firstIndex(of: value)
    else { return nil }
    let parameters = plan.graph.nodes[forward].inputs.compactMap { input -> Int? in
      if case .parameter(let parameter) = plan.graph[input].source { parameter } else { nil }
    }
    switch plan.graph.nodes[index].operation {
    case .linearWeightGradient: return parameters.first
    case .linearBiasGradient: return parameters.last
    case .layerNormParameterGradients, .batchNormParameterGradients: return parameters[position]
    case .linear, .activation, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm,
      .updateRunningStatistics, .dropout, .add, .loss, .correctCount, .lossGradient, .activationGradient,
      .linearInputGradient, .layerNormInputGradient, .batchNormInputGradient, .narrow, .widen, .parameterUpdate:
      return nil
    }
  }

  /// Whether a buffer holds a value, or where that will do its widened copy.
  private func holds(_ buffer: PlannedBuffer, _ value: ValueID, orCopy: Bool) -> Bool {
    buffer.value == value || (orCopy && buffer.value.map { plan.graph.unrounded($0) } == value)
  }

  private mutating func checkIsHeld(_ number: Int, at index: Int, as use: String) throws(PlanViolation) {
    let buffer = plan.buffers[number]
    lastMention[number] = index
    guard isWritten[number], buffer.liveRange.contains(index) else {
      throw PlanViolation("buffer \(number) is \(use) by \(name(of: index)) while it is not live")
    }
    guard arena.areOwned(by: number) else {
      throw PlanViolation("buffer \(number) is \(use) by \(name(of: index)) while others have written to its bytes")
    }
  }

  /// A gradient or a scalar, which stands outside the arena.
  private mutating func writeOnce(_ operand: Operand) throws(PlanViolation) {
    let isFirst: Bool
    if case .gradient(let parameter) = operand {
      isFirst = !gradientIsWritten[parameter]
      gradientIsWritten[parameter] = true
    } else {
      isFirst = written.insert(operand).inserted
    }
    guard isFirst else { throw PlanViolation("\(operand) is written twice") }
  }

  private mutating func write(_ number: Int, at index: Int) throws(PlanViolation) {
    let buffer = plan.buffers[number]
    if buffer.category == .workspace, isWritten[number] { return }
    guard !isWritten[number], buffer.liveRange.lowerBound == index else {
      throw PlanViolation("buffer \(number) is written by \(name(of: index)), where its life does not begin")
    }
    isWritten[number] = true
    arena.assign(number, from: buffer.offset, to: buffer.offset + buffer.alignedByteCount)
  }

  /// The input whose bytes the first output takes over.
  private func replacedInput(of instruction: Instruction, at index: Int) -> Int? {
    guard case .buffer(let output)? = instruction.outputs.first else { return nil }
    for position in plan.graph.nodes[instruction.node].operation.overwritableInputs {
      guard case .buffer(let input) = instruction.inputs[position] else { continue }
      let (from, to) = (plan.buffers[input], plan.buffers[output])
      if from.isOverwritten, from.offset == to.offset, from.byteCount == to.byteCount,
        from.liveRange.upperBound == index + 1, instruction.inputs.count(where: { $0 == .buffer(input) }) == 1
      {
        return input
      }
    }
    return nil
  }

  /// A buffer that is taken over in place and its successor are live together at one instruction, in the same bytes.
  private func largestLiveSum() -> Int {
    var changes = Array(repeating: 0, count: plan.instructions.count + 1)
    for buffer in plan.buffers {
      changes[buffer.liveRange.lowerBound] += buffer.alignedByteCount
      changes[buffer.liveRange.upperBound - (buffer.isOverwritten ? 1 : 0)] -= buffer.alignedByteCount
    }
    var sum = 0
    var largest = 0
    for change in changes {
      sum += change
      largest = max(largest, sum)
    }
    return largest
  }

  private func name(of index: Int) -> String {
    "instruction \(index) (\(plan.graph.nodes[plan.instructions[index].node].operation.name))"
  }
}
