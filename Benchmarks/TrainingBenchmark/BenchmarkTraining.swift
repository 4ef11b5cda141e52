import Checkpointing
import ComputationGraph
import Configuration
import ExecutionPlanning
import Kernels
import Training

/// A network that is trained on one batch again and again.
struct BenchmarkTraining {
  let configuration: TrainingConfiguration
  let plans: TrainingPlans
  let session: NetworkSession<Float>
  let updater: ParameterUpdater<Float>
  let rows: ArraySlice<Int>
  let team: ThreadTeam

  init(
    _ configuration: TrainingConfiguration, _ samples: Samples<Float>, _ split: SampleSplit, _ strategy: Strategy,
    library: OneDNNKernels, team: ThreadTeam
  ) throws {
    self.configuration = configuration
    self.team = team
    let network = NetworkDescription(configuration, for: samples)
    let batch = min(configuration.training.batchSize, split.trainingRows.count)
    let batchSplit = try BatchSplit(
      for: network, rows: batch, threads: team.threadCount)
    plans = try TrainingPlans(
      network: network, sizes: BatchSizes(training: batch), split: batchSplit, strategy: strategy, library: library)
    session = try NetworkSession(
      plans: plans, samples: samples, optimizerStateCount: configuration.optimizer.stateCount, library: library,
      team: team
    ) { try initializeParameters(of: $0, by: configuration.model.initialization, seed: configuration.seed) }
    updater = ParameterUpdater(
      storage: session.storage, optimizer: configuration.optimizer, clip: configuration.training.gradientClip,
      team: team)
    rows = Array(split.trainingRows.prefix(batch))[...]
  }
}
