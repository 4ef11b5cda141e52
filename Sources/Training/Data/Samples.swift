import Kernels

/// A data set: rows of features and rows of targets, in file order.
///
/// ```
/// features  [sampleCount, featureCount]   row-major
/// targets   [sampleCount, targetCount]    row-major; a class label is its index, targetCount 1
/// ```
package struct Samples<Element: TrainingElement>: Sendable {
  package internal(set) var featureTable: SampleTable<Element>
  /// Without columns where a file to predict from has no targets.
  package private(set) var targetTable: SampleTable<Element>
  package let task: SampleTask
  /// One name per feature; empty where the source has none.
  package let featureNames: [String]
  /// Classification: the largest label + 1; otherwise 0.
  package let classCount: Int
  /// Where the targets came from, for messages.
  package let origin: SampleOrigin
  /// The figures by which the features were standardized, if they were.
  package internal(set) var standardization: Standardization?

  /// - Precondition: labels are whole, not negative and below `classCount`.
  init(
    features: SampleTable<Element>, targets: SampleTable<Element>, classCount: Int, task: SampleTask,
    featureNames: [String], origin: SampleOrigin
  ) {
    precondition(features.rowCount == targets.rowCount, "there are as many rows of targets as of features")
    featureTable = features
    targetTable = targets
    self.task = task
    self.featureNames = featureNames
    self.classCount = classCount
    self.origin = origin
  }

  /// Samples of arrays at hand.
  ///
  /// - Precondition: the arrays have the sizes that the counts say; labels are whole and not negative.
  package init(
    features: [Element], featureCount: Int, targets: [Element], targetCount: Int, sampleCount: Int, task: SampleTask,
    featureNames: [String], origin: SampleOrigin
  ) {
    self.init(
      features: SampleTable(features, rowCount: sampleCount, columnCount: featureCount),
      targets: SampleTable(targets, rowCount: sampleCount, columnCount: targetCount),
      classCount: task == .classification && targetCount > 0 ? Int(targets.max() ?? -1) + 1 : 0, task: task,
      featureNames: featureNames, origin: origin)
  }

  package var sampleCount: Int { featureTable.rowCount }
  package var featureCount: Int { featureTable.columnCount }
  /// 0 where a file to predict from has no targets.
  package var targetCount: Int { targetTable.columnCount }

  /// All features, row-major: a copy, for small data sets.
  package var features: [Element] { get throws { try featureTable.elements() } }

  /// All targets, row-major: a copy, for small data sets.
  package var targets: [Element] { get throws { try targetTable.elements() } }

  /// Bytes of the features and targets, were they in memory.
  package var byteCount: Int { featureTable.byteCount + targetTable.byteCount }

  /// Bytes that they take in memory now.
  package var heldByteCount: Int { featureTable.heldByteCount + targetTable.heldByteCount }

  /// Whether rows stay in files and are read when they are needed.
  package var areInFiles: Bool { featureTable.isInFile || targetTable.isInFile }

  /// Brings rows that are in files into memory.
  ///
  /// - Throws: `ArenaMemoryError` where the system refuses the memory, `DataFileError`.
  package mutating func load() throws {
    featureTable = try featureTable.loaded()
    targetTable = try targetTable.loaded()
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
