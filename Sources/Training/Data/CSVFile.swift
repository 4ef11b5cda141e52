/// A CSV file of numbers (RFC 4180, UTF-8) and how to read it: every column that is no target is a feature.
///
/// ```
/// let digits = CSVFile(path: "data/digits.csv", targets: ["digit"], task: .classification)
/// let samples: Samples<Float> = try digits.read()
/// ```
/// Deliberately lacking: other separators than the comma, and text columns.
package struct CSVFile: Hashable, Sendable {
  package var path: String
  /// Names of the target columns, in the order in which the targets are wanted; without header their numbers, the
  /// first column being 1.
  package var targets: [String]
  package var task: SampleTask
  /// Whether the first line has the columns' names.
  package var hasHeader: Bool
  /// If false, a file in which none of the targets occurs is read as features alone.
  package var needsTargets: Bool

  /// The most columns; names take memory beyond the file's own size.
  package static let columnLimit = 1 << 20

  package init(
    path: String, targets: [String], task: SampleTask, hasHeader: Bool = true, needsTargets: Bool = true
  ) {
    self.path = path
    self.targets = targets
    self.task = task
    self.hasHeader = hasHeader
    self.needsTargets = needsTargets
  }

  /// Reads and checks the whole file. A number is rounded to float64 and then to `Element`.
  ///
  /// Beside the table itself this takes a window of the file, not the whole of it.
  ///
  /// - Throws: `DataFileError`, `unreadable` if the system refuses the file, otherwise `content` with line and column;
  ///   `ArenaMemoryError` where there is too little memory.
  package func read<Element: TrainingElement>() throws -> Samples<Element> {
    try samples(CSVText(path: path))
  }

  /// The same for bytes at hand; `path` only names them in messages.
  package func parse<Element: TrainingElement>(_ bytes: [UInt8]) throws -> Samples<Element> {
    try samples(CSVText(bytes, path: path))
  }

  private func samples<Element: TrainingElement>(_ text: CSVText) throws -> Samples<Element> {
    var text = text
    let columns = try text.read { scanner throws(DataFileError) in try self.columns(&scanner) }
    let origin = try text.read { scanner throws(DataFileError) in
      guard !scanner.onlyBlankLinesAreLeft else {
        throw DataFileError(path: path, hasHeader ? "has a header but no rows" : "has no rows")
      }
      return columns.origin(path: path, firstLine: scanner.line)
    }
    return try readRows(&text, columns, origin)
  }

  /// Reads the first line and finds the targets. Without header the scanner stays before that line.
  private func columns(_ scanner: inout CSVScanner) throws(DataFileError) -> CSVColumns {
    if task == .classification, targets.count != 1 {
      throw DataFileError(path: path, "classification has exactly one target column; found \(targets.count) names")
    }
    guard !scanner.onlyBlankLinesAreLeft else { throw DataFileError(path: path, "is empty") }
    let start = scanner
    var names: [String] = []
    var isNumeric = true
    repeat {
      let line = scanner.line
      let cell = try text(&scanner, column: names.count, label: "column \(names.count + 1)")
      guard let name = String(validating: cell, as: UTF8.self) else {
        throw DataFileError(path: path, line: line, column: names.count + 1, "is not UTF-8 text")
      }
      guard names.count < Self.columnLimit else {
        throw DataFileError(
          path: path, line: line, "the line has more than \(Self.columnLimit) values, the most that are read")
      }
      isNumeric = isNumeric && number(in: cell) != nil
      names.append(name)
    } while scanner.separator() == .comma
    if !hasHeader { scanner = start }
    return try CSVColumns(
      file: self, names: hasHeader ? names : nil, count: names.count, firstLine: start.line,
      firstRowIsNumeric: isNumeric)
  }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func readRows<Element: TrainingElement>(
    _ text: inout CSVText, _ columns: CSVColumns, _ origin: SampleOrigin
  ) throws -> Samples<Element> {
    let featureCount = columns.count - columns.targetCount
    // A cell takes at least two bytes (the last may have one), which bounds what a hostile file can have taken.
    let lineLimit = min(try text.lineEndCount() + 1, (text.byteCount / 2 + 1) / columns.count + 1)
    var features = try TableBuilder<Element>(rowLimit: lineLimit, columnCount: featureCount)
    var targets = try TableBuilder<Element>(rowLimit: lineLimit, columnCount: columns.targetCount)
    var row = Row<Element>(featureCount: featureCount, targetCount: columns.targetCount)
    var largest: Element = -1
    while try text.read({ scanner throws(DataFileError) in try readRow(&scanner, columns, &row) }) {
      try features.append(row.features)
      try targets.append(row.targets)
      for value in row.targets { largest = max(largest, value) }
      if row.isLast { break }
    }
    return Samples(
      features: features.table, targets: targets.table,
      classCount: task == .classification && columns.targetCount > 0 ? Int(largest) + 1 : 0, task: task,
      featureNames: columns.featureNames, origin: origin)
  }

  private struct Row<Element: TrainingElement> {
    var features: [Element]
    var targets: [Element]
    /// Whether the text ended with it.
    var isLast = false

    init(featureCount: Int, targetCount: Int) {
      features = Array(repeating: 0, count: featureCount)
      targets = Array(repeating: 0, count: targetCount)
    }
  }

  /// Reads one row; false where none is left.
  @inline(__always)
  private func readRow<Element: TrainingElement>(
    _ scanner: inout CSVScanner, _ columns: CSVColumns, _ row: inout Row<Element>
  ) throws(DataFileError) -> Bool {
    guard scanner.unreadByteCount > 0 else { return false }
    if scanner.isAtBlankLine {
      guard scanner.onlyBlankLinesAreLeft else {
        throw DataFileError(path: path, line: scanner.line, "the line is blank; only the last lines may be")
      }
      scanner.skipToEnd()
      return false
    }
    let lastColumn = columns.count - 1
    var feature = 0
    for column in 0...lastColumn {
      let line = scanner.line
      let number: Double
      if let plain = scanner.number() {
        number = plain
      } else {
        number = try quotedNumber(&scanner, column, columns)
      }
      let value = Element(number)
      let place = columns.targetPlaces[column]
      guard value.isFinite, place < 0 || task.need(unmetBy: number) == nil else {
        throw error(
          for: number, isFinite: value.isFinite, line, column, columns, bits: MemoryLayout<Element>.size * 8)
      }
      if place < 0 {
        row.features[feature] = value
        feature += 1
      } else {
        row.targets[place] = value
      }
      let separator = scanner.separator()
      guard (separator == .comma) == (column < lastColumn) else {
        throw wrongLength(&scanner, line, count: column + 1, more: separator == .comma, columns)
      }
      row.isLast = separator == .fileEnd
    }
    return true
  }

  /// A number in quotes; anything else is an error.
  @inline(never)
  private func quotedNumber(
    _ scanner: inout CSVScanner, _ column: Int, _ columns: CSVColumns
  ) throws(DataFileError) -> Double {
    let line = scanner.line
    let label = columns.label(column)
    let cell = try text(&scanner, column: column, label: label)
    if let number = number(in: cell) { return number }
    let word = String(decoding: cell, as: UTF8.self).lowercased()
    let isNotFinite = ["nan", "inf", "infinity"].contains(word.drop { $0 == "-" || $0 == "+" })
    let found = cell.isEmpty ? "is empty" : isNotFinite ? "has the value \(word)" : "has the text \(quoted(cell))"
    let needed =
      if columns.targetPlaces[column] >= 0, task == .classification {
        "a class number (0, 1, 2, ...)"
      } else {
        isNotFinite ? "a finite number" : "a number"
      }
    throw DataFileError(path: path, line: line, column: column + 1, "\(label) \(found) where \(needed) is needed")
  }

  /// The number that a cell's text is, if it is nothing else.
  private func number(in cell: [UInt8]) -> Double? {
    var position = 0
    guard let number = parseDecimal(cell, at: &position), position == cell.count else { return nil }
    return number
  }

  private func text(
    _ scanner: inout CSVScanner, column: Int, label: String
  ) throws(DataFileError) -> [UInt8] {
    let line = scanner.line
    do throws(CSVScanner.Malformed) {
      return try scanner.text()
    } catch {
      let sentence =
        switch error {
        case .quoteNeverClosed: "\(label) begins with a quote that is never closed"
        case .textAfterQuote: "\(label) has text behind its closing quote; a quote inside quotes is written twice"
        }
      throw DataFileError(path: path, line: line, column: column + 1, sentence)
    }
  }

  @inline(never)
  private func error(
    for number: Double, isFinite: Bool, _ line: Int, _ column: Int, _ columns: CSVColumns, bits: Int
  ) -> DataFileError {
    let label = columns.label(column)
    let sentence =
      if isFinite, let need = task.need(unmetBy: number) {
        "\(label) has \(plainText(number)) where \(need) is needed"
      } else {
        "\(label) has a number that is too large for float\(bits)"
      }
    return DataFileError(path: path, line: line, column: column + 1, sentence)
  }

  /// A row with too few or too many values; `count` have been read.
  @inline(never)
  private func wrongLength(
    _ scanner: inout CSVScanner, _ line: Int, count: Int, more: Bool, _ columns: CSVColumns
  ) -> DataFileError {
    var found = count
    var more = more
    do throws(CSVScanner.Malformed) {
      while more {
        _ = try scanner.text()
        found += 1
        more = scanner.separator() == .comma
      }
    } catch {
      found += 1
    }
    let reason = hasHeader ? "the header names \(columns.count)" : "the first line has \(columns.count)"
    return DataFileError(path: path, line: line, "the row has \(found) value\(found == 1 ? "" : "s") where \(reason)")
  }
}
