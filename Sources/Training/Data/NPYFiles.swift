import Configuration
import SystemCalls

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

  /// Opens and checks both files, every number of them. The rows stay in the files (`Samples.load()` brings them into
  /// memory), so that this takes no more memory for large ones.
  ///
  /// - Throws: `DataFileError`, `unreadable` if the system refuses a file, otherwise `content` with the row.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package func read<Element: TrainingElement>() throws -> Samples<Element> {
    try samples(table(atPath: featuresPath), targetsPath.map { try table(atPath: $0) })
  }

  private func table<Element: TrainingElement>(atPath path: String) throws(DataFileError) -> SampleTable<Element> {
    let file: ReadableFile
    switch try openDataFile(atPath: path, startingWith: NPYHeader.start) {
    case .regular(let regular): file = regular
    case .bytes(let bytes):
      let array: NPYArray<Element> = try .parse(bytes, path: path)
      return SampleTable(array.elements, rowCount: array.rowCount, columnCount: array.columnCount)
    }
    let prefix: [UInt8]
    do throws(SystemCallError) {
      prefix = try file.read(atByte: 0, count: min(file.byteCount, NPYHeader.largestPrefixByteCount))
    } catch {
      throw DataFileError(unreadable: path, error)
    }
    let header = try NPYHeader(prefix: prefix, byteCount: file.byteCount, path: path)
    let rowCount = header.shape[0]
    let columnCount = header.shape.count == 2 ? header.shape[1] : 1
    // Of no rows a header may tell any number of columns.
    try checkSizes(rowCount: rowCount, columnCount: columnCount, path: path)
    return SampleTable(
      FileTable(
        file, elementType: header.elementType, dataOffset: header.dataOffset, rowCount: rowCount,
        columnCount: columnCount))
  }

  /// Joins and checks two arrays at hand; the paths only name them in messages.
  package func samples<Element: TrainingElement>(
    _ features: NPYArray<Element>, _ targets: NPYArray<Element>?
  ) throws -> Samples<Element> {
    try samples(
      SampleTable(features.elements, rowCount: features.rowCount, columnCount: features.columnCount),
      targets.map { SampleTable($0.elements, rowCount: $0.rowCount, columnCount: $0.columnCount) })
  }

  private func samples<Element: TrainingElement>(
    _ features: SampleTable<Element>, _ targets: SampleTable<Element>?
  ) throws -> Samples<Element> {
    try checkSizes(rowCount: features.rowCount, columnCount: features.columnCount, path: featuresPath)
    try features.forEachPiece { piece, firstRow in
      for index in piece.indices where !piece[index].isFinite {
        throw try notFinite(piece[index], firstRow * features.columnCount + index, features, featuresPath)
      }
    }
    let origin = SampleOrigin(path: targetsPath ?? featuresPath)
    var largest = -1.0
    if let targets { largest = try check(targets, rowCount: features.rowCount, origin) }
    return Samples(
      features: features, targets: targets ?? SampleTable([], rowCount: features.rowCount, columnCount: 0),
      classCount: task == .classification ? Int(largest) + 1 : 0, task: task, featureNames: [], origin: origin)
  }

  private func checkSizes(rowCount: Int, columnCount: Int, path: String) throws(DataFileError) {
    guard rowCount > 0 else { throw DataFileError(path: path, "has no rows") }
    guard columnCount > 0 else { throw DataFileError(path: path, "has no columns") }
    guard columnCount <= Limits.width else {
      throw DataFileError(path: path, "has \(columnCount) columns, and at most \(Limits.width) are allowed")
    }
  }

  /// - Returns: The largest target.
  private func check<Element: TrainingElement>(
    _ targets: SampleTable<Element>, rowCount: Int, _ origin: SampleOrigin
  ) throws -> Double {
    guard targets.rowCount == rowCount else {
      let found = targets.rowCount == 1 ? "1 row" : "\(targets.rowCount) rows"
      throw DataFileError(path: origin.path, "has \(found), but the features in \(featuresPath) have \(rowCount)")
    }
    let columnCount = targets.columnCount
    try checkSizes(rowCount: targets.rowCount, columnCount: columnCount, path: origin.path)
    guard task != .classification || columnCount == 1 else {
      throw DataFileError(
        path: origin.path, "has \(columnCount) columns where classification needs 1, the class number")
    }
    var largest = -1.0
    try targets.forEachPiece { piece, firstRow in
      for index in piece.indices {
        let value = Double(piece[index])
        guard value.isFinite else {
          throw try notFinite(piece[index], firstRow * columnCount + index, targets, origin.path)
        }
        if let need = task.need(unmetBy: value) {
          throw origin.error(
            row: firstRow + index / columnCount, target: index % columnCount, found: plainText(value), needed: need)
        }
        largest = max(largest, value)
      }
    }
    return largest
  }

  private func notFinite<Element: TrainingElement>(
    _ value: Element, _ index: Int, _ table: SampleTable<Element>, _ path: String
  ) throws(DataFileError) -> DataFileError {
    let row = index / table.columnCount
    let column = index % table.columnCount
    let place = "row \(row), column \(column) (the first are 0) has"
    // What is finite in the file has become infinite in the narrower type.
    if let exact = try table.exactNumber(row: row, column: column), exact.isFinite {
      return DataFileError(
        path: path,
        "\(place) \(exact), which is beyond the largest float32, \(Float.greatestFiniteMagnitude); rescale the data, or "
          + "choose \"precision\": \"float64\"")
    }
    return DataFileError(path: path, "\(place) \(value) where a finite number is needed")
  }
}
