/// Mean and deviation of each feature, taken from training rows and applied to all: x becomes (x - mean) / deviation.
///
/// The deviation divides by the number of rows, not by one less. A column that is constant over the training rows has
/// deviation 1, so it becomes zero there.
package struct Standardization: Hashable, Sendable {
  /// One per feature.
  package let means: [Double]
  /// One per feature, each finite and positive.
  package let deviations: [Double]

  /// - Throws: `DataRequestError` unless there is one positive finite deviation for each finite mean.
  package init(means: [Double], deviations: [Double]) throws(DataRequestError) {
    guard means.count == deviations.count else {
      throw DataRequestError("standardization has \(means.count) means but \(deviations.count) deviations")
    }
    for feature in means.indices where !means[feature].isFinite {
      throw DataRequestError("feature \(feature + 1) has the mean \(means[feature]), which is not finite")
    }
    for feature in deviations.indices where !(deviations[feature] > 0 && deviations[feature].isFinite) {
      throw DataRequestError(
        "feature \(feature + 1) has the deviation \(deviations[feature]) where a positive finite one is needed")
    }
    self.means = means
    self.deviations = deviations
  }

  /// Takes the figures from the named rows of `samples`, in float64, in two passes. O(rows x features).
  ///
  /// - Precondition: `rows` is not empty.
  /// - Throws: `DataRequestError` if a feature is so large that its square overflows float64.
  package init<Element: BinaryFloatingPoint & Sendable>(
    of samples: Samples<Element>, rows: [Int]
  ) throws(DataRequestError) {
    precondition(!rows.isEmpty)
    let (means, deviations) = Self.figures(samples, rows)
    try self.init(means: means, deviations: deviations)
  }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private static func figures<Element: BinaryFloatingPoint & Sendable>(
    _ samples: Samples<Element>, _ rows: [Int]
  ) -> (means: [Double], deviations: [Double]) {
    let width = samples.featureCount
    let count = Double(rows.count)
    let first = rows[0] * width
    var means = [Double](repeating: 0, count: width)
    var isConstant = [Bool](repeating: true, count: width)
    for row in rows {
      for feature in 0..<width {
        let value = samples.features[row * width + feature]
        means[feature] += Double(value)
        // Compared exactly: the mean of equal numbers need not equal them, and its rounding would become a deviation.
        if value != samples.features[first + feature] { isConstant[feature] = false }
      }
    }
    for feature in 0..<width {
      means[feature] = isConstant[feature] ? Double(samples.features[first + feature]) : means[feature] / count
    }
    var deviations = [Double](repeating: 0, count: width)
    for row in rows {
      for feature in 0..<width {
        let difference = Double(samples.features[row * width + feature]) - means[feature]
        deviations[feature] += difference * difference
      }
    }
    for feature in 0..<width {
      let deviation = (deviations[feature] / count).squareRoot()
      deviations[feature] = isConstant[feature] || deviation == 0 ? 1 : deviation
    }
    return (means, deviations)
  }
}

extension Samples {
  /// Standardizes every row and keeps the figures with the samples.
  ///
  /// - Precondition: they have not been standardized before.
  /// - Throws: `DataRequestError` if the figures are for another number of features, or a value becomes too large for
  ///   `Element`.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package mutating func standardize(by figures: Standardization) throws(DataRequestError) {
    precondition(standardization == nil)
    guard figures.means.count == featureCount else {
      throw DataRequestError(
        "the model was trained on \(figures.means.count) features, but the data have \(featureCount)")
    }
    for row in 0..<sampleCount {
      for feature in 0..<featureCount {
        let index = row * featureCount + feature
        let value = Element((Double(features[index]) - figures.means[feature]) / figures.deviations[feature])
        guard value.isFinite else {
          throw DataRequestError(
            "feature \(feature + 1) of row \(row) (the first is 0) is too far from the mean of the training rows to be "
              + "standardized")
        }
        features[index] = value
      }
    }
    standardization = figures
  }
}
