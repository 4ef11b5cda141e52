package import Execution
package import ExecutionPlanning
import SystemCalls

/// Times the phases of iterations and the instructions of their runs, by one reading of the monotonic clock after each.
///
/// ```
/// iterationWillBegin   staging   run of a plan (a micro-batch)   staging   run   gradientsAreComplete   updateDidEnd
///                      '-- forward, backward and recompute, as its instructions say --'      '-- update --'
/// ```
///
/// Nothing is allocated while it records: it keeps sums per instruction, and of the phases the last `window`
/// iterations, over which medians are taken.
package final class TimeRecorder {
  /// Seconds of one iteration's phases; recomputation is part of backward, bringing rows to where they are read part of
  /// forward.
  package struct Iteration: Hashable, Sendable {
    package var forward = 0.0
    package var backward = 0.0
    package var recompute = 0.0
    package var update = 0.0
    /// From the first row that is fetched to the end of the update.
    package var whole = 0.0
  }

  /// Iterations over which medians are taken.
  package static let window = 65_536

  private let stageCount: Int
  private var runs: [RunTimes] = []
  private var iterations: [Iteration]
  private var recordedCount = 0
  private var current = Iteration()
  private var begin: UInt64 = 0
  private var last: UInt64 = 0
  /// What is traced; nil where nothing is.
  private let trace: ExecutionTrace?

  /// Bytes that a recorder of plans comes to hold in so many iterations.
  package static func byteCount(of plans: [Plan], iterations: Int) -> Int {
    let ofInstruction = MemoryLayout<Phase>.stride + MemoryLayout<Int>.stride + MemoryLayout<Double>.stride
    return plans.reduce(0) { $0 + $1.instructions.count } * ofInstruction
      + min(iterations, window) * MemoryLayout<Iteration>.stride
  }

  /// - Parameters:
  ///   - expectedIterations: at least 1; of more than are expected, or than `window`, the latest are kept.
  ///   - trace: keeps when the instructions of the first iterations ended; its first track is this recorder's.
  package init(stageCount: Int, expectedIterations: Int = TimeRecorder.window, trace: ExecutionTrace? = nil) {
    self.stageCount = stageCount
    self.trace = trace
    // Written now, so that recording causes no page fault.
    iterations = Array(repeating: Iteration(), count: min(expectedIterations, Self.window))
  }

  /// What hears the runs of one plan for this recorder.
  package func observer(of plan: Plan) -> any ExecutionObserver {
    let times = RunTimes(of: plan, number: trace?.add(plan, thread: 0) ?? 0, recorder: self)
    runs.append(times)
    return times
  }

  package func iterationWillBegin() {
    current = Iteration()
    begin = monotonicNanoseconds()
    last = begin
    trace?.begin(at: begin)
  }

  /// Leaves out of all times what has passed since the last reading of the clock: somebody looked at values.
  package func omit() {
    let now = monotonicNanoseconds()
    begin &+= now &- last
    last = now
    mark(.begin)
  }

  /// What hears a run after those whose looks at values are to be left out of the times.
  package func omittingObserver() -> any ExecutionObserver { TimeOmission { [unowned self] in omit() } }

  /// The last run has ended, and what belongs to making the gradients.
  package func gradientsAreComplete() {
    current.backward += secondsSinceLast()
    mark(.gradients)
  }

  /// Ends the iteration: what has passed since the gradients were complete is the update, beside what was updated inside
  /// the reverse pass.
  package func updateDidEnd() {
    current.update += secondsSinceLast()
    mark(.update)
    current.whole = Double(last &- begin) * 1e-9
    iterations[recordedCount % iterations.count] = current
    recordedCount += 1
  }

  fileprivate func runWillBegin() {
    current.forward += secondsSinceLast()
    mark(.staging)
  }

  fileprivate func didRun(_ phase: Phase, run: Int, instruction: Int, _ rows: CompletedRows) -> Double {
    let seconds = secondsSinceLast()
    if let trace, trace.isRecording {
      trace.tracks[0].mark(run: run, instruction: instruction, rows.range, at: last)
    }
    switch phase {
    case .forward: current.forward += seconds
    case .backward: current.backward += seconds
    case .update: current.update += seconds
    case .recompute:
      current.backward += seconds
      current.recompute += seconds
    }
    return seconds
  }

  private func mark(_ kind: ExecutionTrace.Mark.Kind) {
    guard let trace, trace.isRecording else { return }
    trace.tracks[0].mark(kind, at: last)
  }

  private func secondsSinceLast() -> Double {
    let now = monotonicNanoseconds()
    defer { last = now }
    return Double(now &- last) * 1e-9
  }

  /// Seconds of each instruction of the plans that were observed, in the order of `observer(of:)`: means over their runs,
  /// of which an iteration's sum is its median where that is less. Nil for a plan that did not run.
  package var instructionSeconds: [[Double]?] {
    guard let profile = profile() else { return runs.map { _ in nil } }
    var passes = 0.0
    for run in runs {
      for (phase, seconds) in zip(run.phases, run.seconds) where phase != .update { passes += seconds }
    }
    let mean = passes / Double(recordedCount)
    let settled = mean > 0 ? min(1, (profile.forward.median + profile.backward.median) / mean) : 1
    return runs.map { run in run.count > 0 ? run.seconds.map { $0 / Double(run.count) * settled } : nil }
  }

  /// What was recorded, nil before the first iteration has ended.
  package func profile() -> TimeProfile? {
    let iterations = iterations.prefix(recordedCount)
    guard recordedCount > 0, let forward = Distribution(of: iterations.map(\.forward)),
      let backward = Distribution(of: iterations.map(\.backward)),
      let recompute = Distribution(of: iterations.map(\.recompute)),
      let update = Distribution(of: iterations.map(\.update)), let whole = Distribution(of: iterations.map(\.whole))
    else { return nil }
    var stageForward = Array(repeating: 0.0, count: stageCount)
    var stageBackward = Array(repeating: 0.0, count: stageCount)
    for run in runs {
      for index in run.phases.indices where run.stages[index] < stageCount {
        let mean = run.seconds[index] / Double(recordedCount)
        switch run.phases[index] {
        case .forward: stageForward[run.stages[index]] += mean
        case .backward, .recompute: stageBackward[run.stages[index]] += mean
        case .update: break
        }
      }
    }
    return TimeProfile(
      forward: forward, backward: backward, recompute: recompute, update: update, iteration: whole,
      stageForwardSeconds: stageForward, stageBackwardSeconds: stageBackward)
  }
}

/// Seconds of each instruction of one plan, summed over its runs.
private final class RunTimes: ExecutionObserver {
  let phases: [Phase]
  let stages: [Int]
  private(set) var seconds: [Double]
  /// Runs of the plan.
  private(set) var count = 0
  private let number: Int
  private unowned let recorder: TimeRecorder

  init(of plan: Plan, number: Int, recorder: TimeRecorder) {
    self.number = number
    phases = plan.instructions.map(\.phase)
    stages = plan.instructions.map(\.stage)
    seconds = Array(repeating: 0, count: plan.instructions.count)
    self.recorder = recorder
  }

  func runWillBegin() {
    count += 1
    recorder.runWillBegin()
  }

  func didRun(instruction index: Int, rows: CompletedRows) {
    seconds[index] += recorder.didRun(phases[index], run: number, instruction: index, rows)
  }
}

/// Calls a closure after every instruction.
final class TimeOmission: ExecutionObserver {
  private let omit: () -> Void

  init(_ omit: @escaping () -> Void) {
    self.omit = omit
  }

  func runWillBegin() {}

  func didRun(instruction index: Int, rows: CompletedRows) { omit() }
}

/// Where the time of an iteration goes, in seconds.
package struct TimeProfile: Hashable, Sendable {
  package let forward: Distribution
  /// Recomputation included.
  package let backward: Distribution
  package let recompute: Distribution
  package let update: Distribution
  package let iteration: Distribution
  /// Mean seconds of each stage's first forward executions in an iteration.
  package let stageForwardSeconds: [Double]
  /// Mean seconds of each stage's recomputation and reverse steps.
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
