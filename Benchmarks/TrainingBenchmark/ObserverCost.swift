import Configuration
import Execution
import ExecutionPlanning
import Kernels
import Profiling
import SystemCalls
import Training

/// What watching an iteration costs, within one process: iterations that are watched in different ways take turns, so
/// that a drift of the machine hits all alike. Times are those of the first thread on its processor, which what else
/// runs on the machine changes little; that thread does all the watching which is not done by every thread for its own
/// rows.
///
/// ```
/// nobody  clock  trace  looks     looks  trace  clock  nobody     nobody  clock  ...
/// ```
///
/// Before each of them stands one that is neither watched nor timed, so that all find the caches alike.
struct ObserverCost: Sendable {
  enum Watching: String, CaseIterable, Sendable {
    case nobody
    /// The times of the profile.
    case clock
    /// The same, and the end of every instruction is kept for a trace.
    case trace
    /// The same as `clock`, and values are looked at for the gradients' health.
    case looks
  }

  let name: String
  /// Of an iteration that nobody watches, on the first thread's processor: the median.
  let seconds: Double
  /// Of an iteration over that of the same round that nobody watches: medians over the rounds.
  let ratios: [Watching: Double]
  let roundCount: Int

  /// - Parameter rounds: nil for what takes some seconds, 16 at least.
  init(of training: BenchmarkTraining, name: String, rounds: Int?) throws {
    self.name = name
    var watched = WatchedTraining(training)
    for watching in [Watching.nobody, .clock, .nobody, .looks] { _ = try watched.iterate(watching) }
    var samples: [Watching: [Double]] = [:]
    let begin = monotonicNanoseconds()
    var round = 0
    while round < rounds ?? 16 || rounds == nil && monotonicNanoseconds() - begin < 4_000_000_000 {
      var seconds: [Watching: Double] = [:]
      for watching in round.isMultiple(of: 2) ? Watching.allCases : Watching.allCases.reversed() {
        _ = try watched.iterate(.nobody)
        seconds[watching] = try watched.iterate(watching)
      }
      for (watching, value) in seconds { samples[watching, default: []].append(value / (seconds[.nobody] ?? .nan)) }
      samples[.nobody]?[round] = seconds[.nobody] ?? .nan
      round += 1
    }
    roundCount = round
    seconds = Distribution(of: samples[.nobody] ?? [])?.median ?? .nan
    samples[.nobody] = nil
    ratios = samples.compactMapValues { Distribution(of: $0)?.median }
  }

  /// Of an iteration that is watched, in percent of one that is not.
  func percent(_ watching: Watching) -> Double { 100 * ((ratios[watching] ?? .nan) - 1) }
}

/// A training whose iterations are watched or not, as it is asked.
private struct WatchedTraining {
  private let training: BenchmarkTraining
  private let monitor: HealthMonitor<Float>
  private let clock: TimeRecorder
  private let clockObservers: [[any ExecutionObserver]]
  private let lookObservers: [[any ExecutionObserver]]
  private var traced: (recorder: TimeRecorder, trace: ExecutionTrace, observers: [[any ExecutionObserver]])
  private var iteration = 0

  init(_ training: BenchmarkTraining) {
    self.training = training
    let (session, clock) = (training.session, TimeRecorder(stageCount: training.plans.stages.stages.count))
    let monitor = HealthMonitor(of: session, team: training.team)
    self.clock = clock
    self.monitor = monitor
    clockObservers = Self.observers(of: session, clock, nil)
    lookObservers = zip(clockObservers, monitor.observers).map { $0 + [$1] }
    traced = Self.tracing(training)
  }

  private static func tracing(
    _ training: BenchmarkTraining
  ) -> (recorder: TimeRecorder, trace: ExecutionTrace, observers: [[any ExecutionObserver]]) {
    let trace = training.plans.makeTrace(
      iterations: ExecutionTrace.maximumIterations, team: training.team, observesHealth: false)
    let recorder = TimeRecorder(
      stageCount: training.plans.stages.stages.count, expectedIterations: ExecutionTrace.maximumIterations,
      trace: trace)
    return (recorder, trace, observers(of: training.session, recorder, trace))
  }

  private static func observers(
    of session: NetworkSession<Float>, _ recorder: TimeRecorder, _ trace: ExecutionTrace?
  ) -> [[any ExecutionObserver]] {
    session.trainingRuns.map { run in
      let plan = run.executor.plan
      return run.thread == 0
        ? [recorder.observer(of: plan)] : trace.map { [$0.observer(of: plan, thread: run.thread)] } ?? []
    }
  }

  /// One update.
  ///
  /// - Returns: seconds that this thread had a processor.
  mutating func iterate(_ watching: ObserverCost.Watching) throws -> Double {
    if watching == .trace, !traced.trace.tracesNext { traced = Self.tracing(training) }
    let recorder: TimeRecorder? =
      switch watching {
      case .nobody: nil
      case .clock, .looks: clock
      case .trace: traced.recorder
      }
    let observers: [[any ExecutionObserver]] =
      switch watching {
      case .nobody: []
      case .clock: clockObservers
      case .looks: lookObservers
      case .trace: traced.observers
      }
    let begin = threadProcessorNanoseconds()
    if watching == .looks { monitor.iterationWillBegin() }
    recorder?.iterationWillBegin()
    let result = try training.session.differentiate(
      rows: training.rows, context: RunContext(seed: training.configuration.seed, iteration: UInt64(iteration)),
      observers: observers)
    recorder?.gradientsAreComplete()
    if watching == .looks { monitor.gradientsAreComplete() }
    let norm = result.squaredGradientNorm?.squareRoot() ?? training.updater.gradientNorm()
    training.updater.update(learningRate: training.configuration.optimizer.learningRate, gradientNorm: norm)
    recorder?.updateDidEnd()
    if watching == .looks { monitor.updateDidEnd(iteration: iteration) }
    iteration += 1
    return Double(threadProcessorNanoseconds() - begin) * 1e-9
  }
}
