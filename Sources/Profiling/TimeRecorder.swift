import Execution
package import ExecutionPlanning
import SystemCalls

/// Times the instructions of a run, by one reading of the monotonic clock after each.
///
/// Nothing is allocated while it records: it keeps sums per instruction, and of the phases the last `window`
/// iterations, over which medians are taken.
package final class TimeRecorder: ExecutionObserver {
  /// Seconds of one iteration's phases; recomputation is part of backward.
  package struct Iteration: Hashable, Sendable {
    package var forward = 0.0
    package var backward = 0.0
    package var recompute = 0.0
    package var update = 0.0
    /// From the first instruction to the end of the update.
    package var whole = 0.0
  }

  /// Iterations over which medians are taken.
  package static let window = 65_536

  private let phases: [Phase]
  private let stages: [Int]
  private let stageCount: Int
  private var secondsOfInstruction: [Double]
  private var iterations: [Iteration]
  private var recordedCount = 0
  private var current = Iteration()
  private var begin: UInt64 = 0
  private var last: UInt64 = 0

  package init(plan: Plan, stageCount: Int) {
    phases = plan.instructions.map(\.phase)
    stages = plan.instructions.map(\.stage)
    self.stageCount = stageCount
    secondsOfInstruction = Array(repeating: 0, count: plan.instructions.count)
    iterations = []
    iterations.reserveCapacity(Self.window)
  }

  package func iterationWillBegin() {
    current = Iteration()
    begin = monotonicNanoseconds()
    last = begin
  }

  package func didRun(instruction index: Int) {
    let now = monotonicNanoseconds()
    let seconds = Double(now &- last) * 1e-9
    last = now
    secondsOfInstruction[index] += seconds
    switch phases[index] {
    case .forward: current.forward += seconds
    case .backward: current.backward += seconds
    case .recompute:
      current.backward += seconds
      current.recompute += seconds
    }
  }

  /// Ends the iteration: what has passed since its last instruction is the update.
  package func updateDidEnd() {
    let now = monotonicNanoseconds()
    current.update = Double(now &- last) * 1e-9
    current.whole = Double(now &- begin) * 1e-9
    if iterations.count < Self.window {
      iterations.append(current)
    } else {
      iterations[recordedCount % Self.window] = current
    }
    recordedCount += 1
  }

  /// What was recorded, nil before the first iteration has ended.
  package func profile() -> TimeProfile? {
    guard recordedCount > 0, let forward = Distribution(of: iterations.map(\.forward)),
      let backward = Distribution(of: iterations.map(\.backward)),
      let recompute = Distribution(of: iterations.map(\.recompute)),
      let update = Distribution(of: iterations.map(\.update)), let whole = Distribution(of: iterations.map(\.whole))
    else { return nil }
    var stageForward = Array(repeating: 0.0, count: stageCount)
    var stageBackward = Array(repeating: 0.0, count: stageCount)
    for index in phases.indices where stages[index] < stageCount {
      let mean = secondsOfInstruction[index] / Double(recordedCount)
      if phases[index] == .forward { stageForward[stages[index]] += mean } else { stageBackward[stages[index]] += mean }
    }
    return TimeProfile(
      forward: forward, backward: backward, recompute: recompute, update: update, iteration: whole,
      stageForwardSeconds: stageForward, stageBackwardSeconds: stageBackward)
  }
}

/// Where the time of an iteration goes, in seconds.
package struct TimeProfile: Hashable, Sendable {
  package let forward: Distribution
  /// Recomputation included.
  package let backward: Distribution
  package let recompute: Distribution
  package let update: Distribution
  package let iteration: Distribution
  /// Mean seconds of each stage's first forward execution in an iteration.
  package let stageForwardSeconds: [Double]
  /// Mean seconds of each stage's recomputation and reverse step.
  package let stageBackwardSeconds: [Double]

  package init(
    forward: Distribution, backward: Distribution, recompute: Distribution, update: Distribution,
    iteration: Distribution, stageForwardSeconds: [Double], stageBackwardSeconds: [Double]
  ) {
    self.forward = forward
    self.backward = backward
    self.recompute = recompute
    self.update = update
    self.iteration = iteration
    self.stageForwardSeconds = stageForwardSeconds
    self.stageBackwardSeconds = stageBackwardSeconds
  }

  /// Median backward over median forward.
  package var backwardForwardRatio: Double { backward.median / forward.median }
}
