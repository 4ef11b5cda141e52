import ArenaMemory
import ComputationGraph
import Execution
import ExecutionPlanning

/// Watches one run for the first value in the arena that is not finite.
final class NonFiniteLocator<Element: TrainingElement>: ExecutionObserver {
  private(set) var origin: Divergence.Origin?
  private(set) var failure: ArenaMemoryError?
  private let plan: Plan
  private let arena: Arena
  private let arenaOffset: Int
  private let stageNames: [String]

  init(_ executor: Executor, arena: Arena, stageNames: [String]) {
    plan = executor.plan
    arenaOffset = executor.arenaOffset
    self.arena = arena
    self.stageNames = stageNames
  }

  func runWillBegin() {}

  func didRun(instruction index: Int) {
    guard origin == nil else { return }
    let instruction = plan.instructions[index]
    for case .buffer(let number) in instruction.outputs {
      let buffer = plan.buffers[number]
      do throws(ArenaMemoryError) {
        let values = try arena.block.read(
          Element.self, atByte: arenaOffset + buffer.offset, count: buffer.byteCount / MemoryLayout<Element>.stride)
        guard let element = values.firstIndex(where: { !$0.isFinite }) else { continue }
        origin = Divergence.Origin(
          stage: instruction.stage < stageNames.count ? stageNames[instruction.stage] : "the loss",
          operation: plan.graph.nodes[instruction.node].operation.name, phase: instruction.phase.rawValue,
          element: element)
      } catch {
        failure = failure ?? error
      }
      return
    }
  }
}
