import ComputationGraph
package import ExecutionPlanning

/// Numbers for what a plan's buffers hold, equal where the same node was computed from the same values, and so has the
/// same bits: a value computed again has the number of its first computation, one computed from a rounded copy of what
/// the first was computed from has another.
///
/// Where nothing is rounded every computation of a value has the value's own number.
package struct ComputationNumbers: Sendable {
  /// One more than the highest number.
  package let count: Int
  /// By buffer; -1 for workspace.
  private let numbers: [Int32]

  /// What a buffer holds: an output of a node, and the numbers of the buffers that the node has read. What stands
  /// outside the arena does not change during a run, as far as forward nodes read it.
  private struct Computation: Hashable {
    let value: ValueID
    let inputs: [Int32]
  }

  /// - Complexity: linear in the instructions.
  package init(of plan: Plan) {
    let rounds = plan.graph.nodes.contains { $0.operation == .widen }
    guard rounds else {
      numbers = plan.buffers.map { Int32($0.value?.index ?? -1) }
      count = plan.graph.values.count
      return
    }
    var known: [Computation: Int32] = [:]
    var numbers = Array(repeating: Int32(-1), count: plan.buffers.count)
    for instruction in plan.instructions {
      var inputs: [Int32] = []
      for case .buffer(let input) in instruction.inputs { inputs.append(numbers[input]) }
      for case .buffer(let output) in instruction.outputs {
        guard let value = plan.buffers[output].value else { continue }
        let computation = Computation(value: value, inputs: inputs)
        let number = known[computation] ?? Int32(known.count)
        known[computation] = number
        numbers[output] = number
      }
    }
    self.numbers = numbers
    count = known.count
  }

  /// The number of what a buffer holds, which is no workspace.
  package func number(ofBuffer buffer: Int) -> Int { Int(numbers[buffer]) }

  /// Bytes of the numbers of a plan and of a checksum for each; what making them takes where activations are rounded
  /// included.
  package static func byteCount(of plan: Plan) -> Int {
    let rounds = plan.graph.nodes.contains { $0.operation == .widen }
    let whileMade = rounds ? plan.buffers.count * 128 : 0
    return max(plan.graph.values.count, plan.buffers.count) * MemoryLayout<UInt64?>.stride
      + plan.buffers.count * MemoryLayout<Int32>.stride + whileMade
  }
}
