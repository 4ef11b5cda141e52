extension Samples {
  /// The samples of some rows as another type, exactly where that is the wider one; their numbers are 0, 1, ...
  package func converted<Other: TrainingElement>(rows: ArraySlice<Int>, to type: Other.Type) -> Samples<Other> {
    func table(_ elements: [Element], width: Int) -> [Other] {
      rows.flatMap { row in elements[row * width..<(row + 1) * width].map { Other($0) } }
    }
    var result = Samples<Other>(
      features: table(features, width: featureCount), featureCount: featureCount,
      targets: table(targets, width: targetCount), targetCount: targetCount, sampleCount: rows.count, task: task,
      featureNames: featureNames, origin: origin)
    result.standardization = standardization
    return result
  }
}
