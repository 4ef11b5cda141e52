import ArenaMemory
import ComputationGraph
package import Configuration
import Execution
package import ExecutionPlanning
package import Kernels
package import Profiling
import SystemCalls

/// What a run does beyond its configuration.
package struct TrainingOptions: Hashable, Sendable {
  /// Exactly so many updates instead of the configured epochs.
  package var iterations: Int?
  /// Updates left out of the timing; nil for 2, or fewer where otherwise none would be timed.
  package var warmupIterations: Int?
  /// Whether every recomputed value is compared with its first computation and discarded bytes are poisoned.
  package var verify: Bool
  /// Whether the first timed iterations are traced.
  package var trace: Bool
  /// Whether the gradients' health is measured in the last iteration.
  package var health: Bool
  /// How many iterations apart it is measured too, from the first on, at least; nil for none but the last.
  package var healthInterval: Int?
  /// Bytes that whoever is told of it then takes for each stage.
  package var healthByteCountOfStage = 0
  /// Bytes that a report of the run takes for each stage.
  package var reportByteCountOfStage = 0
  /// Whether a document with a record of each epoch is written at the end.
  package var writesEpochs: Bool

  package init(
    iterations: Int? = nil, warmupIterations: Int? = nil, verify: Bool = false, trace: Bool = false,
    health: Bool = false, healthInterval: Int? = nil, writesEpochs: Bool = false
  ) {
    self.iterations = iterations
    self.warmupIterations = warmupIterations
    self.verify = verify
    self.trace = trace
    self.health = health
    self.healthInterval = healthInterval
    self.writesEpochs = writesEpochs
  }

  /// Whether the gradients' health is measured in some iteration.
  package var observesHealth: Bool { health || healthInterval != nil }

  /// Updates of the whole run.
  package func totalIterations(epochs: Int, iterationsPerEpoch: Int) -> Int {
    iterations ?? epochs * iterationsPerEpoch
  }
}

/// Trains a session's network: batches in order, reverse passes, updates, validation, records.
package final class Trainer<Element: TrainingElement> {
  private let session: NetworkSession<Element>
  private let configuration: TrainingConfiguration
  private let split: SampleSplit
  private let options: TrainingOptions
  private let updater: ParameterUpdater<Element>
  private let recorder: TimeRecorder
  /// The traced iterations; nil where none are to be.
  package let trace: ExecutionTrace?
  /// One for each of the session's training runs; none where nothing is verified.
  private let verifiers: [RecomputationVerifier]
  private let untimedObservers: [[any ExecutionObserver]]
  private let timedObservers: [[any ExecutionObserver]]
  /// Nil where the gradients' health is not measured.
  private let monitor: HealthMonitor<Element>?
  /// Timed and untimed, in an iteration in which it is.
  private let observersWithHealth: (timed: [[any ExecutionObserver]], untimed: [[any ExecutionObserver]])
  private var epochs: [EpochRecord] = []
  private var losses = LossRecord(totalIterations: 0)
  private var warmupIterations = 0
  private var usageAfterWarmup: ResourceUsage?
  /// Page faults of the process from the end of the warm-up to the end of the last iteration, or of the one after which
  /// training was interrupted; nil where there was no iteration after the warm-up.
  package private(set) var steadyPageFaultCount: Int?
  /// Seconds of all threads' processors from the end of the warm-up to the end of the last update, by the updates
  /// between; nil where there was none.
  package private(set) var processorSeconds: Double?
  private var watching = WatchingCost()
  /// What watching the iterations took.
  package var watchingCost: WatchingCost {
    var cost = watching
    cost.clockSeconds = recorder.clockSeconds
    return cost
  }

  package init(
    session: NetworkSession<Element>, configuration: TrainingConfiguration, split: SampleSplit,
    options: TrainingOptions, team: ThreadTeam
  ) {
    self.session = session
    self.configuration = configuration
    self.split = split
    self.options = options
    updater = ParameterUpdater(
      storage: session.storage, optimizer: configuration.optimizer, clip: configuration.training.gradientClip,
      team: team)
    let expectedIterations = options.totalIterations(
      epochs: configuration.training.epochs,
      iterationsPerEpoch: split.iterationsPerEpoch(batchSize: session.plans.sizes.training))
    trace =
      options.trace
      ? session.plans.makeTrace(
        iterations: expectedIterations, team: team, observesHealth: options.observesHealth) : nil
    recorder = TimeRecorder(
      stageCount: session.plans.stages.stages.count, expectedIterations: expectedIterations, trace: trace)
    verifiers = options.verify ? session.makeVerifiers() : []
    untimedObservers = verifiers.map { [$0] }
    var timed: [[any ExecutionObserver]] = []
    for (index, run) in session.trainingRuns.enumerated() {
      var observers = options.verify ? untimedObservers[index] : []
      if run.thread == 0 {
        // One thread's clock: what it waits for the others at the end counts as part of the reverse pass.
        observers.append(recorder.observer(of: run.executor.plan))
      } else if let trace {
        observers.append(trace.observer(of: run.executor.plan, thread: run.thread))
      }
      timed.append(observers)
    }
    timedObservers = timed
    let monitor = options.observesHealth ? HealthMonitor(of: session, team: team) : nil
    self.monitor = monitor
    observersWithHealth = Self.observers(
      looking: monitor, session: session, timed: timed, untimed: untimedObservers, recorder: recorder, trace: trace)
  }

  /// Those that look at values come after those that read the clock, and what they take is left out of the times.
  private static func observers(
    looking monitor: HealthMonitor<Element>?, session: NetworkSession<Element>, timed: [[any ExecutionObserver]],
    untimed: [[any ExecutionObserver]], recorder: TimeRecorder, trace: ExecutionTrace?
  ) -> (timed: [[any ExecutionObserver]], untimed: [[any ExecutionObserver]]) {
    guard let monitor else { return (timed, untimed) }
    var result = (timed: timed, untimed: untimed.isEmpty ? timed.map { _ in [] } : untimed)
    for (index, run) in session.trainingRuns.enumerated() {
      result.timed[index].append(monitor.observers[index])
      result.untimed[index].append(monitor.observers[index])
      if run.thread == 0 {
        let omission = recorder.omittingObserver()
        // Once beforehand, so that the iteration touches no page of it for the first time.
        omission.didRun(instruction: 0, rows: CompletedRows(0..<0, of: 0))
        result.timed[index].append(omission)
      } else if let trace {
        result.timed[index].append(trace.omittingObserver(thread: run.thread))
      }
    }
    return result
  }

  /// How gradients fared in the latest iteration in which somebody looked.
  package var health: GradientHealth? { monitor?.health }

  /// Times of the iterations on full batches after the warm-up, nil where there were none.
  package var timeProfile: TimeProfile? { recorder.profile() }

  /// Plans of the timed iterations whose clock was read, each with the seconds of its instructions.
  package var timedPlans: [(plan: Plan, secondsOfInstruction: [Double])] {
    zip(session.trainingRuns.filter { $0.thread == 0 }, recorder.instructionSeconds).compactMap { run, seconds in
      seconds.map { (run.executor.plan, $0) }
    }
  }

  /// Recomputed values that were compared with their first computation.
  package var comparisonCount: Int { verifiers.reduce(0) { $0 + $1.comparisonCount } }

  /// Trains to the end.
  ///
  /// - Parameters:
  ///   - progress: called after every update.
  ///   - epochDidEnd: called after every epoch with its record and the updates done.
  ///   - shouldStop: asked between two iterations, and between two batches of a validation pass. An epoch whose
  ///     validation pass was cut short is recorded without it.
  /// - Throws: `TrainingError`, or an error of the execution.
  package func train(
    progress: (TrainingProgress) throws -> Void,
    epochDidEnd: (EpochRecord, _ iteration: Int) throws -> Void = { _, _ in },
    shouldStop: () -> Bool
  ) throws -> TrainingOutcome {
    let parameters = configuration.training
    var batches = BatchSequence(
      rows: split.trainingRows, batchSize: parameters.batchSize, isShuffled: parameters.shuffle,
      seed: configuration.seed)
    let total = options.totalIterations(
      epochs: parameters.epochs, iterationsPerEpoch: batches.iterationsPerEpoch)
    let start = monotonicNanoseconds()
    var epoch = EpochInProgress(number: 1, start: start)
    losses = LossRecord(totalIterations: total)
    warmupIterations = options.warmupIterations ?? min(2, total - 1)
    var looks = LookSchedule(interval: options.healthInterval, looksLast: options.health, totalIterations: total)
    for iteration in 0..<total {
      if iteration == warmupIterations { usageAfterWarmup = try .current() }
      let batch = batches.batch(at: iteration)
      let rate = configuration.learningRateSchedule.rate(
        base: configuration.optimizer.learningRate, iteration: iteration, totalIterations: total, epoch: batch.epoch)
      let begin = monotonicNanoseconds()
      let looking = looks.looks(in: iteration) ? monitor : nil
      let step = try step(
        rows: batch.rows, iteration: iteration, epoch: batch.epoch, learningRate: rate, monitor: looking)
      let stepEnd = monotonicNanoseconds()
      // Putting it together takes memory, and is done where somebody is told alone.
      let health = looks.tells(in: iteration) ? monitor?.health : nil
      losses.add(step.loss)
      epoch.add(step, rows: batch.rows.count, learningRate: rate)
      try progress(
        TrainingProgress(
          iteration: iteration + 1, totalIterations: total, epoch: batch.epoch + 1,
          totalEpochs: (total + batches.iterationsPerEpoch - 1) / batches.iterationsPerEpoch, loss: step.loss,
          elapsedSeconds: Double(monotonicNanoseconds() - start) * 1e-9,
          activationPeakBytes: session.arena.measuredPeakBytes, learningRate: rate, gradientNorm: step.gradientNorm,
          iterationSeconds: step.seconds, health: health))
      let told = watching.add(from: begin, toldFrom: stepEnd, lookSeconds: looking?.lookSeconds)
      looks.didEnd(
        iteration, seconds: told.iterationSeconds, lookSeconds: looking.map { $0.lookSeconds + told.tellingSeconds })
      if iteration + 1 == total { try noteUsage(iterations: total) }
      if batch.isLastOfEpoch || iteration + 1 == total {
        if !updater.parametersAreFinite(),
          let error = session.parameterDivergence(iteration: iteration, epoch: batch.epoch)
        {
          throw error
        }
        let validation = try validate(shouldStop: shouldStop)
        let record = record(of: epoch, validation: validation.figures)
        epochs.append(record)
        let toldFrom = monotonicNanoseconds()
        try epochDidEnd(record, iteration + 1)
        _ = watching.add(from: toldFrom, toldFrom: toldFrom, lookSeconds: nil)
        if validation.isCutShort { throw try interrupted(after: iteration) }
        epoch = EpochInProgress(number: epoch.number + 1, start: monotonicNanoseconds())
      }
      if iteration + 1 < total, shouldStop() { throw try interrupted(after: iteration) }
    }
    return outcome(iterations: total)
  }

  private func interrupted(after iteration: Int) throws -> TrainingError {
    if steadyPageFaultCount == nil { try noteUsage(iterations: iteration + 1) }
    return .interrupted(iteration: iteration + 1)
  }

  /// Takes what the iterations since the warm-up have used, where there were any.
  private func noteUsage(iterations: Int) throws {
    guard let usageAfterWarmup else { return }
    let usage = try ResourceUsage.current()
    steadyPageFaultCount = usage.pageFaults - usageAfterWarmup.pageFaults
    processorSeconds =
      (usage.processorSeconds - usageAfterWarmup.processorSeconds) / Double(iterations - warmupIterations)
  }

  /// What training has come to so far.
  package func outcome(iterations: Int) -> TrainingOutcome {
    let ofEpoch = options.iterations == nil ? epochs.last?.trainLoss : nil
    let finalLoss = ofEpoch ?? losses.finalLoss
    return TrainingOutcome(
      iterations: iterations, epochs: epochs, initialLoss: losses.initialLoss ?? .nan, finalLoss: finalLoss ?? .nan,
      parametersDigest: session.storage.parametersDigest())
  }

  // MARK: One iteration

  private struct Step {
    var loss: Double
    var gradientNorm: Double
    var seconds: Double
  }

  private func step(
    rows: ArraySlice<Int>, iteration: Int, epoch: Int, learningRate: Double, monitor: HealthMonitor<Element>?
  ) throws -> Step {
    let context = RunContext(seed: configuration.seed, iteration: UInt64(iteration))
    let isTimed = rows.count == session.plans.sizes.training && iteration >= warmupIterations
    let isTraced = isTimed && trace?.tracesNext == true
    if isTraced { trace?.note(residentBytes: try ProcessMemory.current().residentBytes) }
    monitor?.iterationWillBegin()
    let start = monotonicNanoseconds()
    let (timed, untimed) = monitor == nil ? (timedObservers, untimedObservers) : observersWithHealth
    if isTimed { recorder.iterationWillBegin(isDetailed: monitor != nil) }
    session.fusedUpdates?.begin(updater, learningRate: learningRate)
    let result = try session.differentiate(rows: rows, context: context, observers: isTimed ? timed : untimed)
    session.fusedUpdates?.end()
    let loss = result.loss
    if isTimed { recorder.gradientsAreComplete() }
    if let monitor {
      monitor.gradientsAreComplete()
      if isTimed { recorder.omit() }
    }
    for verifier in verifiers { try session.check(verifier, iteration: iteration) }
    guard loss.isFinite else { throw session.divergence("loss", rows: rows, context: context, epoch: epoch) }
    let norm = result.squaredGradientNorm?.squareRoot() ?? updater.gradientNorm()
    guard norm.isFinite else { throw session.divergence("gradient", rows: rows, context: context, epoch: epoch) }
    if session.fusedUpdates == nil { updater.update(learningRate: learningRate, gradientNorm: norm) }
    if isTimed { recorder.updateDidEnd() }
    let seconds = Double(monotonicNanoseconds() - start) * 1e-9
    monitor?.updateDidEnd(iteration: iteration)
    if isTraced { trace?.note(residentBytes: try ProcessMemory.current().residentBytes) }
    return Step(loss: loss, gradientNorm: norm, seconds: seconds)
  }

  // MARK: Epochs

  private struct EpochInProgress {
    let number: Int
    let start: UInt64
    var lossSum = 0.0
    var rowCount = 0
    var gradientNormSum = 0.0
    var iterationCount = 0
    var learningRate = 0.0

    init(number: Int, start: UInt64) {
      self.number = number
      self.start = start
    }

    mutating func add(_ step: Step, rows: Int, learningRate: Double) {
      lossSum += step.loss * Double(rows)
      rowCount += rows
      gradientNormSum += step.gradientNorm
      iterationCount += 1
      self.learningRate = learningRate
    }
  }

  private func record(of epoch: EpochInProgress, validation: ValidationFigures?) -> EpochRecord {
    EpochRecord(
      epoch: epoch.number, trainLoss: epoch.lossSum / Double(epoch.rowCount), validationLoss: validation?.loss,
      validationAccuracy: validation?.accuracy, gradientNorm: epoch.gradientNormSum / Double(epoch.iterationCount),
      learningRate: epoch.learningRate, seconds: Double(monotonicNanoseconds() - epoch.start) * 1e-9)
  }

  private struct ValidationFigures {
    var loss: Double
    var accuracy: Double?
  }

  /// One pass over the validation samples; nil figures where there are none.
  private func validate(shouldStop: () -> Bool) throws -> (figures: ValidationFigures?, isCutShort: Bool) {
    guard let slice = session.plans.validation.first else { return (nil, false) }
    let rows = split.validationRows
    var lossSum = 0.0
    var correct: Double? = 0
    var position = 0
    var batch: [Int] = []
    while position < rows.count {
      if position > 0, shouldStop() { return (nil, true) }
      let end = min(position + slice.rows, rows.count)
      rows.copy(position..<end, into: &batch)
      let evaluation = try session.evaluate(rows: batch[...])
      lossSum += evaluation.loss * Double(end - position)
      correct = evaluation.correctCount.flatMap { count in correct.map { $0 + count } }
      position = end
    }
    let figures = ValidationFigures(
      loss: lossSum / Double(rows.count), accuracy: correct.map { $0 / Double(rows.count) })
    return (figures, false)
  }
}
