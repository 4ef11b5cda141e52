import ComputationGraph
import ExecutionPlanning
import Kernels

/// Where the operands of a window's instructions stand in scratch memory.
///
/// An operand that comes from a cache in the plan keeps its place; one that comes from memory stands in a *lane* of
/// copies and moves on by one with each round, so that it is back only when the caches have forgotten it. What one
/// instruction leaves to a later one of the window is found at its place, as in the plan.
struct WindowLayout {
  /// A byte offset: `start` + `stride` x the round's copy. Lanes of the reverse pass are gone through from the end, as
  /// a plan goes through its memory: the processor fetches ahead in one direction.
  struct Place: Hashable {
    var start: Int
    var stride: Int
    /// Whether all parts find it in the first one's memory: parameters, which no part writes.
    var isShared = false

    fileprivate func offset(ofCopy copy: Int) -> Int { start + stride * copy }
  }

  /// An input that no instruction of the window has written.
  struct Filling {
    var place: Place
    var contents: OperandContents
    var shape: Shape
    var elementType: ElementType
    /// Whether it is written anew before each run, since in the plan another kernel has just done so.
    var isRenewed: Bool
  }

  struct Step {
    var signature: KernelSignature
    var inputs: [Place]
    var outputs: [Place]
    var fillings: [Filling]
    var scratchpadByteCount: Int
  }

  private(set) var steps: [Step] = []
  private(set) var copyCount = 1
  /// Bytes of everything of one part, scratchpads included, and where the common scratchpad begins.
  private(set) var byteCount = 0
  private(set) var scratchpadOffset = 0

  /// - Parameters:
  ///   - graph: the plan's, or the same network's for fewer rows.
  ///   - coldByteCount: bytes of all lanes together.
  ///   - byteLimit: bytes of everything; lanes have fewer copies, one at least, where they would pass it.
  init(
    _ window: CostWindow, of plan: Plan, graph: Graph, residence: OperandResidence, library: any KernelLibrary,
    coldByteCount: Int, byteLimit: Int
  ) throws(KernelError) {
    var builder = LayoutBuilder(plan: plan, graph: graph)
    var scratchpadByteCount = 0
    for index in window.instructions {
      let signature = KernelSignature(
        of: graph.nodes[plan.instructions[index].node], in: graph,
        addsToOutputs: plan.instructions[index].addsToOutputs)
      let scratchpad = try library.scratchpadByteCount(for: signature)
      scratchpadByteCount = max(scratchpadByteCount, scratchpad)
      steps.append(
        builder.step(index, signature, cold: residence.coldOperands[index], scratchpadByteCount: scratchpad))
    }
    let fixed = builder.fixedByteCount + scratchpadByteCount
    if builder.laneByteCount > 0 {
      let wanted = coldByteCount / builder.laneByteCount + 1
      let possible = max(1, (byteLimit - fixed) / builder.laneByteCount)
      copyCount = min(wanted, possible, Self.largestCopyCount)
    }
    builder.resolve(&steps, copyCount: copyCount)
    scratchpadOffset = builder.fixedByteCount + builder.laneByteCount * copyCount
    byteCount = bufferAligned(scratchpadOffset + scratchpadByteCount)
  }

  /// Where a place is in the memory of all parts, which stands part after part.
  func offset(of place: Place, copy: Int, part: Int) -> Int {
    (place.isShared ? 0 : part * byteCount) + place.offset(ofCopy: copy)
  }

  /// Copies of the smallest operands: what binding them costs must not show.
  private static let largestCopyCount = 1024
}

/// Gives places while the instructions are gone through.
///
/// Until the number of copies is known a place of stride 0 is at its start, and one of another stride is the lane that
/// begins at `start` in a layout with one copy.
private struct LayoutBuilder {
  let plan: Plan
  let graph: Graph
  private(set) var fixedByteCount = 0
  private(set) var laneByteCount = 0
  private var places: [Storage: WindowLayout.Place] = [:]

  /// What an operand's bytes are in the plan: buffers that follow one another in place have the same.
  private enum Storage: Hashable {
    case arena(offset: Int)
    case other(Operand)
  }

  init(plan: Plan, graph: Graph) {
    self.plan = plan
    self.graph = graph
  }

  mutating func step(
    _ index: Int, _ signature: KernelSignature, cold: OperandSet, scratchpadByteCount: Int
  ) -> WindowLayout.Step {
    let instruction = plan.instructions[index]
    var here: [Storage: WindowLayout.Place] = [:]
    var step = WindowLayout.Step(
      signature: signature, inputs: [], outputs: [], fillings: [], scratchpadByteCount: scratchpadByteCount)
    let shapes = signature.inputs + signature.outputs
    let types = signature.inputTypes + signature.outputTypes
    for (position, operand) in (Array(instruction.inputs) + instruction.outputs).enumerated() {
      let storage = storage(of: operand)
      let isInput = position < signature.inputs.count
      var place = here[storage] ?? (cold.contains(operand: position) ? nil : places[storage])
      // A place that was made for a smaller operand does not hold this one.
      let byteCount = shapes[position].byteCount(of: types[position])
      if let known = place, roomOf[known, default: 0] < byteCount { place = nil }
      if place == nil {
        let made = newPlace(
          byteCount, isCold: cold.contains(operand: position), isReversed: instruction.phase == .backward,
          isShared: operand.isParameter)
        place = made
        if isInput || signature.addsToOutputs {
          step.fillings.append(
            WindowLayout.Filling(
              place: made,
              contents: isInput
                ? OperandContents(of: signature.operation, input: position, inputs: signature.inputs) : .noise,
              shape: shapes[position], elementType: types[position],
              isRenewed: isInput && made.stride == 0 && operand.isBuffer))
        }
      }
      here[storage] = place
      places[storage] = place
      if isInput { step.inputs.append(place!) } else { step.outputs.append(place!) }
    }
    return step
  }

  private var roomOf: [WindowLayout.Place: Int] = [:]

  private mutating func newPlace(
    _ operandByteCount: Int, isCold: Bool, isReversed: Bool, isShared: Bool
  ) -> WindowLayout.Place {
    let byteCount = bufferAligned(operandByteCount)
    let place: WindowLayout.Place
    if isCold {
      place = WindowLayout.Place(
        start: laneByteCount, stride: isReversed ? -byteCount : byteCount, isShared: isShared)
      laneByteCount += byteCount
    } else {
      place = WindowLayout.Place(start: fixedByteCount, stride: 0, isShared: isShared)
      fixedByteCount += byteCount
    }
    roomOf[place] = byteCount
    return place
  }

  private func storage(of operand: Operand) -> Storage {
    if case .buffer(let number) = operand { .arena(offset: plan.buffers[number].offset) } else { .other(operand) }
  }

  /// Lanes lie behind the fixed places, each `copyCount` times as long.
  func resolve(_ steps: inout [WindowLayout.Step], copyCount: Int) {
    func resolved(_ place: WindowLayout.Place) -> WindowLayout.Place {
      guard place.stride != 0 else { return place }
      let first = place.stride > 0 ? 0 : (copyCount - 1) * -place.stride
      return WindowLayout.Place(
        start: fixedByteCount + place.start * copyCount + first, stride: place.stride, isShared: place.isShared)
    }
    for index in steps.indices {
      steps[index].inputs = steps[index].inputs.map(resolved)
      steps[index].outputs = steps[index].outputs.map(resolved)
      for filling in steps[index].fillings.indices {
        steps[index].fillings[filling].place = resolved(steps[index].fillings[filling].place)
      }
    }
  }
}

extension Operand {
  fileprivate var isBuffer: Bool {
    if case .buffer = self { true } else { false }
  }

  fileprivate var isParameter: Bool {
    if case .parameter = self { true } else { false }
  }
}
