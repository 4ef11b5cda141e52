import ArenaMemory
import SystemCalls

/// Fills a table row by row, in memory that is taken at once and touched as it fills.
struct TableBuilder<Element: TrainingElement> {
  private let block: MemoryBlock
  private let columnCount: Int
  private var rowCount = 0

  /// - Parameter rowLimit: rows that come at most.
  /// - Throws: `ArenaMemoryError` where that many are more than the system has memory for.
  init(rowLimit: Int, columnCount: Int) throws {
    let (elementCount, overflow) = rowLimit.multipliedReportingOverflow(by: columnCount)
    let (byteCount, overflowAgain) = elementCount.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow, !overflowAgain else { throw ArenaMemoryError.unreasonableSize(byteCount: Int.max) }
    block = try tableBlock(byteCount: byteCount)
    self.columnCount = columnCount
  }

  /// - Precondition: the row has as many elements as there are columns.
  @inline(__always)
  mutating func append(_ row: [Element]) throws(ArenaMemoryError) {
    try block.write(row, atByte: rowCount * columnCount * MemoryLayout<Element>.stride)
    rowCount += 1
  }

  /// The rows so far.
  var table: SampleTable<Element> { SampleTable(block, rowCount: rowCount, columnCount: columnCount) }
}

/// The jemalloc arena of all data sets.
private let tableArena = Result { () throws(ArenaMemoryError) in try JemallocArena() }

/// Memory for a table.
///
/// - Throws: `ArenaMemoryError` where the system refuses it, or has less than that available.
func tableBlock(byteCount: Int) throws -> MemoryBlock {
  // Asking the system takes longer than a small table does.
  if byteCount > 1 << 24 {
    let available = try MemoryLimits.current().furtherBytes
    guard byteCount <= available else {
      throw ArenaMemoryError.insufficientMemory(byteCount: byteCount, availableByteCount: available)
    }
  }
  return try MemoryBlock(byteCount: byteCount, in: tableArena.get())
}
