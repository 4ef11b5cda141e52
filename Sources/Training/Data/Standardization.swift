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

  /// Whether means and deviations differ by less than a hundredth of a deviation.
  package func isNear(_ other: Standardization) -> Bool {
    means.count == other.means.count
      && means.indices.allSatisfy { feature in
        let deviation = deviations[feature]
        return abs(means[feature] - other.means[feature]) < 0.01 * deviation
          && abs(deviation - other.deviations[feature]) < 0.01 * deviation
      }
  }

  /// Takes the figures from the named rows of `samples`, in float64, in two passes. O(rows x features).
  ///
  /// - Precondition: `rows` is not empty and in rising order.
  /// - Throws: `DataRequestError` if a feature is so large that its square overflows float64; `DataFileError` where
  ///   rows are in a file that can no longer be read.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package init<Element: TrainingElement>(of samples: Samples<Element>, rows: RowNumbers) throws {
    precondition(!rows.isEmpty, "figures are taken from at least one row")
    let width = samples.featureCount
    var first = [Element](repeating: 0, count: width)
    var means = [Double](repeating: 0, count: width)
    var isConstant = [Bool](repeating: true, count: width)
    var isFirst = true
    try Self.forEachRow(rows, of: samples.featureTable) { values, start in
      for feature in 0..<width {
        let value = values[start + feature]
        if isFirst { first[feature] = value }
        means[feature] += Double(value)
        // Compared exactly: the mean of equal numbers need not equal them, and its rounding would become a deviation.
        if value != first[feature] { isConstant[feature] = false }
      }
      isFirst = false
    }
    let count = Double(rows.count)
    for feature in 0..<width { means[feature] = isConstant[feature] ? Double(first[feature]) : means[feature] / count }
    var deviations = [Double](repeating: 0, count: width)
    try Self.forEachRow(rows, of: samples.featureTable) { values, start in
      for feature in 0..<width {
        let difference = Double(values[start + feature]) - means[feature]
        deviations[feature] += difference * difference
      }
    }
    for feature in 0..<width {
      let deviation = (deviations[feature] / count).squareRoot()
      deviations[feature] = isConstant[feature] || deviation == 0 ? 1 : deviation
    }
    try self.init(means: means, deviations: deviations)
  }

  /// Hands over the named rows in order: numbers, and where among them the row begins.
  private static func forEachRow<Element: TrainingElement>(
    _ rows: RowNumbers, of table: SampleTable<Element>, _ body: (borrowing Span<Element>, Int) -> Void
  ) throws {
    var next = rows.startIndex
    try table.forEachPiece { piece, firstRow in
      let end = firstRow + piece.count / table.columnCount
      while next < rows.endIndex, rows[next] < end {
        body(piece, (rows[next] - firstRow) * table.columnCount)
        next = rows.index(after: next)
      }
    }
    precondition(next == rows.endIndex, "the rows are in rising order and in the table")
  }

  /// A number of a column, standardized.
  @inline(__always)
  func applied<Element: TrainingElement>(to value: Element, column: Int) -> Element {
    Element((Double(value) - means[column]) / deviations[column])
  }
}

extension Samples {
  /// Standardizes every row and keeps the figures with the samples. Rows in a file are standardized whenever they are
  /// read, with the same bits.
  ///
  /// - Precondition: they have not been standardized before.
  /// - Throws: `DataRequestError` if the figures are for another number of features, or a value becomes too large for
  ///   `Element`; `DataFileError` where rows are in a file that can no longer be read.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package mutating func standardize(by figures: Standardization) throws {
    precondition(standardization == nil, "samples are standardized once")
    let width = featureCount
    guard figures.means.count == width else {
      throw DataRequestError(
        "the model was trained on \(figures.means.count) features, but the data have \(width)")
    }
    let isDone = try featureTable.mutateInMemory { values in
      for index in values.indices { values[index] = figures.applied(to: values[index], column: index % width) }
    }
    if !isDone { featureTable.file?.setStandardization(figures) }
    try featureTable.forEachPiece { piece, firstRow in
      for index in piece.indices where !piece[index].isFinite {
        throw DataRequestError(
          "feature \(index % width + 1) of row \(firstRow + index / width) (the first is 0) is too far from the mean "
            + "of the training rows to be standardized")
      }
    }
    standardization = figures
  }
}
