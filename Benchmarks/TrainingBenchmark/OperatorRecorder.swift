import ComputationGraph
import Execution
import ExecutionPlanning
import SystemCalls

/// Adds up the time of a run's instructions by phase and operator.
final class OperatorRecorder: ExecutionObserver {
  private let kindOfInstruction: [Int]
  private let kinds: [(phase: Phase, operation: String)]
  private var seconds: [Double]
  private var runCount = 0
  private var last: UInt64 = 0

  /// The mean seconds of a run that go to one operator in one phase.
  struct Share: Sendable {
    var phase: Phase
    var operation: String
    var instructionCount: Int
    var seconds: Double
  }

  init(plan: Plan) {
    var kinds: [(phase: Phase, operation: String)] = []
    kindOfInstruction = plan.instructions.map { instruction in
      let kind = (instruction.phase, plan.graph.nodes[instruction.node].operation.name)
      if let known = kinds.firstIndex(where: { $0 == kind }) { return known }
      kinds.append(kind)
      return kinds.count - 1
    }
    self.kinds = kinds
    seconds = Array(repeating: 0, count: kinds.count)
  }

  func runWillBegin() {
    runCount += 1
    last = monotonicNanoseconds()
  }

  func didRun(instruction index: Int, rows: CompletedRows) {
    let now = monotonicNanoseconds()
    seconds[kindOfInstruction[index]] += Double(now &- last) * 1e-9
    last = now
  }

  /// The longest first.
  var shares: [Share] {
    kinds.indices.map { kind in
      Share(
        phase: kinds[kind].phase, operation: kinds[kind].operation,
        instructionCount: kindOfInstruction.count { $0 == kind }, seconds: seconds[kind] / Double(runCount))
    }.sorted { $0.seconds > $1.seconds }
  }
}
