import ArenaMemory
import Checkpointing
import CommandLineInterface
import ComputationGraph
import Configuration
import Execution
import ExecutionPlanning
import Kernels
import Profiling
import SystemCalls
import Training

/// Everything that stands before the first multiplication: the configuration, its data, the kernels and the plans.
struct PreparedRun<Element: TrainingElement> {
  let parsed: ParsedConfiguration
  private(set) var samples: Samples<Element>
  let split: SampleSplit
  let options: TrainingOptions
  /// Optimizer updates of the whole run.
  let totalIterations: Int
  let team: ThreadTeam
  let library: any KernelLibrary
  let plans: TrainingPlans
  /// Bytes of the general heap before planning, and those that graphs and plans hold.
  let heapByteCountBeforePlanning: Int
  private let planHeapByteCount: Int

  var configuration: TrainingConfiguration { parsed.configuration }

  /// Loads the data and plans the run. Called on the compute thread, whose OpenMP team it sets up.
  ///
  /// - Parameter trains: whether the run trains; otherwise only the first batch in file order is differentiated.
  init(_ parsed: ParsedConfiguration, arguments: ParsedArguments, trains: Bool) throws {
    let configuration = parsed.configuration
    self.parsed = parsed
    options = TrainingOptions(
      iterations: arguments.iterations, warmupIterations: arguments.warmup, verify: arguments.verify,
      trace: arguments.tracePath != nil, health: trains && arguments.measuresHealth)
    let scheduleFile = try parsed.scheduleFile()
    (samples, split) = try loadSamples(configuration.data, seed: configuration.seed, as: Element.self) {
      parsed.resolvedPath($0)
    }
    let mistakes = parsed.checkShapes(
      inputFeatures: samples.featureCount, outputs: samples.task == .classification ? nil : samples.targetCount)
    guard mistakes.isEmpty else { throw Failure(mistakes) }
    let network = NetworkDescription(configuration, for: samples)
    team = ThreadTeam(threadCount: try configuration.threads ?? Hardware.current().suggestedThreads)
    team.setFlushToZero()
    switch Element.elementType {
    case .float32: library = try OneDNNKernels(team: team)
    case .float64: library = ReferenceKernels()
    }
    let batchSize = min(configuration.training.batchSize, split.trainingRows.count)
    totalIterations =
      trains
      ? options.totalIterations(
        epochs: configuration.training.epochs, iterationsPerEpoch: (split.trainingRows.count - 1) / batchSize + 1)
      : 1
    let sizes =
      trains
      ? BatchSizes(
        batchSize: batchSize, microBatchSize: configuration.training.microBatchSize,
        trainingSamples: split.trainingRows.count, validationSamples: split.validationRows.count,
        iterations: totalIterations)
      : BatchSizes(training: batchSize, microBatch: configuration.training.microBatchSize)
    heapByteCountBeforePlanning = try processAllocatedBytes()
    let batchSplit = try BatchSplit(
      for: network, rows: sizes.microBatch, threads: team.threadCount, instructionSet: OneDNN.instructionSet)
    plans = try TrainingPlans(
      network: network, sizes: sizes, split: batchSplit, strategy: configuration.checkpoint, scheduleFile: scheduleFile,
      activationBudget: configuration.activationBudget, library: library)
    planHeapByteCount = try processAllocatedBytes() - heapByteCountBeforePlanning
    try samples.checkTargets(outputUnits: plans.outputWidth)
    // Rows that are in files stay there where memory is short: reading them again takes longer than copying them.
    if samples.areInFiles, try samples.byteCount <= MemoryLimits.current().furtherBytes / 2 { try samples.load() }
  }

  /// What the process will need, told once everything is planned and nothing has been taken yet.
  ///
  /// - Parameter optimizerStateCount: 0 for a run without updates.
  func account(optimizerStateCount: Int) throws -> ProcessAccount {
    try releaseFreedMemory()
    let memory = try ProcessMemory.current()
    let rows = split.trainingRows.count
    var later = plans.all.reduce(0) { $0 + Executor.byteCount(of: $1) }
    later += TimeRecorder.byteCount(of: plans.microBatches.map { $0.parts[0].plan }, iterations: totalIterations)
    if options.trace { later += plans.traceByteCount(iterations: totalIterations, observesHealth: options.health) }
    if options.health { later += plans.healthByteCount(Element.self) }
    if options.verify { later += plans.all.reduce(0) { $0 + RecomputationVerifier.byteCount(of: $1) } }
    return ProcessAccount(
      residentByteCount: memory.residentBytes, earlierPeakByteCount: memory.peakResidentBytes,
      planHeapByteCount: planHeapByteCount, datasetByteCount: samples.heldByteCount + split.byteCount,
      laterOrderByteCount: BatchSequence.orderByteCount(
        rowCount: rows, isShuffled: configuration.training.shuffle), laterPlanByteCount: later,
      session: SessionMemory(of: plans, samples: samples, optimizerStateCount: optimizerStateCount),
      initializationByteCount: try initializationByteCount(
        of: plans.training.graph.parameters, by: configuration.model.initialization))
  }

  /// A session with its parameters drawn, or taken from a weights file.
  func session(optimizerStateCount: Int, weightsPath: String?) throws -> NetworkSession<Element> {
    try NetworkSession(
      plans: plans, samples: samples, optimizerStateCount: optimizerStateCount, library: library, team: team
    ) { storage in
      try initializeParameters(of: storage, by: configuration.model.initialization, seed: configuration.seed)
      if let weightsPath { try storage.loadWeights(fromPath: weightsPath) }
    }
  }
}

extension ParsedConfiguration {
  /// The schedule file that the configuration names, read; nil where it names another strategy.
  fileprivate func scheduleFile() throws -> ScheduleFile? {
    guard case .file(let path) = configuration.checkpoint else { return nil }
    let bytes: [UInt8]
    do throws(SystemCallError) {
      bytes = try readFile(atPath: resolvedPath(path))
    } catch {
      throw Failure.input(error)
    }
    return try readScheduleFile(
      bytes: bytes, fileName: resolvedPath(path), name: configuration.checkpoint.description)
  }
}

/// Reads the configuration file of a command.
func readConfiguration(of arguments: ParsedArguments) throws -> ParsedConfiguration {
  guard let path = arguments.configPath else {
    throw UsageError("\(arguments.command.rawValue) needs --config F")
  }
  return try readConfiguration(
    bytes: configurationBytes(atPath: path), fileName: path,
    overrides: arguments.overrides.map { try $0.configurationOverride() })
}

/// - Throws: `Failure`, 66 where the file cannot be read.
func configurationBytes(atPath path: String) throws -> [UInt8] {
  do throws(SystemCallError) {
    return try readFile(atPath: path)
  } catch {
    throw Failure.input(error)
  }
}
