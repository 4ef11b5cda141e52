extension Samples {
  /// Checks that a network with `outputUnits` units in its last layer can be held to these targets.
  ///
  /// Classification: every label is below `outputUnits`. Otherwise a row has exactly `outputUnits` targets.
  /// - Throws: `DataFileError` (content) with the line of the first row that does not fit.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package func checkTargets(outputUnits: Int) throws {
    switch task {
    case .classification:
      guard classCount > outputUnits else { return }
      let limit = Element(outputUnits)
      try targetTable.forEachPiece { labels, firstRow in
        for index in labels.indices where labels[index] >= limit {
          throw origin.error(
            row: firstRow + index, target: 0, found: "the label \(Int(labels[index]))",
            needed: "a class number from 0 to \(outputUnits - 1)",
            reason: " (the last layer has \(outputUnits) units)")
        }
      }
    case .regression, .multilabel:
      guard targetCount != outputUnits else { return }
      throw DataFileError(
        path: origin.path,
        "has \(targetCount) target\(targetCount == 1 ? "" : "s") in a row, but the last layer has \(outputUnits) units; "
          + "set its units to \(targetCount)")
    }
  }
}
