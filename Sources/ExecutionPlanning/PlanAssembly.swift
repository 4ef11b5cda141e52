import BufferPlacement
import ComputationGraph

/// From drafted instructions to a plan: drops what nobody reads, numbers the buffers that remain with their live
/// ranges, adds workspace, lets values follow one another in place, and places everything.
///
/// All steps are linear in the instructions but the placement, which says its own cost.
struct PlanAssembly {
  private let graph: Graph
  private let facts: PlanFacts
  private let bufferValues: [(value: ValueID, stage: Int)]
  private var instructions: [Instruction]
  private var buffers: [PlannedBuffer] = []
  /// The number in the plan of each drafted buffer, -1 before it is written.
  private var numbers: [Int32]
  /// The workspace of all instructions, where they share one and the first of them has been there.
  private var sharedWorkspace: Int?

  /// - Parameters:
  ///   - workspaces: of the nodes' kernels.
  static func plan(
    from builder: consuming PlanBuilder, workspaces: KernelWorkspaces, effort: PlacementEffort
  ) -> Plan {
    let stays = stayingInstructions(of: builder)
    let executions = builder.executionCounts(stays: stays)
    var assembly = PlanAssembly(&builder)
    assembly.assemble(stays, workspaces)
    return assembly.placed(executions: executions, effort: effort)
  }

  private init(_ builder: inout PlanBuilder) {
    instructions = builder.takeInstructions()
    let builder = builder
    graph = builder.graph
    facts = builder.facts
    bufferValues = builder.bufferValues
    numbers = Array(repeating: -1, count: bufferValues.count)
  }

  /// Those with an effect outside the arena, and those whose outputs a staying one reads.
  private static func stayingInstructions(of builder: borrowing PlanBuilder) -> [Bool] {
    let draft = builder.instructions
    var isRead = Array(repeating: false, count: builder.bufferValues.count)
    var stays = Array(repeating: false, count: draft.count)
    for index in draft.indices.reversed() {
      let outputs = draft[index].outputs
      stays[index] =
        outputs.isEmpty
        || outputs.contains { output in
          if case .buffer(let buffer) = output { isRead[buffer] } else { true }
        }
      guard stays[index] else { continue }
      for case .buffer(let buffer) in draft[index].inputs { isRead[buffer] = true }
    }
    return stays
  }

  /// Brings the instructions that stay together, in place, and numbers their buffers.
  private mutating func assemble(_ stays: [Bool], _ workspaces: KernelWorkspaces) {
    buffers.reserveCapacity(bufferValues.count)
    var now = 0
    for index in instructions.indices where stays[index] {
      var instruction = instructions[index]
      instruction.inputs = instruction.inputs.mapped { used($0, at: now) }
      instruction.outputs = instruction.outputs.mapped { used($0, at: now) }
      instruction.workspace = workspace(of: instruction, workspaces, at: now)
      instructions[now] = instruction
      now += 1
    }
    instructions.removeLast(instructions.count - now)
  }

  /// The buffer of an instruction's workspace; nil where it needs none.
  private mutating func workspace(
    of instruction: Instruction, _ workspaces: KernelWorkspaces, at now: Int
  ) -> Int? {
    let byteCount = workspaces.byteCounts[instruction.node]
    guard byteCount > 0 else { return nil }
    if let number = sharedWorkspace {
      buffers[number].liveRange = buffers[number].liveRange.lowerBound..<now + 1
      return number
    }
    let number = buffers.count
    if workspaces.areShared { sharedWorkspace = number }
    appendBuffer(
      value: nil, stage: instruction.stage, category: .workspace,
      byteCount: workspaces.areShared ? workspaces.largestByteCount : byteCount, at: now)
    return number
  }

  /// The plan's operand for a drafted one, which is live from now on and at least until now.
  private mutating func used(_ operand: Operand, at now: Int) -> Operand {
    guard case .buffer(let drafted) = operand else { return operand }
    if numbers[drafted] < 0 {
      numbers[drafted] = Int32(buffers.count)
      let (value, stage) = bufferValues[drafted]
      appendBuffer(
        value: value, stage: stage, category: category(of: value),
        byteCount: graph.byteCount(of: value), at: now)
    }
    let number = Int(numbers[drafted])
    buffers[number].liveRange = buffers[number].liveRange.lowerBound..<now + 1
    return .buffer(number)
  }

  private mutating func appendBuffer(
    value: ValueID?, stage: Int, category: PlannedBuffer.Category, byteCount: Int, at now: Int
  ) {
    buffers.append(
      PlannedBuffer(
        value: value, stage: stage, category: category, byteCount: byteCount, liveRange: now..<now + 1, offset: 0,
        isOverwritten: false))
  }

  private func category(of value: ValueID) -> PlannedBuffer.Category {
    if facts.gradientsInArena.contains(value) { return .gradient }
    guard case .node(let node) = graph[value].source, graph.nodes[node].differentiates == nil else { return .cotangent }
    return .activation
  }

  private mutating func placed(executions: ExecutionCounts, effort: PlacementEffort) -> Plan {
    let storageOfBuffer = overwriteInPlace()
    var storages: [PlacementBuffer] = []
    var storageNumber = Array(repeating: 0, count: buffers.count)
    storages.reserveCapacity(buffers.count)
    for index in buffers.indices {
      let root = storageOfBuffer[index]
      if root == index {
        storageNumber[index] = storages.count
        storages.append(buffers[index].placementBuffer(until: buffers[index].liveRange.upperBound))
      } else {
        let number = storageNumber[root]
        let lower = storages[number].lower
        storages[number] = buffers[root].placementBuffer(from: lower, until: buffers[index].liveRange.upperBound)
      }
    }
    let placement = place(storages, effort: effort)
    for index in buffers.indices { buffers[index].offset = placement.offsets[storageNumber[storageOfBuffer[index]]] }
    return Plan(
      graph: graph, instructions: instructions, buffers: buffers, peakByteCount: placement.height,
      lowerBoundByteCount: placement.lowerBound, executions: executions)
  }

  /// Lets an output take over the bytes of an input that is read for the last time by the instruction that writes it,
  /// where the operator allows and the sizes agree. Gives for each buffer the first one whose bytes it lives in.
  private mutating func overwriteInPlace() -> [Int] {
    var storage = Array(buffers.indices)
    for (time, instruction) in instructions.enumerated() {
      guard case .buffer(let output)? = instruction.outputs.first else { continue }
      for position in graph.nodes[instruction.node].operation.overwritableInputs {
        guard case .buffer(let input) = instruction.inputs[position],
          buffers[input].liveRange.upperBound == time + 1, buffers[input].byteCount == buffers[output].byteCount,
          instruction.inputs.count(where: { $0 == .buffer(input) }) == 1
        else { continue }
        storage[output] = storage[input]
        buffers[input].isOverwritten = true
        break
      }
    }
    return storage
  }
}

extension PlannedBuffer {
  fileprivate func placementBuffer(from lower: Int? = nil, until upper: Int) -> PlacementBuffer {
    PlacementBuffer(
      byteCount: byteCount, alignment: bufferAlignment, lower: lower ?? liveRange.lowerBound, upper: upper)
  }
}
