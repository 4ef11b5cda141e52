/// A data set in memory: rows of features and rows of targets, in file order.
///
/// ```
/// features  [sampleCount, featureCount]   row-major
/// targets   [sampleCount, targetCount]    row-major; a class label is its index, targetCount 1
/// ```
package struct Samples<Element: BinaryFloatingPoint & Sendable>: Sendable {
  package let sampleCount: Int
  package let featureCount: Int
  /// 0 where a file to predict from has no targets.
  package let targetCount: Int
  package internal(set) var features: [Element]
  package let targets: [Element]
  package let task: SampleTask
  /// One name per feature; empty where the source has none.
  package let featureNames: [String]
  /// Classification: the largest label + 1; otherwise 0.
  package let classCount: Int
  /// Where the targets came from, for messages.
  package let origin: SampleOrigin
  /// The figures by which the features were standardized, if they were.
  package internal(set) var standardization: Standardization?

  /// - Precondition: the arrays have the sizes that the counts say; labels are whole and not negative.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package init(
    features: [Element], featureCount: Int, targets: [Element], targetCount: Int, sampleCount: Int, task: SampleTask,
    featureNames: [String], origin: SampleOrigin
  ) {
    precondition(features.count == sampleCount * featureCount && targets.count == sampleCount * targetCount)
    self.sampleCount = sampleCount
    self.featureCount = featureCount
    self.targetCount = targetCount
    self.features = features
    self.targets = targets
    self.task = task
    self.featureNames = featureNames
    self.origin = origin
    classCount = task == .classification && targetCount > 0 ? Int(targets.max() ?? -1) + 1 : 0
  }

  /// Bytes of the features and targets.
  package var byteCount: Int {
    (features.count + targets.count) * MemoryLayout<Element>.stride
  }
}

/// Where samples were read from, so that a row can be pointed at.
package struct SampleOrigin: Hashable, Sendable {
  /// The file of the targets, or what stands for it.
  package var path: String
  /// The line of the first sample; sample i stands i lines further on. Nil for files without lines.
  package var firstLine: Int?
  /// The column of each target, the first column being 1; empty for files without lines.
  package var targetColumns: [Int]
  /// How messages speak of each target, for example `column "digit"`.
  package var targetLabels: [String]

  package init(path: String, firstLine: Int? = nil, targetColumns: [Int] = [], targetLabels: [String] = []) {
    self.path = path
    self.firstLine = firstLine
    self.targetColumns = targetColumns
    self.targetLabels = targetLabels
  }

  /// The error that target `target` of sample `row` has `found` where `needed` is needed.
  func error(row: Int, target: Int, found: String, needed: String, reason: String = "") -> DataFileError {
    let sentence = "has \(found) where \(needed) is needed\(reason)"
    guard let firstLine else { return DataFileError(path: path, "row \(row) (the first is 0) \(sentence)") }
    return DataFileError(
      path: path, line: firstLine + row, column: targetColumns[target], "\(targetLabels[target]) \(sentence)")
  }
}
