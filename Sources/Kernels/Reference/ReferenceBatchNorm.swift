/// Batch normalization (Ioffe, Szegedy 2015): every column to mean 0 and variance 1 over the batch, then scaled and
/// shifted. Sums run in double precision.
enum ReferenceBatchNorm {
  /// statistics [2, C]: mean and biased variance of each column.
  static func statistics<Element: ReferenceElement>(x: Matrix<Element>, statistics: Matrix<Element>) {
    let count = Double(x.rows)
    forEachColumnGroup(of: x.columns) { columns in
      let sums = columnSums(rows: x.rows, columns: columns) { [x[$0, $1].wide] }
      let squares = columnSums(rows: x.rows, columns: columns) { row, column in
        let deviation = x[row, column].wide - sums[column - columns.lowerBound][0] / count
        return [deviation * deviation]
      }
      for column in columns {
        statistics[0, column] = Element(sums[column - columns.lowerBound][0] / count)
        statistics[1, column] = Element(squares[column - columns.lowerBound][0] / count)
      }
    }
  }

  /// y = (x - mean) / sqrt(variance + epsilon) * γ + β; y may be x's memory.
  static func forward<Element: ReferenceElement>(
    x: Matrix<Element>, statistics: Matrix<Element>, scale: Matrix<Element>, shift: Matrix<Element>,
    y: Matrix<Element>, epsilon: Double
  ) {
    forEachColumnGroup(of: x.columns) { columns in
      let inverse = inverseDeviations(statistics, columns, epsilon)
      for row in 0..<x.rows {
        for column in columns {
          let normalized = (x[row, column] - statistics[0, column]) * inverse[column - columns.lowerBound]
          y[row, column] = normalized * scale[column] + shift[column]
        }
      }
    }
  }

  /// dx = γ / deviation (dy - dβ/B - x̂ dγ/B)
  static func inputGradient<Element: ReferenceElement>(
    dy: Matrix<Element>, x: Matrix<Element>, statistics: Matrix<Element>, scale: Matrix<Element>,
    dScale: Matrix<Element>, dShift: Matrix<Element>, dx: Matrix<Element>, epsilon: Double
  ) {
    let count = Element(x.rows)
    forEachColumnGroup(of: x.columns) { columns in
      let inverse = inverseDeviations(statistics, columns, epsilon)
      for row in 0..<x.rows {
        for column in columns {
          let inverse = inverse[column - columns.lowerBound]
          let normalized = (x[row, column] - statistics[0, column]) * inverse
          let centred = dy[row, column] - dShift[column] / count - normalized * (dScale[column] / count)
          dx[row, column] = scale[column] * inverse * centred
        }
      }
    }
  }

  /// dγ and dβ: the column sums of dy x̂ and of dy.
  static func parameterGradients<Element: ReferenceElement>(
    dy: Matrix<Element>, x: Matrix<Element>, statistics: Matrix<Element>, dScale: Matrix<Element>,
    dShift: Matrix<Element>, epsilon: Double, adds: Bool
  ) {
    forEachColumnGroup(of: x.columns) { columns in
      let inverse = inverseDeviations(statistics, columns, epsilon)
      let sums = columnSums(rows: x.rows, columns: columns) { row, column in
        let normalized = (x[row, column] - statistics[0, column]) * inverse[column - columns.lowerBound]
        return [dy[row, column].wide * normalized.wide, dy[row, column].wide]
      }
      for column in columns {
        dScale.store(sums[column - columns.lowerBound][0], at: column, adds: adds)
        dShift.store(sums[column - columns.lowerBound][1], at: column, adds: adds)
      }
    }
  }

  /// running = (1 - momentum) running + momentum (mean, variance B / (B - 1)). A batch of one row, whose unbiased
  /// variance is undefined, counts with its biased one, 0.
  static func updateRunningStatistics<Element: ReferenceElement>(
    statistics: Matrix<Element>, running: Matrix<Element>, momentum: Double, batchRows: Int
  ) {
    let unbiased = batchRows > 1 ? Double(batchRows) / Double(batchRows - 1) : 1
    for column in 0..<statistics.columns {
      let mean = statistics[0, column].wide
      let variance = statistics[1, column].wide * unbiased
      running[0, column] = Element((1 - momentum) * running[0, column].wide + momentum * mean)
      running[1, column] = Element((1 - momentum) * running[1, column].wide + momentum * variance)
    }
  }

  @inline(__always)
  private static func inverseDeviations<Element: ReferenceElement>(
    _ statistics: Matrix<Element>, _ columns: Range<Int>, _ epsilon: Double
  ) -> InlineArray<8, Element> {
    var result = InlineArray<8, Element>(repeating: 0)
    for column in columns {
      result[column - columns.lowerBound] = Element(1 / (statistics[1, column].wide + epsilon).squareRoot())
    }
    return result
  }
}
