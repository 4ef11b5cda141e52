package import Configuration

/// Reads or makes the samples that a configuration names, standardized by the training rows where it asks for that.
///
/// - Parameter resolve: turns a path as written into one that can be opened.
/// - Throws: `DataFileError` of the file at fault, `DataRequestError` for a request that no data can meet.
package func loadSamples<Element: TrainingElement>(
  _ data: DataConfiguration, seed: UInt64, as type: Element.Type, resolve: (String) -> String
) throws -> (samples: Samples<Element>, split: SampleSplit) {
  var samples: Samples<Element>
  switch data.source {
  case .csv(let source):
    samples = try CSVFile(
      path: resolve(source.path), targets: source.targets, task: SampleTask(source.task), hasHeader: source.header
    ).read()
  case .npy(let source):
    samples = try NPYFiles(
      featuresPath: resolve(source.features), targetsPath: resolve(source.targets), task: SampleTask(source.task)
    ).read()
  case .synthetic(let source):
    samples = try SyntheticData(
      sampleCount: source.samples, featureCount: source.features, task: SampleTask(source.task),
      outputCount: source.outputs, seed: source.seed, noise: source.noise
    ).samples()
  }
  let split = try SampleSplit(
    sampleCount: samples.sampleCount, validationFraction: data.validationFraction, seed: seed)
  if data.standardize {
    try samples.standardize(by: Standardization(of: samples, rows: split.trainingRows))
  }
  return (samples, split)
}

extension SampleTask {
  init(_ task: LearningTask) {
    switch task {
    case .regression: self = .regression
    case .classification: self = .classification
    case .multilabel: self = .multilabel
    }
  }
}
