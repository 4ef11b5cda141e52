/// Where the samples come from and how they are split and scaled.
package struct DataConfiguration: Hashable, Sendable {
  package var source: DataSource
  /// The share of the samples held back for validation, in [0, 1); 0 unless given.
  package var validationFraction: Double = 0
  /// Whether features are brought to mean 0 and deviation 1 by the training samples' figures; false unless given.
  package var standardize: Bool = false

  package init(source: DataSource, validationFraction: Double = 0, standardize: Bool = false) {
    self.source = source
    self.validationFraction = validationFraction
    self.standardize = standardize
  }
}

/// What the network is to learn of a sample.
package enum LearningTask: String, Hashable, Sendable, CaseIterable {
  /// Real targets, one per output.
  case regression
  /// One class index per sample; the network has one output per class.
  case classification
  /// A zero or one per output.
  case multilabel
}

/// One kind of source. Paths are as written: relative ones are meant from the configuration file's folder.
package enum DataSource: Hashable, Sendable {
  case csv(CSVSource)
  case npy(NPYSource)
  case synthetic(SyntheticSource)

  /// The files that are read, as written.
  package var paths: [String] {
    switch self {
    case .csv(let source): [source.path]
    case .npy(let source): [source.features, source.targets]
    case .synthetic: []
    }
  }

  /// The same data, each path replaced.
  package func withPaths(_ path: (String) -> String) -> DataSource {
    switch self {
    case .csv(var source):
      source.path = path(source.path)
      return .csv(source)
    case .npy(var source):
      source.features = path(source.features)
      source.targets = path(source.targets)
      return .npy(source)
    case .synthetic: return self
    }
  }

  package var task: LearningTask {
    get {
      switch self {
      case .csv(let source): source.task
      case .npy(let source): source.task
      case .synthetic(let source): source.task
      }
    }
    set {
      switch self {
      case .csv(var source):
        source.task = newValue
        self = .csv(source)
      case .npy(var source):
        source.task = newValue
        self = .npy(source)
      case .synthetic(var source):
        source.task = newValue
        self = .synthetic(source)
      }
    }
  }
}

/// A table in a text file, one sample a line.
package struct CSVSource: Hashable, Sendable {
  package var path: String
  /// The target columns' names, at least one and no two equal; every other column is a feature. In a file without a
  /// header columns are named by their number from 1.
  package var targets: [String]
  /// What the loss calls for unless given: classification with softmax cross-entropy, multilabel with binary
  /// cross-entropy, else regression.
  package var task: LearningTask
  /// Whether the first line holds the columns' names; true unless given.
  package var header: Bool = true

  package init(path: String, targets: [String], task: LearningTask, header: Bool = true) {
    self.path = path
    self.targets = targets
    self.task = task
    self.header = header
  }
}

/// Two NumPy files with equal numbers of rows.
package struct NPYSource: Hashable, Sendable {
  /// Path of an array [samples, features].
  package var features: String
  /// Path of an array [samples, outputs] or [samples].
  package var targets: String
  /// As in ``CSVSource/task``.
  package var task: LearningTask

  package init(features: String, targets: String, task: LearningTask) {
    self.features = features
    self.targets = targets
    self.task = task
  }
}

/// Normally distributed samples labelled by a fixed random teacher network.
package struct SyntheticSource: Hashable, Sendable {
  package var samples: Int
  package var features: Int
  /// Regression or classification; as in ``CSVSource/task`` unless given.
  package var task: LearningTask
  /// Targets per sample, or the number of classes; the network's own width unless given.
  package var outputs: Int
  /// The teacher's and the samples' seed, apart from the run's own, at most 2^63 - 1; 0 unless given.
  package var seed: UInt64 = 0
  /// Standard deviation of what is added to the teacher's outputs; 0 unless given.
  package var noise: Double = 0

  package init(
    samples: Int, features: Int, task: LearningTask, outputs: Int, seed: UInt64 = 0, noise: Double = 0
  ) {
    self.samples = samples
    self.features = features
    self.task = task
    self.outputs = outputs
    self.seed = seed
    self.noise = noise
  }
}
