import ArenaMemory
import ComputationGraph
import Execution
import ExecutionPlanning
import Kernels
import SystemCalls

/// Looks at the outputs of stages and their cotangents while they stand in the arena, and adds them up. It reads each
/// once, rows as they are written, and changes nothing.
final class HealthObserver: ExecutionObserver {
  /// What is to be done after one instruction.
  private struct Look {
    let value: ValueID
    let address: MemoryAddress
    let elementType: ElementType
    /// Stages whose output or cotangent it is, -1 for none; the value of a skip block may be several stages' cotangent.
    var activation = -1
    var cotangents: [Int] = []
    /// Where the marks of its units stand, where it is a ReLU's.
    var units: Range<Int>?
  }

  private let graph: Graph
  private let tally: HealthTally
  private let statistics: ValueStatistics
  /// By instruction, its place in `looks`, or -1.
  private let lookNumbers: [Int32]
  private let looks: [Look]
  /// Spent on looking since ``iterationWillBegin()``.
  private(set) var nanoseconds: UInt64 = 0

  /// Bytes of an observer of a plan.
  static func byteCount(of plan: Plan, stageCount: Int) -> Int {
    plan.instructions.count * MemoryLayout<Int32>.stride + 2 * stageCount * (MemoryLayout<Look>.stride + 64)
  }

  init(
    plan: Plan, arena: Arena, arenaOffset: Int, stages: StageChain, units: ReLUUnits, tally: HealthTally,
    statistics: ValueStatistics
  ) {
    graph = plan.graph
    self.tally = tally
    self.statistics = statistics
    var activations: [ValueID: Int] = [:]
    var cotangents: [ValueID: [Int]] = [:]
    for stage in stages.stages {
      activations[stage.output] = stage.index
      if let value = stages.cotangent(enteringStage: stage.index, in: plan.graph) {
        cotangents[value, default: []].append(stage.index)
      }
    }
    var unitsOfValue: [ValueID: Range<Int>] = [:]
    for layer in units.layers { unitsOfValue[layer.value] = layer.units }
    var numbers = Array(repeating: Int32(-1), count: plan.instructions.count)
    var looks: [Look] = []
    // A value is looked at when it is computed first, be that in the reverse pass, where its stage is executed for what
    // is kept of it alone.
    var isKnown = Array(repeating: false, count: plan.graph.values.count)
    for (index, instruction) in plan.instructions.enumerated() {
      guard case .buffer(let number)? = instruction.outputs.first, let value = plan.buffers[number].value else {
        continue
      }
      var look = Look(
        value: value, address: arena.address(atOffset: arenaOffset + plan.buffers[number].offset),
        elementType: plan.graph.elementType(of: value))
      if instruction.phase == .forward || instruction.phase == .recompute {
        guard !isKnown[value.index] else { continue }
        isKnown[value.index] = true
        look.activation = activations[value] ?? -1
        look.units = unitsOfValue[value]
      } else {
        look.cotangents = cotangents[value] ?? []
      }
      guard look.activation >= 0 || look.units != nil || !look.cotangents.isEmpty else { continue }
      numbers[index] = Int32(truncatingIfNeeded: looks.count)
      looks.append(look)
    }
    lookNumbers = numbers
    self.looks = looks
  }

  func iterationWillBegin() { nanoseconds = 0 }

  func runWillBegin() {}

  func didRun(instruction index: Int, rows: CompletedRows) {
    let number = Int(lookNumbers[index])
    guard number >= 0 else { return }
    let begin = monotonicNanoseconds()
    take(looks[number], rows)
    nanoseconds += monotonicNanoseconds() - begin
  }

  /// Takes every look of a run, whatever stands in the arena.
  func lookAtEverything() {
    let allRows = CompletedRows(0..<graph.batchRows, of: graph.batchRows)
    for look in looks { take(look, allRows) }
  }

  private func take(_ look: Look, _ rows: CompletedRows) {
    let elements = rows.elements(of: look.value, in: graph)
    let count = elements.count
    let address = look.address.advanced(by: elements.lowerBound * look.elementType.byteCount)
    if look.activation >= 0 || !look.cotangents.isEmpty {
      let sum = HealthTally.Sum(
        squares: statistics.sumOfSquares(at: address, count: count, elementType: look.elementType), count: count)
      if look.activation >= 0 { tally.activations[look.activation] += sum }
      for stage in look.cotangents { tally.cotangents[stage] += sum }
    }
    if let units = look.units {
      statistics.markPositiveColumns(
        at: address, shape: Shape(rows: count / units.count, columns: units.count), elementType: look.elementType,
        marks: &tally.marks, from: units.lowerBound)
    }
  }
}
