package import ArenaMemory
package import Kernels
import SystemCalls

/// The rows of a data set's features or targets: in memory, or in a file from which they are read when they are needed.
///
/// Either way a table gives the same numbers; what differs is whether its bytes are the process's.
package struct SampleTable<Element: TrainingElement>: Sendable {
  package let rowCount: Int
  package let columnCount: Int
  private var storage: Storage

  private enum Storage {
    case array([Element])
    case block(MemoryBlock)
    case file(FileTable)
  }

  /// Elements of a piece in which a table is gone through, unless a single row is longer.
  private static var pieceElementCount: Int { 1 << 16 }

  /// A table of numbers at hand, row-major.
  ///
  /// - Precondition: there are `rowCount` x `columnCount` of them.
  package init(_ elements: [Element], rowCount: Int, columnCount: Int) {
    precondition(elements.count == rowCount * columnCount, "a table has rows of equal length")
    self.rowCount = rowCount
    self.columnCount = columnCount
    storage = .array(elements)
  }

  /// The first rows of a block.
  init(_ block: MemoryBlock, rowCount: Int, columnCount: Int) {
    precondition(rowCount * columnCount * MemoryLayout<Element>.stride <= block.byteCount, "rows outside their block")
    self.rowCount = rowCount
    self.columnCount = columnCount
    storage = .block(block)
  }

  init(_ file: FileTable) {
    rowCount = file.rowCount
    columnCount = file.columnCount
    storage = .file(file)
  }

  /// Bytes of all rows in memory, whether they are there or not.
  package var byteCount: Int { rowCount * columnCount * MemoryLayout<Element>.stride }

  /// Whether the rows stay in a file.
  package var isInFile: Bool {
    if case .file = storage { true } else { false }
  }

  /// Bytes that the table takes in memory.
  package var heldByteCount: Int {
    if case .file(let file) = storage { file.bufferByteCount } else { byteCount }
  }

  /// All elements, row-major: a copy, for small tables.
  ///
  /// - Throws: `DataFileError` where they are in a file that cannot be read.
  package func elements() throws -> [Element] {
    var elements: [Element] = []
    elements.reserveCapacity(rowCount * columnCount)
    try forEachPiece { piece, _ in
      for index in piece.indices { elements.append(piece[index]) }
    }
    return elements
  }

  /// Goes through all rows in order, some whole rows at a time, of which the second argument is the first's number.
  ///
  /// - Throws: `DataFileError`, or what `body` throws.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  func forEachPiece(_ body: (borrowing Span<Element>, Int) throws -> Void) throws {
    guard columnCount > 0 else { return }
    let rowsOfPiece = max(1, Self.pieceElementCount / columnCount)
    switch storage {
    case .array(let elements):
      try body(elements.span, 0)
    case .block(let block):
      try block.withElements(Element.self, atByte: 0, count: rowCount * columnCount) { elements throws in
        try body(elements, 0)
      }
    case .file(let file):
      var piece = [Element](repeating: 0, count: min(rowsOfPiece, rowCount) * columnCount)
      for start in stride(from: 0, to: rowCount, by: rowsOfPiece) {
        let rows = start..<min(start + rowsOfPiece, rowCount)
        var target = piece.mutableSpan
        try file.read(rows, into: &target)
        try body(piece.span.extracting(0..<rows.count * columnCount), start)
      }
    }
  }

  /// Changes all rows in order, some whole rows at a time, where they are in memory; false for rows in a file.
  mutating func mutateInMemory(_ body: (inout MutableSpan<Element>) throws -> Void) throws -> Bool {
    switch storage {
    case .array(var elements):
      storage = .array([])
      var span = elements.mutableSpan
      try body(&span)
      storage = .array(elements)
    case .block(let block):
      try block.withMutableElements(Element.self, atByte: 0, count: rowCount * columnCount) { try body(&$0) }
    case .file: return false
    }
    return true
  }

  /// A number as its file has it, before it was rounded to `Element`; nil where the rows are in memory.
  func exactNumber(row: Int, column: Int) throws(DataFileError) -> Double? {
    guard case .file(let file) = storage else { return nil }
    var numbers = [Double](repeating: 0, count: columnCount)
    var target = numbers.mutableSpan
    try file.read(row..<row + 1, into: &target)
    return numbers[column]
  }

  /// The file behind the rows, where they are in one.
  var file: FileTable? {
    if case .file(let file) = storage { file } else { nil }
  }

  /// The same rows in memory.
  ///
  /// - Throws: `ArenaMemoryError` where the system refuses the memory, `DataFileError`.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package func loaded() throws -> SampleTable {
    guard isInFile else { return self }
    let block = try tableBlock(byteCount: byteCount)
    try forEachPiece { piece, firstRow in
      block.withMutableElements(
        Element.self, atByte: firstRow * columnCount * MemoryLayout<Element>.stride, count: piece.count
      ) { target in
        for index in piece.indices { target[index] = piece[index] }
      }
    }
    return SampleTable(block, rowCount: rowCount, columnCount: columnCount)
  }

  /// Lays rows one after the other into a block, from its first byte on. Allocates nothing.
  ///
  /// - Throws: `DataFileError` where they are in a file that can no longer be read.
  package func gather(
    rows: ArraySlice<Int>, to block: MemoryBlock, filling: MemoryFilling
  ) throws(DataFileError) {
    switch storage {
    case .array(let elements):
      filling.gatherRows(of: elements, columns: columnCount, rows: rows, to: block.address)
    case .block(let source):
      filling.gatherRows(
        at: source.address, rowCount: rowCount, rowByteCount: columnCount * MemoryLayout<Element>.stride, rows: rows,
        to: block.address)
    case .file(let file):
      try file.gather(rows: rows, as: Element.self, to: block)
    }
  }

  /// The same, rounded to bfloat16; of float32 tables only.
  package func gatherRounded(
    rows: ArraySlice<Int>, to block: MemoryBlock, filling: MemoryFilling
  ) throws(DataFileError) {
    switch storage {
    case .array(let elements):
      filling.gatherRoundedRows(of: elements, columns: columnCount, rows: rows, to: block.address)
    case .block(let source):
      filling.gatherRoundedRows(
        at: source.address, rowCount: rowCount, columns: columnCount, rows: rows, to: block.address)
    case .file(let file): try file.gatherRounded(rows: rows, to: block, filling: filling)
    }
  }
}
