import ArenaMemory
import Kernels
import SystemCalls

/// Rows of numbers in a file, read when they are needed: by `pread`, so that no page of the file is ever the process's.
///
/// Made and used on one thread at a time, whose buffer it is.
final class FileTable: @unchecked Sendable {
  let rowCount: Int
  let columnCount: Int
  private let file: ReadableFile
  private let elementType: NPYElementType
  private let dataOffset: Int
  /// Bytes as they stand in the file, before they are numbers.
  private var buffer: [UInt8]
  /// Numbers as they are read, before they are rounded; made when that is first asked for.
  private var numbers: [Float] = []
  /// What is done to each row after it is read.
  private(set) var standardization: Standardization?

  private static let bufferLimit = 256 << 10

  /// - Precondition: the file has `dataOffset` bytes and so many rows behind them.
  init(_ file: ReadableFile, elementType: NPYElementType, dataOffset: Int, rowCount: Int, columnCount: Int) {
    self.file = file
    self.elementType = elementType
    self.dataOffset = dataOffset
    self.rowCount = rowCount
    self.columnCount = columnCount
    let rowByteCount = columnCount * elementType.byteCount
    let rows = max(1, min(rowCount, Self.bufferLimit / max(1, rowByteCount)))
    buffer = Array(repeating: 0, count: rows * rowByteCount)
  }

  /// Has every row changed by the figures after it is read; by none where they are nil.
  func setStandardization(_ figures: Standardization?) {
    precondition(figures.map { $0.means.count == columnCount } ?? true, "there is one figure for each column")
    standardization = figures
  }

  var bufferByteCount: Int { buffer.count }

  /// Reads consecutive rows.
  ///
  /// - Throws: `DataFileError`, `unreadable`.
  func read<Element: TrainingElement>(
    _ rows: Range<Int>, into target: inout MutableSpan<Element>
  ) throws(DataFileError) {
    let rowByteCount = columnCount * elementType.byteCount
    let rowsOfBuffer = buffer.count / rowByteCount
    var start = rows.lowerBound
    while start < rows.upperBound {
      let count = min(rowsOfBuffer, rows.upperBound - start)
      try fill(atByte: dataOffset + start * rowByteCount, count: count * rowByteCount)
      decode(count * columnCount, into: &target, from: (start - rows.lowerBound) * columnCount)
      start += count
    }
    if let standardization {
      standardize(&target, count: rows.count * columnCount, by: standardization)
    }
  }

  /// Lays rows one after the other into a block, those that follow one another in the file with one call.
  func gather<Element: TrainingElement>(
    rows: ArraySlice<Int>, as type: Element.Type, to block: MemoryBlock
  ) throws(DataFileError) {
    var position = rows.startIndex
    let rowByteCount = columnCount * MemoryLayout<Element>.stride
    while position < rows.endIndex {
      let first = rows[position]
      precondition(first >= 0 && first < rowCount, "a row lies beyond the table")
      var end = position + 1
      while end < rows.endIndex, rows[end] == first + (end - position), rows[end] < rowCount { end += 1 }
      let count = end - position
      try block.withMutableElements(
        Element.self, atByte: (position - rows.startIndex) * rowByteCount, count: count * columnCount
      ) { target throws(DataFileError) in
        try read(first..<first + count, into: &target)
      }
      position = end
    }
  }

  /// The same, rounded to bfloat16.
  func gatherRounded(rows: ArraySlice<Int>, to block: MemoryBlock, filling: MemoryFilling) throws(DataFileError) {
    precondition(rows.allSatisfy { $0 >= 0 && $0 < rowCount }, "a row lies beyond the table")
    let rowsOfPiece = max(1, buffer.count / max(1, columnCount * elementType.byteCount))
    // Held here while it is written to, so that nothing is copied.
    var numbers: [Float] = []
    swap(&numbers, &self.numbers)
    defer { swap(&numbers, &self.numbers) }
    if numbers.isEmpty { numbers = Array(repeating: 0, count: rowsOfPiece * columnCount) }
    var position = rows.startIndex
    while position < rows.endIndex {
      let first = rows[position]
      var count = 1
      while count < rowsOfPiece, position + count < rows.endIndex, rows[position + count] == first + count {
        count += 1
      }
      var target = numbers.mutableSpan
      try read(first..<first + count, into: &target)
      filling.gatherRoundedRows(
        of: numbers, columns: count * columnCount, rows: [0],
        to: block.address.advanced(by: (position - rows.startIndex) * columnCount * 2))
      position += count
    }
  }

  private func fill(atByte offset: Int, count: Int) throws(DataFileError) {
    do throws(SystemCallError) {
      try file.read(atByte: offset, into: &buffer, count: count)
    } catch {
      throw DataFileError(unreadable: file.path, error)
    }
  }

  /// Makes the first `count` numbers of the buffer elements of `target` from `start` on.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func decode<Element: TrainingElement>(_ count: Int, into target: inout MutableSpan<Element>, from start: Int)
  {
    for index in 0..<count {
      target[start + index] = elementType.element(buffer, at: index * elementType.byteCount)
    }
  }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func standardize<Element: TrainingElement>(
    _ values: inout MutableSpan<Element>, count: Int, by figures: Standardization
  ) {
    var column = 0
    for index in 0..<count {
      values[index] = figures.applied(to: values[index], column: column)
      column = column + 1 == columnCount ? 0 : column + 1
    }
  }
}
