internal import ComputationGraph
internal import SystemCalls

/// A row-major matrix in memory that is somebody else's: an operand of a reference kernel.
///
/// Its address and shape were checked when the kernel was bound; indices are checked in debug builds.
@safe struct Matrix<Element: ReferenceElement> {
  let rows: Int
  let columns: Int
  private let base: UnsafeMutablePointer<Element>

  init(address: MemoryAddress, shape: Shape) {
    rows = shape.rows
    columns = shape.columns
    unsafe base = UnsafeMutablePointer(bitPattern: address.bitPattern)!
  }

  var count: Int { rows * columns }

  /// The element at a position in memory order, row * columns + column.
  subscript(index: Int) -> Element {
    @inline(__always) get {
      assert(index >= 0 && index < count)
      return unsafe base[index]
    }
    @inline(__always) nonmutating set {
      assert(index >= 0 && index < count)
      unsafe base[index] = newValue
    }
  }

  subscript(row: Int, column: Int) -> Element {
    @inline(__always) get { self[row * columns + column] }
    @inline(__always) nonmutating set { self[row * columns + column] = newValue }
  }

  /// Replaces an element by a sum, or adds the sum to it.
  @inline(__always)
  func store(_ sum: Double, at index: Int, adds: Bool) {
    self[index] = adds ? Element(self[index].wide + sum) : Element(sum)
  }

  /// Eight elements in memory order.
  @inline(__always)
  func eight(at index: Int) -> SIMD8<Element> {
    assert(index >= 0 && index + 8 <= count)
    return unsafe UnsafeRawPointer(base + index).loadUnaligned(as: SIMD8<Element>.self)
  }

  /// Adds `factor` times a row of another matrix of this width to a row of this one.
  @inline(__always)
  func add(_ factor: Element, times other: Matrix, row otherRow: Int, toRow row: Int) {
    assert(columns == other.columns && row < rows && otherRow < other.rows)
    let target = unsafe base + row * columns
    let source = unsafe other.base + otherRow * columns
    var column = 0
    while column + 8 <= columns {
      let sum = unsafe UnsafeRawPointer(target + column).loadUnaligned(as: SIMD8<Element>.self)
      let term = unsafe UnsafeRawPointer(source + column).loadUnaligned(as: SIMD8<Element>.self)
      unsafe UnsafeMutableRawPointer(target + column).storeBytes(of: sum + factor * term, as: SIMD8<Element>.self)
      column += 8
    }
    while column < columns {
      unsafe target[column] += factor * source[column]
      column += 1
    }
  }
}

/// Sums of up to eight neighbouring columns, row after row: the reference's way to add along columns without
/// workspace and without walking memory column by column.
///
/// - Parameter term: what is added for (row, column), in double precision.
@inline(__always)
func columnSums<let terms: Int>(
  rows: Int, columns: Range<Int>, _ term: (_ row: Int, _ column: Int) -> InlineArray<terms, Double>
) -> InlineArray<8, InlineArray<terms, Double>> {
  var sums = InlineArray<8, InlineArray<terms, Double>>(repeating: InlineArray(repeating: 0))
  for row in 0..<rows {
    for column in columns {
      let value = term(row, column)
      for index in 0..<terms { sums[column - columns.lowerBound][index] += value[index] }
    }
  }
  return sums
}

/// The columns in groups of at most eight.
@inline(__always)
func forEachColumnGroup(of columns: Int, _ body: (Range<Int>) -> Void) {
  for start in stride(from: 0, to: columns, by: 8) { body(start..<min(start + 8, columns)) }
}
