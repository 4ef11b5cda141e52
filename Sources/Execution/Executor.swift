package import ArenaMemory
import ComputationGraph
package import ExecutionPlanning
package import Kernels
package import SystemCalls

/// Where the operands stand that a plan does not place: what lives longer than an iteration.
package struct ExternalOperands: Sendable {
  /// The batch's features [B, inputs] and targets, row-major in the graph's element type.
  package var input: MemoryAddress
  package var target: MemoryAddress
  package var parameters: [MemoryAddress]
  package var gradients: [MemoryAddress]
  package var states: [MemoryAddress]
  /// One element each.
  package var loss: MemoryAddress
  package var correctCount: MemoryAddress

  package init(
    input: MemoryAddress, target: MemoryAddress, parameters: [MemoryAddress], gradients: [MemoryAddress],
    states: [MemoryAddress], loss: MemoryAddress, correctCount: MemoryAddress
  ) {
    self.input = input
    self.target = target
    self.parameters = parameters
    self.gradients = gradients
    self.states = states
    self.loss = loss
    self.correctCount = correctCount
  }
}

/// Hears what an executor does. Called on the compute thread between kernels: a call must not allocate.
package protocol ExecutionObserver: AnyObject {
  /// A run of one plan begins: the whole iteration, or one of its micro-batches.
  func runWillBegin()
  /// The instruction has computed these rows; nothing of them has been overwritten since, of earlier ones it may have
  /// been. Instructions that run tile by tile take turns, each with its rows in ascending order.
  func didRun(instruction index: Int, rows: CompletedRows)
}

/// What updates parameters inside a reverse pass: it knows the optimizer, of which a plan knows nothing.
package protocol ParameterUpdates: AnyObject {
  /// A kernel that updates a parameter from its complete gradient, which stands at an address of its shape.
  func kernel(updating parameter: Int, from gradient: MemoryAddress) -> any BoundKernel
}

/// Runs a plan: an array of kernels bound to addresses, walked from front to back.
///
/// It knows no algorithm; what is recomputed and what is kept is already a straight line of instructions. In the
/// steady state a run allocates nothing. Made and used on the compute thread.
package final class Executor {
  package let plan: Plan
  /// Where in the arena the plan's buffers begin, in bytes.
  package let arenaOffset: Int
  private let arena: Arena
  private let kernels: [any BoundKernel]
  /// The largest end of the buffers that each instruction touches, in bytes from the arena's start.
  private let endOffsets: [Int]
  /// Instructions that run tile by tile, and lone ones.
  private let groups: [Range<Int>]
  private let allRows: CompletedRows

  /// Instructions that run tile by tile with others.
  package var mingledInstructionCount: Int { groups.reduce(0) { $0 + ($1.count > 1 ? $1.count : 0) } }

  /// Bytes of an executor of a plan: two entries an instruction, and a bound kernel for each at most.
  package static func byteCount(of plan: Plan) -> Int {
    let ofInstruction =
      MemoryLayout<any BoundKernel>.stride + MemoryLayout<Int>.stride + MemoryLayout<Range<Int>>.stride
    return plan.instructions.count * ofInstruction + bindingCount(of: plan) * boundKernelByteCount
  }

  /// Bound kernels: instructions of one node share one where their buffers stand at the same addresses.
  private static func bindingCount(of plan: Plan) -> Int {
    var bindings = plan.instructions.map { instruction in
      var hasher = Hasher()
      hasher.combine(instruction.node)
      func combine(_ operand: Operand) {
        guard case .buffer(let index) = operand else { return hasher.combine(operand) }
        hasher.combine(plan.buffers[index].offset)
      }
      for operand in instruction.inputs { combine(operand) }
      for operand in instruction.outputs { combine(operand) }
      if let index = instruction.workspace { combine(.buffer(index)) }
      return hasher.finalize()
    }
    bindings.sort()
    return bindings.isEmpty ? 0 : 1 + zip(bindings, bindings.dropFirst()).count { $0 != $1 }
  }

  /// Bytes of a bound kernel with its closure and operands, measured: 64 with a program of oneDNN's, up to 250 with a
  /// kernel of our own.
  private static let boundKernelByteCount = 192

  /// Binds every instruction.
  ///
  /// - Parameters:
  ///   - arena: at least `plan.peakByteCount` bytes from `arenaOffset` on, a multiple of the buffers' alignment.
  ///   - updates: what updates parameters, where the plan does so.
  package init(
    plan: Plan, arena: Arena, arenaOffset: Int = 0, operands: ExternalOperands, library: any KernelLibrary,
    updates: (any ParameterUpdates)? = nil
  ) throws(ExecutionError) {
    precondition(arenaOffset.isMultiple(of: bufferAlignment), "buffers are aligned wherever a plan begins")
    var binder = Binder(
      plan: plan, arena: arena, arenaOffset: arenaOffset, operands: operands, library: library, updates: updates)
    do throws(KernelError) {
      kernels = try binder.bindAll()
    } catch {
      throw .kernel(error)
    }
    self.plan = plan
    self.arenaOffset = arenaOffset
    self.arena = arena
    endOffsets = binder.endOffsets
    groups = binder.groups.ranges
    allRows = CompletedRows(0..<plan.graph.batchRows, of: plan.graph.batchRows)
  }

  /// Executes every instruction once.
  ///
  /// - Throws: `ExecutionError.arena` where an instruction touches bytes past the arena; none after it has run.
  package func run(_ context: RunContext, observers: [any ExecutionObserver] = []) throws(ExecutionError) {
    // The arena hears of an end only where it passes all before: threads that run parts of a batch share it.
    var noted = -1
    do throws(ArenaMemoryError) {
      for observer in observers { observer.runWillBegin() }
      for group in groups {
        for index in group where endOffsets[index] > noted {
          noted = endOffsets[index]
          try arena.noteInUse(endOffset: noted)
        }
        if group.count == 1 {
          kernels[group.lowerBound].run(context)
          for observer in observers { observer.didRun(instruction: group.lowerBound, rows: allRows) }
        } else if let tiles = kernels[group.lowerBound].tiles {
          run(group, in: tiles, context, observers)
        }
      }
    } catch {
      throw .arena(error)
    }
  }

  private func run(
    _ group: Range<Int>, in tiles: RowTiles, _ context: RunContext, _ observers: [any ExecutionObserver]
  ) {
    for tile in 0..<tiles.count {
      let rows = CompletedRows(tiles.rows(ofTile: tile), of: tiles.rowCount)
      for index in group {
        kernels[index].run(context, tile: tile)
        for observer in observers { observer.didRun(instruction: index, rows: rows) }
      }
    }
  }
}

/// A plan that cannot be bound or run.
package enum ExecutionError: Error, Hashable, Sendable, CustomStringConvertible {
  case kernel(KernelError)
  case arena(ArenaMemoryError)

  package var description: String {
    switch self {
    case .kernel(let error): error.description
    case .arena(let error): error.description
    }
  }
}

/// Finds the address of every operand and a kernel for every instruction.
private struct Binder {
  let plan: Plan
  let arena: Arena
  let arenaOffset: Int
  let operands: ExternalOperands
  let library: any KernelLibrary
  let updates: (any ParameterUpdates)?
  private var kernels: [any BoundKernel] = []
  var endOffsets: [Int] = []
  var groups = TileGroups()
  /// By node the latest instruction that did not find its kernel bound, by instruction the one of its node before; -1
  /// where there is none. A dictionary of addresses would for a moment take as much memory as the kernels.
  private var latestBound: [Int32]
  private var boundBefore: [Int32]

  init(
    plan: Plan, arena: Arena, arenaOffset: Int, operands: ExternalOperands, library: any KernelLibrary,
    updates: (any ParameterUpdates)?
  ) {
    self.plan = plan
    self.arena = arena
    self.arenaOffset = arenaOffset
    self.operands = operands
    self.library = library
    self.updates = updates
    latestBound = Array(repeating: -1, count: plan.graph.nodes.count)
    boundBefore = Array(repeating: -1, count: plan.instructions.count)
  }

  mutating func bindAll() throws(KernelError) -> [any BoundKernel] {
    kernels.reserveCapacity(plan.instructions.count)
    endOffsets.reserveCapacity(plan.instructions.count)
    for (index, instruction) in plan.instructions.enumerated() {
      let kernel = try bind(instruction, index: index)
      kernels.append(kernel)
      endOffsets.append(endOffset(of: instruction))
      let tiles = kernel.tiles
      groups.append(index, tiles: tiles, accesses: tiles == nil ? [] : accesses(of: instruction))
    }
    groups.close(before: plan.instructions.count)
    return kernels
  }

  private mutating func bind(_ instruction: Instruction, index: Int) throws(KernelError) -> any BoundKernel {
    let node = plan.graph.nodes[instruction.node]
    if node.operation == .parameterUpdate { return try bindUpdate(instruction) }
    let latest = latestBound[instruction.node]
    var bound = latest
    while bound >= 0 {
      if hasAddresses(instruction, of: plan.instructions[Int(bound)]) { return kernels[Int(bound)] }
      bound = boundBefore[Int(bound)]
    }
    boundBefore[index] = latest
    latestBound[instruction.node] = Int32(index)
    return try library.bind(
      KernelSignature(of: node, in: plan.graph, addsToOutputs: instruction.addsToOutputs),
      inputs: instruction.inputs.map { address(of: $0) }, outputs: instruction.outputs.map { address(of: $0) },
      scratchpad: instruction.workspace.map { address(of: .buffer($0)) })
  }

  /// Whether two instructions of one node read and write the same addresses.
  private func hasAddresses(_ instruction: Instruction, of other: Instruction) -> Bool {
    func isSame(_ left: Operand, _ right: Operand) -> Bool {
      guard case .buffer(let first) = left, case .buffer(let second) = right else { return left == right }
      return plan.buffers[first].offset == plan.buffers[second].offset
    }
    return instruction.inputs.elementsEqual(other.inputs, by: isSame)
      && instruction.outputs.elementsEqual(other.outputs, by: isSame)
      && instruction.workspace.map { plan.buffers[$0].offset } == other.workspace.map { plan.buffers[$0].offset }
  }

  private func bindUpdate(_ instruction: Instruction) throws(KernelError) -> any BoundKernel {
    guard let updates, case .parameter(let parameter) = instruction.inputs[1] else {
      throw KernelError("a plan that updates parameters is run by somebody who does not")
    }
    return updates.kernel(updating: parameter, from: address(of: instruction.inputs[0]))
  }

  private func address(of operand: Operand) -> MemoryAddress {
    switch operand {
    case .buffer(let index): arena.address(atOffset: arenaOffset + plan.buffers[index].offset)
    case .input: operands.input
    case .target: operands.target
    case .parameter(let index): operands.parameters[index]
    case .gradient(let index): operands.gradients[index]
    case .state(let index): operands.states[index]
    case .loss: operands.loss
    case .correctCount: operands.correctCount
    }
  }

  /// What an instruction reads and writes whose kernel computes tile by tile.
  private func accesses(of instruction: Instruction) -> [TileGroups.Access] {
    let node = plan.graph.nodes[instruction.node]
    let rowwise = node.operation.rowwiseInputs ?? []
    let types = node.operation.inputTypes(count: node.inputs.count, in: plan.graph.elementType)
    let outputType = node.operation.outputType(in: plan.graph.elementType)
    func access(
      _ operand: Operand, _ shape: Shape, _ elementType: ElementType, hasRows: Bool, isWritten: Bool
    ) -> TileGroups.Access {
      TileGroups.Access(
        start: address(of: operand).bitPattern, byteCount: shape.byteCount(of: elementType),
        extent: hasRows ? .rows(byteCount: shape.columns * elementType.byteCount) : .whole, isWritten: isWritten)
    }
    var result: [TileGroups.Access] = []
    for (position, (operand, shape)) in zip(instruction.inputs, plan.graph.inputShapes(of: node)).enumerated() {
      result.append(access(operand, shape, types[position], hasRows: rowwise.contains(position), isWritten: false))
    }
    for (operand, shape) in zip(instruction.outputs, plan.graph.outputShapes(of: node)) {
      result.append(access(operand, shape, outputType, hasRows: !node.operation.isSumOverRows, isWritten: true))
    }
    if let index = instruction.workspace {
      result.append(
        TileGroups.Access(
          start: address(of: .buffer(index)).bitPattern, byteCount: plan.buffers[index].byteCount, extent: .workspace,
          isWritten: true))
    }
    return result
  }

  private func endOffset(of instruction: Instruction) -> Int {
    var end = 0
    for operand in Array(instruction.outputs) + (instruction.workspace.map { [.buffer($0)] } ?? []) {
      guard case .buffer(let index) = operand else { continue }
      end = max(end, plan.buffers[index].offset + plan.buffers[index].alignedByteCount)
    }
    return arenaOffset + end
  }
}
