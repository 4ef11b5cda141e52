import ArenaMemory
import Kernels

extension Samples {
  /// The samples of some rows as another type, exactly where that is the wider one; their numbers are 0, 1, ...
  ///
  /// - Throws: `ArenaMemoryError`; `DataFileError` where rows are in a file that can no longer be read.
  package func converted<Other: TrainingElement>(rows: ArraySlice<Int>, to type: Other.Type) throws -> Samples<Other> {
    func elements(of table: SampleTable<Element>) throws -> [Other] {
      let count = rows.count * table.columnCount
      let block = try MemoryBlock(byteCount: count * MemoryLayout<Element>.stride, in: JemallocArena())
      try table.gather(rows: rows, to: block, filling: MemoryFilling(team: .single))
      return try block.read(Element.self, count: count).map { Other($0) }
    }
    var result = Samples<Other>(
      features: try elements(of: featureTable), featureCount: featureCount, targets: try elements(of: targetTable),
      targetCount: targetCount, sampleCount: rows.count, task: task, featureNames: featureNames, origin: origin)
    result.standardization = standardization
    return result
  }
}
