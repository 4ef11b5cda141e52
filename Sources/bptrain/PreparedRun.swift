import Checkpointing
import CommandLineInterface
import ComputationGraph
import Configuration
import Kernels
import SystemCalls
import Training

/// Everything that stands before the first multiplication: the configuration, its data, the kernels and the plans.
struct PreparedRun<Element: TrainingElement> {
  let parsed: ParsedConfiguration
  let samples: Samples<Element>
  let split: SampleSplit
  let options: TrainingOptions
  let team: ThreadTeam
  let library: any KernelLibrary
  let plans: TrainingPlans

  var configuration: TrainingConfiguration { parsed.configuration }

  /// Loads the data and plans the run. Called on the compute thread, whose OpenMP team it sets up.
  ///
  /// - Parameter trains: whether the run trains; otherwise only the first batch in file order is differentiated.
  init(_ parsed: ParsedConfiguration, arguments: ParsedArguments, trains: Bool) throws {
    let configuration = parsed.configuration
    self.parsed = parsed
    options = TrainingOptions(
      iterations: arguments.iterations, warmupIterations: arguments.warmup, verify: arguments.verify)
    let scheduleFile = try parsed.scheduleFile()
    (samples, split) = try loadSamples(configuration.data, seed: configuration.seed, as: Element.self) {
      parsed.resolvedPath($0)
    }
    let mistakes = parsed.checkShapes(
      inputFeatures: samples.featureCount, outputs: samples.task == .classification ? nil : samples.targetCount)
    guard mistakes.isEmpty else {
      throw Failure(.wrongConfiguration, mistakes.map(\.description).joined(separator: "\n"))
    }
    let network = NetworkDescription(configuration, for: samples)
    team = ThreadTeam(threadCount: try configuration.threads ?? Hardware.current().suggestedThreads)
    team.setFlushToZero()
    switch Element.elementType {
    case .float32: library = try OneDNNKernels(team: team)
    case .float64: library = ReferenceKernels()
    }
    let batches = BatchSequence(
      rows: split.trainingRows, batchSize: configuration.training.batchSize, isShuffled: false, seed: 0)
    let sizes =
      trains
      ? BatchSizes(
        batchSize: configuration.training.batchSize,
        microBatchSize: configuration.training.microBatchSize, trainingSamples: split.trainingRows.count,
        validationSamples: split.validationRows.count,
        iterations: options.totalIterations(
          epochs: configuration.training.epochs, iterationsPerEpoch: batches.iterationsPerEpoch))
      : BatchSizes(training: batches.batchSize, microBatch: configuration.training.microBatchSize)
    plans = try TrainingPlans(
      network: network, sizes: sizes, strategy: configuration.checkpoint, scheduleFile: scheduleFile,
      activationBudget: configuration.activationBudget, library: library)
    try samples.checkTargets(outputUnits: plans.outputWidth)
  }

  /// A session with its parameters drawn, or taken from a weights file.
  func session(optimizerStateCount: Int, weightsPath: String?) throws -> NetworkSession<Element> {
    let session = try NetworkSession(
      plans: plans, samples: samples, optimizerStateCount: optimizerStateCount, library: library, team: team)
    try initializeParameters(
      of: session.storage, by: configuration.model.initialization, seed: configuration.seed)
    if let weightsPath {
      try session.storage.load(SafetensorsFile.read(fromPath: weightsPath), path: weightsPath)
    }
    return session
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
  let bytes: [UInt8]
  do throws(SystemCallError) {
    bytes = try readFile(atPath: path)
  } catch {
    throw Failure.input(error)
  }
  return try readConfiguration(
    bytes: bytes, fileName: path, overrides: arguments.overrides.map { try $0.configurationOverride() })
}
