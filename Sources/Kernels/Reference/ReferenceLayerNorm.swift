/// Layer normalization (Ba, Kiros, Hinton 2016): every row to mean 0 and variance 1, then scaled and shifted.
/// Sums run in double precision.
enum ReferenceLayerNorm {
  /// statistics [B, 2]: mean and 1 / sqrt(biased variance + epsilon) of each row.
  static func statistics<Element: ReferenceElement>(x: Matrix<Element>, statistics: Matrix<Element>, epsilon: Double) {
    let count = Double(x.columns)
    for row in 0..<x.rows {
      var sum = 0.0
      for column in 0..<x.columns { sum += x[row, column].wide }
      let mean = sum / count
      var squares = 0.0
      for column in 0..<x.columns {
        let deviation = x[row, column].wide - mean
        squares += deviation * deviation
      }
      statistics[row, 0] = Element(mean)
      statistics[row, 1] = Element(1 / (squares / count + epsilon).squareRoot())
    }
  }

  /// y = (x - mean) / deviation * γ + β; y may be x's memory.
  static func forward<Element: ReferenceElement>(
    x: Matrix<Element>, statistics: Matrix<Element>, scale: Matrix<Element>, shift: Matrix<Element>, y: Matrix<Element>
  ) {
    for row in 0..<x.rows {
      let mean = statistics[row, 0]
      let inverseDeviation = statistics[row, 1]
      for column in 0..<x.columns {
        y[row, column] = (x[row, column] - mean) * inverseDeviation * scale[column] + shift[column]
      }
    }
  }

  /// dx = (g - mean(g) - x̂ mean(g x̂)) / deviation with g = dy γ and means over the row.
  static func inputGradient<Element: ReferenceElement>(
    dy: Matrix<Element>, x: Matrix<Element>, statistics: Matrix<Element>, scale: Matrix<Element>, dx: Matrix<Element>
  ) {
    let count = Double(x.columns)
    for row in 0..<x.rows {
      let mean = statistics[row, 0]
      let inverseDeviation = statistics[row, 1]
      var sum = 0.0
      var sumOfProducts = 0.0
      for column in 0..<x.columns {
        let g = dy[row, column].wide * scale[column].wide
        sum += g
        sumOfProducts += g * ((x[row, column] - mean) * inverseDeviation).wide
      }
      let meanG = Element(sum / count)
      let meanProduct = Element(sumOfProducts / count)
      for column in 0..<x.columns {
        let normalized = (x[row, column] - mean) * inverseDeviation
        dx[row, column] = inverseDeviation * (dy[row, column] * scale[column] - meanG - normalized * meanProduct)
      }
    }
  }

  /// dγ and dβ: the column sums of dy x̂ and of dy, or these added to them.
  static func parameterGradients<Element: ReferenceElement>(
    dy: Matrix<Element>, x: Matrix<Element>, statistics: Matrix<Element>, dScale: Matrix<Element>,
    dShift: Matrix<Element>, adds: Bool
  ) {
    forEachColumnGroup(of: x.columns) { columns in
      let sums = columnSums(rows: x.rows, columns: columns) { row, column in
        let normalized = (x[row, column] - statistics[row, 0]) * statistics[row, 1]
        return [dy[row, column].wide * normalized.wide, dy[row, column].wide]
      }
      for column in columns {
        dScale.store(sums[column - columns.lowerBound][0], at: column, adds: adds)
        dShift.store(sums[column - columns.lowerBound][1], at: column, adds: adds)
      }
    }
  }
}
