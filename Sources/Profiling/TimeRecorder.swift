package import Execution
package import ExecutionPlanning
import SystemCalls

/// Times the phases of iterations, and the instructions of their runs in as many iterations as cost next to nothing.
///
/// ```
/// iterationWillBegin   staging   run of a plan (a micro-batch)   staging   run   gradientsAreComplete   updateDidEnd
///                      '-- forward, backward and recompute, as its instructions say --'      '-- update --'
/// ```
///
/// The monotonic clock is read where one phase follows another; in detailed iterations after every instruction. The
/// first iteration is detailed, then every k-th, for the least k with which the readings take at most ``mostShare`` of
/// the time: where instructions take microseconds, reading the clock after each takes some percent of an iteration.
/// Traced ones are detailed too.
///
/// Nothing is allocated while it records: it keeps sums per instruction over the detailed iterations, and of the phases
/// the last `window` iterations, over which medians are taken.
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

  /// Of the time of iterations that reading the clock after each instruction may take.
  package static let mostShare = 0.002

  /// Iterations over which medians are taken.
  package static let window = 65_536

  private let stageCount: Int
  private var runs: [RunTimes] = []
  private var iterations: [Iteration]
  private var recordedCount = 0
  private var current = Iteration()
  private var begin: UInt64 = 0
  private var last: UInt64 = 0
  /// Whether the clock is read after each instruction of this iteration.
  fileprivate private(set) var isDetailed = true
  private var detailedCount = 0
  /// The number of the next detailed iteration.
  private var nextDetailed = 0
  /// Instructions of this iteration.
  private var readingCount = 0
  /// Of the clock, in all iterations.
  private var totalReadingCount = 0
  private let secondsOfReading = TimeRecorder.measuredSecondsOfReading()
  /// What is traced; nil where nothing is.
  private let trace: ExecutionTrace?

  /// Bytes that a recorder of plans comes to hold in so many iterations.
  package static func byteCount(of plans: [Plan], iterations: Int) -> Int {
    let ofInstruction =
      MemoryLayout<Phase>.stride + MemoryLayout<Bool>.stride + MemoryLayout<Int>.stride + MemoryLayout<Double>.stride
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

  /// - Parameter isDetailed: whether the clock must be read after every instruction, as where something is omitted.
  package func iterationWillBegin(isDetailed: Bool = false) {
    current = Iteration()
    self.isDetailed = isDetailed || recordedCount >= nextDetailed || trace?.tracesNext == true
    readingCount = 0
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

  /// Ends the iteration: what has passed since the gradients were complete is the update, beside what was updated
  /// inside the reverse pass.
  package func updateDidEnd() {
    current.update += secondsSinceLast()
    mark(.update)
    current.whole = Double(last &- begin) * 1e-9
    iterations[recordedCount % iterations.count] = current
    recordedCount += 1
    guard isDetailed else { return }
    detailedCount += 1
    let readings = Double(readingCount) * secondsOfReading
    nextDetailed =
      recordedCount + max(0, Int((min(readings / (Self.mostShare * current.whole), 10_000)).rounded(.up)) - 1)
  }

  /// What reading the clock has taken so far, by what a reading was measured to take.
  package var clockSeconds: Double { Double(totalReadingCount) * secondsOfReading }

  /// Of a reading of the clock and of adding it up, as they come one after another.
  private static func measuredSecondsOfReading() -> Double {
    let count = 256
    let start = monotonicNanoseconds()
    var last = start
    var sum = 0.0
    for _ in 0..<count {
      let now = monotonicNanoseconds()
      sum += Double(now &- last) * 1e-9
      last = now
    }
    return sum / Double(count)
  }

  fileprivate func runWillBegin() {
    current.forward += secondsSinceLast()
    mark(.staging)
  }

  fileprivate func didRun(_ phase: Phase, run: Int, instruction: Int, _ rows: CompletedRows) -> Double {
    let seconds = secondsSinceLast()
    readingCount += 1
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
    totalReadingCount += 1
    defer { last = now }
    return Double(now &- last) * 1e-9
  }

  /// Seconds of each instruction of the plans that were observed, in the order of `observer(of:)`: means over their
  /// runs in detailed iterations, of which an iteration's sum is its median where that is less. Nil for a plan that did
  /// not run.
  package var instructionSeconds: [[Double]?] {
    guard let profile = profile() else { return runs.map { _ in nil } }
    var passes = 0.0
    for run in runs {
      for (phase, seconds) in zip(run.phases, run.seconds) where phase != .update { passes += seconds }
    }
    let mean = passes / Double(detailedCount)
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
        let mean = run.seconds[index] / Double(detailedCount)
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

/// Seconds of each instruction of one plan, summed over its runs in detailed iterations.
private final class RunTimes: ExecutionObserver {
  let phases: [Phase]
  /// Whether the instruction is the last of its phase before another one.
  private let endsPhase: [Bool]
  let stages: [Int]
  private(set) var seconds: [Double]
  /// Runs of the plan in detailed iterations.
  private(set) var count = 0
  private let number: Int
  private unowned let recorder: TimeRecorder

  init(of plan: Plan, number: Int, recorder: TimeRecorder) {
    self.number = number
    let phases = plan.instructions.map(\.phase)
    self.phases = phases
    endsPhase = phases.indices.map { $0 + 1 == phases.count || phases[$0] != phases[$0 + 1] }
    stages = plan.instructions.map(\.stage)
    seconds = Array(repeating: 0, count: plan.instructions.count)
    self.recorder = recorder
  }

  func runWillBegin() {
    if recorder.isDetailed { count += 1 }
    recorder.runWillBegin()
  }

  func didRun(instruction index: Int, rows: CompletedRows) {
    // Tiles of several instructions take turns, so that each may be followed by one of another phase; they take long.
    guard recorder.isDetailed || endsPhase[index] || !rows.areAll else { return }
    let seconds = recorder.didRun(phases[index], run: number, instruction: index, rows)
    if recorder.isDetailed { self.seconds[index] += seconds }
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
  /// Mean seconds of each stage's first forward executions in a detailed iteration.
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
