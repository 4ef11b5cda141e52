extension Samples {
  /// Checks that a network with `outputUnits` units in its last layer can be held to these targets.
  ///
  /// Classification: every label is below `outputUnits`. Otherwise a row has exactly `outputUnits` targets.
  /// - Throws: `DataFileError` (content) with the line of the first row that does not fit.
  package func checkTargets(outputUnits: Int) throws(DataFileError) {
    switch task {
    case .classification:
      guard classCount > outputUnits else { return }
      let limit = Element(outputUnits)
      for row in 0..<sampleCount where targets[row] >= limit {
        throw origin.error(
          row: row, target: 0, found: "the label \(Int(targets[row]))",
          needed: "a class number from 0 to \(outputUnits - 1)",
          reason: " (the last layer has \(outputUnits) units)")
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
