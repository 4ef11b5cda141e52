/// The greatest sizes that a configuration may ask for.
///
/// They keep every byte count that follows from a configuration below 2^63: 2^36 elements of at most 8 bytes for each
/// of at most 10^6 values, and 2^40 parameters. What a machine can hold is another matter, decided when planning.
package enum Limits {
  /// Bytes of a configuration file.
  package static let fileBytes = 16 << 20
  /// Bytes of a schedule file.
  package static let scheduleFileBytes = 1 << 30
  /// Brackets open at once in a file.
  package static let nesting = 64
  /// Units of a linear layer, features or outputs of a data source.
  package static let width = 1 << 24
  /// Samples in a batch.
  package static let batchSize = 1 << 24
  /// Processes that measure a point of a study.
  package static let repeats = 1...1000
  /// Samples of a synthetic source.
  package static let samples = 1 << 32
  /// Elements of one activation (batch x width) or of one data set's features or targets.
  package static let elements = 1 << 36
  /// Parameters of a network.
  package static let parameters = 1 << 40
  /// Layers of a network with every `repeat` written out, those inside residual blocks counted too.
  package static let layers = 1_000_000
  /// Epochs, iterations and the like.
  package static let repetitions = 1_000_000_000
  package static let threads = 4096
  /// Mistakes told of one file; further ones are counted.
  package static let diagnostics = 100
}
