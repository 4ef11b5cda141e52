import ArenaMemory
import Checkpointing
import CommandLineInterface
import ComputationGraph
import Configuration
import CostModel
import Execution
import ExecutionPlanning
import Kernels
import Profiling
import Reporting
import SystemCalls
import Training

/// Everything that stands before the first multiplication: the configuration, its data, the kernels and the plans.
struct PreparedRun<Element: TrainingElement> {
  /// What the planner chose stands in it.
  private(set) var parsed: ParsedConfiguration
  private(set) var samples: Samples<Element>
  let split: SampleSplit
  let options: TrainingOptions
  /// Optimizer updates of the whole run.
  let totalIterations: Int
  let team: ThreadTeam
  let library: any KernelLibrary
  let planning: RunPlanning<Element>
  private let planned: RunPlanning<Element>.Planned
  /// The least memory budget where samples have been brought into memory that need not be.
  private var leastBytesBesideSamples: Int?

  var plans: TrainingPlans { planned.plans }
  /// Why micro-batches have the size that they have, where the configuration leaves it open.
  var microBatchChoice: MicroBatchChoice? { planned.microBatchChoice }
  /// Peak resident bytes of the process that the plans keep to, nil where there is no budget.
  var memoryBudgetBytes: Int? { planned.memoryBudgetBytes }
  /// What times are predicted from.
  let costs: PlanCosts
  /// Of what an iteration does with all parameters at once.
  let updatePrediction: UpdatePrediction

  var configuration: TrainingConfiguration { parsed.configuration }

  /// Loads the data and plans the run. Called on the compute thread, whose OpenMP team it sets up.
  ///
  /// - Parameter trains: whether the run trains; otherwise only the first batch in file order is differentiated.
  init(_ parsed: ParsedConfiguration, arguments: ParsedArguments, trains: Bool) throws {
    let configuration = parsed.configuration
    self.parsed = parsed
    var options = TrainingOptions(
      iterations: arguments.iterations, warmupIterations: arguments.warmup, verify: arguments.verify,
      trace: arguments.tracePath != nil, health: trains && arguments.measuresHealth,
      writesEpochs: arguments.json || arguments.reportPath != nil || arguments.outputPath != nil)
    try checkOutputFiles(of: arguments, inputs: parsed.inputFiles)
    let scheduleFile = try parsed.scheduleFile()
    (samples, split) = try loadSamples(configuration.data, seed: configuration.seed, as: Element.self) {
      parsed.resolvedPath($0)
    }
    let mistakes = parsed.checkShapes(
      inputFeatures: samples.featureCount, outputs: samples.task == .classification ? nil : samples.targetCount)
    guard mistakes.isEmpty else { throw Failure(mistakes) }
    let network = NetworkDescription(configuration, for: samples)
    try samples.checkTargets(outputUnits: network.outputWidth)
    team = try makeTeam(threadCount: configuration.threads)
    team.setFlushToZero()
    switch network.elementType {
    case .float32, .bfloat16:
      let table = try KernelTable.ofThisMachine { if !arguments.quiet { note("bptrain: \($0)\n") } }
      library = try OneDNNKernels(team: team, table: table)
    case .float64: library = ReferenceKernels()
    }
    if network.elementType == .bfloat16, !OneDNN.instructionSet.multipliesBFloat16, !arguments.quiet {
      note(
        "bptrain: \(OneDNN.instructionSetName) does not multiply bfloat16; products are widened to float32, which saves "
          + "memory but no time\n")
    }
    let batchSize = min(configuration.training.batchSize, split.trainingRows.count)
    totalIterations =
      trains
      ? options.totalIterations(
        epochs: configuration.training.epochs, iterationsPerEpoch: split.iterationsPerEpoch(batchSize: batchSize))
      : 1
    options.reportByteCountOfStage = StageFacts.byteCount
    if trains, arguments.tensorBoardPath != nil {
      options.healthInterval = TensorBoardLog.healthInterval(totalIterations: totalIterations)
      options.healthByteCountOfStage = TensorBoardLog.byteCountOfStage
    }
    self.options = options
    let sizes: (Int?) -> BatchSizes = { [split, totalIterations] microBatchSize in
      trains
        ? BatchSizes(
          batchSize: batchSize, microBatchSize: microBatchSize, trainingSamples: split.trainingRows.count,
          validationSamples: split.validationRows.count, iterations: totalIterations)
        : BatchSizes(training: batchSize, microBatch: microBatchSize)
    }
    try releaseFreedMemory()
    let heapByteCount = try processAllocatedBytes()
    costs = try PlanCosts(
      configuration, elementType: network.elementType, library: library, team: team,
      // Nobody asks for the time of a single pass, and of all strategies one alone chooses by it.
      isNeeded: trains || configuration.checkpoint == .optimal)
    planning = RunPlanning(
      configuration: configuration, network: network, sizes: sizes,
      scheduleFile: scheduleFile, samples: samples, split: split, options: options, totalIterations: totalIterations,
      optimizerStateCount: trains ? configuration.optimizer.stateCount : 0,
      fusesUpdates: trains && configuration.optimizer.fused, team: team, library: library, costs: costs,
      heapByteCount: heapByteCount, residentByteCount: try ProcessMemory.current().residentBytes)
    planned = try planning.plan()
    if let choice = planned.microBatchChoice {
      let isWhole = choice.rows == batchSize
      self.parsed = parsed.settled(microBatchRows: isWhole ? configuration.training.batchSize : choice.rows)
    }
    let update = UpdateWork(
      optimizer: configuration.optimizer, clip: configuration.training.gradientClip, plans: planned.plans)
    updatePrediction = trains ? try update.prediction(costs, team: team) : .none
    if case .measured(let source) = costs {
      source.store()
      if !arguments.quiet {
        for sentence in source.problems { note("bptrain: \(sentence)\n") }
      }
    }
    guard samples.areInFiles else { return }
    // With samples left where they are.
    let least = minimumFeasibleByteCount(try account())
    if try hasRoomForSamples() {
      try samples.load()
      leastBytesBesideSamples = least
    }
  }

  /// Whether rows that are in files are brought into memory: reading them again takes longer than copying them. Where
  /// memory is short they stay there.
  private func hasRoomForSamples() throws -> Bool {
    let account = try account()
    let further = try MemoryLimits.current().furtherBytes
    let needed = account.session.byteCountBesideArena + account.session.arenaByteCount + account.budgetMargin
    guard samples.byteCount <= (further - needed) / 2 else { return false }
    guard let budget = memoryBudgetBytes else { return true }
    return account.peakByteCount + samples.byteCount + account.spread <= budget
  }

  /// What the process will need, told once everything is planned and nothing has been taken yet.
  func account() throws -> ProcessAccount { try planning.account(of: planned, samples) }

  /// The least memory budget that the run is planned in.
  func minimumFeasibleByteCount(_ account: ProcessAccount) -> Int {
    leastBytesBesideSamples ?? planned.minimumFeasibleByteCount(account)
  }

  /// A session with its parameters drawn, or taken from the weights file of the command line.
  func session(_ arguments: ParsedArguments) throws -> NetworkSession<Element> {
    try NetworkSession(
      plans: plans, samples: samples, optimizerStateCount: planning.optimizerStateCount, library: library,
      team: team, hugePages: configuration.hugePages
    ) { storage in
      try initializeParameters(
        of: storage, by: configuration.model.initialization, seed: configuration.seed, team: team)
      guard let path = arguments.weightsPath else { return }
      let figures = try storage.loadWeights(fromPath: path)
      if !arguments.quiet, let sentence = standardizationNote(weights: figures) {
        note("bptrain: \(path): \(sentence)\n")
      }
    }
  }

  /// What to say where weights were trained on features of another scale than this run's.
  private func standardizationNote(weights: Standardization?) -> String? {
    switch (weights, samples.standardization) {
    case (nil, _): nil
    case (_?, nil): "the weights were trained on standardized features, and these are not (data.standardize)"
    case (let weights?, let own?):
      weights.isNear(own) ? nil : "the weights were trained on features standardized by other figures than these"
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

/// - Throws: `Failure`, 66 where the file cannot be read or is larger than any configuration.
func configurationBytes(atPath path: String) throws -> [UInt8] {
  do throws(SystemCallError) {
    return try readFile(atPath: path, largestByteCount: 256 << 20)
  } catch {
    throw Failure.input(error)
  }
}

/// The threads that compute, where the limit on addresses has room for their stacks and for the code of kernels:
/// libgomp and oneDNN would end the process otherwise.
///
/// - Parameter threadCount: nil for what the hardware suggests and OpenMP permits.
/// - Throws: `Failure`, 71 where there cannot be so many threads.
func makeTeam(threadCount: Int?) throws -> ThreadTeam {
  let count = try threadCount ?? Hardware.ofThisProcess().suggestedThreads
  let needed = (count - 1) * (9 << 20) + 16 << 20
  let limits = try MemoryLimits.current()
  if let limit = limits.addressSpaceBytes, limits.usedAddressSpaceBytes + needed > limit {
    throw Failure(
      .systemRefusal,
      "\(count) threads and their kernels take \(needed) bytes of addresses, and the limit on them (\(limit) bytes, of which "
        + "\(limits.usedAddressSpaceBytes) are taken) leaves too few; raise it, or lower --threads")
  }
  do throws(SystemCallError) {
    try tryStarting(threadCount: count - 1)
  } catch {
    throw Failure(
      .systemRefusal, "\(count) threads cannot be started (\(error.description)); lower --threads, or raise the limit")
  }
  let team = ThreadTeam(threadCount: count)
  let running = team.countRunningThreads()
  if running == count { return team }
  guard threadCount == nil else {
    throw Failure(
      .systemRefusal,
      "\(count) threads are asked for and OpenMP starts \(running); unset OMP_THREAD_LIMIT and OMP_MAX_ACTIVE_LEVELS, or "
        + "lower --threads")
  }
  return ThreadTeam(threadCount: running)
}
