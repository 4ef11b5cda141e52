/// Rows of float64 numbers, held as vectors of eight with zeros behind the last column.
struct VectorRows {
  let rowCount: Int
  let columnCount: Int
  private let vectorCount: Int
  private var vectors: [SIMD8<Double>]

  /// All zero.
  init(rowCount: Int, columnCount: Int) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    vectorCount = (columnCount + 7) / 8
    vectors = Array(repeating: .zero, count: rowCount * vectorCount)
  }

  /// Bytes of such rows, with the copy of one that is worked on.
  static func byteCount(rowCount: Int, columnCount: Int) -> Int {
    (rowCount + 1) * ((columnCount + 7) / 8) * MemoryLayout<SIMD8<Double>>.stride
  }

  subscript(row: Int, column: Int) -> Double {
    get { vectors[row * vectorCount + column / 8][column % 8] }
    set { vectors[row * vectorCount + column / 8][column % 8] = newValue }
  }

  /// Makes the rows orthogonal and of length 1, in order, each keeping its direction as far as those before allow.
  ///
  /// From rows of independent normal numbers this draws uniformly from all such matrices (Mezzadri: How to Generate
  /// Random Matrices from the Classical Compact Groups, Notices of the AMS 54(5), 2007): Gram-Schmidt is the QR
  /// factorization whose R has a positive diagonal. A row that loses more than nine tenths of its length is
  /// orthogonalized once more, which keeps the rounding errors small (Daniel, Gragg, Kaufman, Stewart, Math. Comp. 30,
  /// 1976). 2 rows² columns operations.
  /// - Precondition: rowCount <= columnCount, and the rows are linearly independent.
  mutating func orthonormalize() {
    precondition(rowCount <= columnCount)
    for row in 0..<rowCount {
      var current = Array(vectors[row * vectorCount..<(row + 1) * vectorCount])
      var length = Self.product(current, current).squareRoot()
      while true {
        for earlier in 0..<row { subtractProjection(from: &current, onto: earlier) }
        let rest = Self.product(current, current).squareRoot()
        defer { length = rest }
        if rest >= 0.1 * length { break }
      }
      for place in 0..<vectorCount { vectors[row * vectorCount + place] = current[place] / length }
    }
  }

  @inline(__always)
  private func subtractProjection(from current: inout [SIMD8<Double>], onto row: Int) {
    let start = row * vectorCount
    var sum = SIMD8<Double>.zero
    for place in 0..<vectorCount { sum += current[place] * vectors[start + place] }
    let factor = sum.sum()
    for place in 0..<vectorCount { current[place] -= factor * vectors[start + place] }
  }

  private static func product(_ a: [SIMD8<Double>], _ b: [SIMD8<Double>]) -> Double {
    var sum = SIMD8<Double>.zero
    for place in a.indices { sum += a[place] * b[place] }
    return sum.sum()
  }
}
