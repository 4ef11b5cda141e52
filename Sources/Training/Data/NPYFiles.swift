/// A data set in two NPY files: features [rows, columns] or [rows], and targets with as many rows.
package struct NPYFiles: Hashable, Sendable {
  package var featuresPath: String
  /// Nil where there is nothing but features to predict from.
  package var targetsPath: String?
  package var task: SampleTask

  package init(featuresPath: String, targetsPath: String?, task: SampleTask) {
    self.featuresPath = featuresPath
    self.targetsPath = targetsPath
    self.task = task
  }

  /// Reads and checks both files.
  ///
  /// - Throws: `DataFileError`, `unreadable` if the system refuses a file, otherwise `content` with the row.
  package func read<Element: BinaryFloatingPoint & Sendable>() throws(DataFileError) -> Samples<Element> {
    let features: NPYArray<Element> = try .read(fromPath: featuresPath)
    return try samples(features, try targetsPath.map { path throws(DataFileError) in try .read(fromPath: path) })
  }

  /// Joins and checks two arrays at hand; the paths only name them in messages.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package func samples<Element: BinaryFloatingPoint & Sendable>(
    _ features: NPYArray<Element>, _ targets: NPYArray<Element>?
  ) throws(DataFileError) -> Samples<Element> {
    guard features.rowCount > 0 else { throw DataFileError(path: featuresPath, "has no rows") }
    guard features.columnCount > 0 else { throw DataFileError(path: featuresPath, "has no columns") }
    if let index = features.elements.firstIndex(where: { !$0.isFinite }) {
      throw notFinite(features, index, path: featuresPath)
    }
    let origin = SampleOrigin(path: targetsPath ?? featuresPath)
    if let targets { try check(targets, rowCount: features.rowCount, origin) }
    return Samples(
      features: features.elements, featureCount: features.columnCount, targets: targets?.elements ?? [],
      targetCount: targets?.columnCount ?? 0, sampleCount: features.rowCount, task: task, featureNames: [],
      origin: origin)
  }

  private func check<Element>(
    _ targets: NPYArray<Element>, rowCount: Int, _ origin: SampleOrigin
  ) throws(DataFileError) {
    guard targets.rowCount == rowCount else {
      throw DataFileError(
        path: origin.path, "has \(targets.rowCount) rows, but the features in \(featuresPath) have \(rowCount)")
    }
    guard targets.columnCount > 0 else { throw DataFileError(path: origin.path, "has no columns") }
    guard task != .classification || targets.columnCount == 1 else {
      throw DataFileError(
        path: origin.path, "has \(targets.columnCount) columns where classification needs 1, the class number")
    }
    for (index, value) in targets.elements.enumerated() {
      guard value.isFinite else { throw notFinite(targets, index, path: origin.path) }
      if let need = task.need(unmetBy: Double(value)) {
        throw origin.error(
          row: index / targets.columnCount, target: index % targets.columnCount, found: plainText(Double(value)),
          needed: need)
      }
    }
  }

  private func notFinite<Element>(_ array: NPYArray<Element>, _ index: Int, path: String) -> DataFileError {
    let row = index / array.columnCount
    let column = index % array.columnCount
    return DataFileError(
      path: path,
      "row \(row), column \(column) (the first are 0) has \(array.elements[index]) where a finite number is needed")
  }
}
