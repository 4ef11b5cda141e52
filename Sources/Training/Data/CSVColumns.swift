import Checkpointing
import Configuration

/// The columns of a CSV file and which of them are targets.
struct CSVColumns: Hashable {
  /// The header's names; nil where the file has no header.
  let names: [String]?
  let count: Int
  /// For each column its place among the targets, or -1 for a feature.
  let targetPlaces: [Int]
  let targetCount: Int

  /// How messages speak of a column.
  func label(_ column: Int) -> String {
    if let names { "column \(quoted(names[column]))" } else { "column \(column + 1)" }
  }

  /// Names of the feature columns, in order; a file without header has the columns' numbers.
  var featureNames: [String] {
    (0..<count).filter { targetPlaces[$0] < 0 }.map { names?[$0] ?? "\($0 + 1)" }
  }

  /// Where the targets stand.
  func origin(path: String, firstLine: Int) -> SampleOrigin {
    var columns = [Int](repeating: 0, count: targetCount)
    for (column, place) in targetPlaces.enumerated() where place >= 0 { columns[place] = column }
    return SampleOrigin(
      path: path, firstLine: firstLine, targetColumns: columns.map { $0 + 1 }, targetLabels: columns.map(label))
  }

  /// Finds the targets among the columns.
  ///
  /// - Parameter targets: names, or without header numbers, the first column being 1.
  init(file: CSVFile, names: [String]?, count: Int, firstLine: Int, firstRowIsNumeric: Bool) throws(DataFileError) {
    var columnOfName: [String: Int] = [:]
    for (column, name) in (names ?? []).enumerated() {
      if let earlier = columnOfName.updateValue(column, forKey: name) {
        throw DataFileError(
          path: file.path, line: firstLine, column: column + 1,
          "two columns have the name \(quoted(name)): \(earlier + 1) and \(column + 1); names must differ")
      }
    }
    var places = [Int](repeating: -1, count: count)
    var found = 0
    var missing: String?
    for (place, target) in file.targets.enumerated() {
      let column = names == nil ? Self.column(numbered: target, of: count) : columnOfName[target]
      guard let column else {
        missing = missing ?? target
        continue
      }
      guard places[column] < 0 else {
        throw DataFileError(path: file.path, "the target \(quoted(target)) is named twice")
      }
      places[column] = place
      found += 1
    }
    if let missing, file.needsTargets || found > 0 {
      throw DataFileError(
        path: file.path, line: firstLine,
        Self.sentence(missing: missing, names: names, count: count, firstRowIsNumeric: firstRowIsNumeric))
    }
    guard found < count else {
      throw DataFileError(
        path: file.path, line: firstLine, "every column is a target; at least one must be left as a feature")
    }
    self.names = names
    self.count = count
    targetPlaces = places
    targetCount = found
  }

  private static func column(numbered text: String, of count: Int) -> Int? {
    guard let number = Int(text), (1...count).contains(number) else { return nil }
    return number - 1
  }

  private static func sentence(missing: String, names: [String]?, count: Int, firstRowIsNumeric: Bool) -> String {
    guard let names else {
      return "the file has no header, so a target is a column's number from 1 to \(count); found \(quoted(missing))"
    }
    var sentence = "no column has the name \(quoted(missing)) that the target was given"
    if let near = nearestName(to: missing, among: Array(names.prefix(10_000))) {
      sentence += "; did you mean \(quoted(near))?"
    } else if firstRowIsNumeric {
      sentence += "; the first line has only numbers: set \"header\" to false if it is no header"
    } else if count == 1, names[0].contains(";") || names[0].contains("\t") {
      sentence += "; columns are separated by commas"
    } else {
      let shown = names.prefix(8).map(quoted).joined(separator: ", ")
      sentence += "; the columns are \(shown)\(names.count > 8 ? " and \(names.count - 8) more" : "")"
    }
    return sentence
  }
}
