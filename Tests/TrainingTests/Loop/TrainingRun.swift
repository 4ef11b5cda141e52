import Checkpointing
import ComputationGraph
import Configuration
import Kernels
import Training

/// A run of a configuration in this process, ready to train.
struct TrainingRun<Element: TrainingElement> {
  let configuration: TrainingConfiguration
  let session: NetworkSession<Element>
  let split: SampleSplit
  let trainer: Trainer<Element>
  /// The team's threads, and every kernel's.
  let team: ThreadTeam

  /// - Parameters:
  ///   - text: the configuration; its `data` are read only where no samples are given.
  ///   - initialize: sets the parameters, in place of the configuration's initialization.
  init(
    _ text: String, samples given: Samples<Element>? = nil, options: TrainingOptions = TrainingOptions(),
    threads: Int = 1, initialize: ((ParameterStorage<Element>) throws -> Void)? = nil
  ) throws {
    configuration = try readConfiguration(bytes: Array(text.utf8), fileName: "test.json", overrides: []).configuration
    team = ThreadTeam(threadCount: threads)
    let library: any KernelLibrary =
      switch Element.elementType {
      case .float32, .bfloat16: try OneDNNKernels(team: team)
      case .float64: ReferenceKernels()
      }
    let samples: Samples<Element>
    if let given {
      samples = given
      split = try SampleSplit(
        sampleCount: given.sampleCount, validationFraction: configuration.data.validationFraction,
        seed: configuration.seed)
    } else {
      (samples, split) = try loadSamples(configuration.data, seed: configuration.seed, as: Element.self) { $0 }
    }
    let batchSize = min(configuration.training.batchSize, split.trainingRows.count)
    let iterations = options.totalIterations(
      epochs: configuration.training.epochs, iterationsPerEpoch: (split.trainingRows.count - 1) / batchSize + 1)
    let plans = try TrainingPlans(
      network: NetworkDescription(configuration, for: samples),
      sizes: BatchSizes(
        batchSize: batchSize, trainingSamples: split.trainingRows.count,
        validationSamples: split.validationRows.count, iterations: iterations),
      fusesUpdates: configuration.optimizer.fused, strategy: configuration.checkpoint, library: library)
    session = try NetworkSession(
      plans: plans, samples: samples, optimizerStateCount: configuration.optimizer.stateCount, library: library,
      team: team)
    if let initialize {
      try initialize(session.storage)
    } else {
      try initializeParameters(
        of: session.storage, by: configuration.model.initialization, seed: configuration.seed)
    }
    trainer = Trainer(session: session, configuration: configuration, split: split, options: options, team: team)
  }

  /// Trains to the end.
  func train() throws -> TrainingOutcome {
    try trainer.train(progress: { _ in }, shouldStop: { false })
  }

  /// Trains until a number is not finite; nil where none was.
  func divergence() throws -> Divergence? {
    do {
      _ = try train()
      return nil
    } catch TrainingError.diverged(let divergence) {
      return divergence
    }
  }

  /// Every parameter, one after another.
  func parameters() throws -> [Element] {
    try session.storage.parameters.indices.flatMap { try session.storage.values(ofParameter: $0) }
  }
}

/// Samples at hand.
func samples<Element: TrainingElement>(
  _ features: [[Element]], _ targets: [[Element]], _ task: SampleTask = .regression
) -> Samples<Element> {
  Samples(
    features: Array(features.joined()), featureCount: features[0].count, targets: Array(targets.joined()),
    targetCount: targets[0].count, sampleCount: features.count, task: task, featureNames: [],
    origin: SampleOrigin(path: "test"))
}
