internal import ComputationGraph

/// The dense layer and its gradients.
enum ReferenceLinear {
  /// y = σ(x Wᵀ + b). The activation is a pass of its own, so that a fused one and a separate one give the same bits.
  static func forward<Element: ReferenceElement>(
    x: Matrix<Element>, weight: Matrix<Element>, bias: Matrix<Element>?, activation: Activation?, y: Matrix<Element>
  ) {
    for row in 0..<x.rows {
      for unit in 0..<weight.rows {
        let product = dotProduct(x, row, weight, unit)
        y[row, unit] = if let bias { product + bias[unit] } else { product }
      }
    }
    if let activation { ReferenceActivation.forward(activation, u: y, h: y) }
  }

  /// dx = du W
  static func inputGradient<Element: ReferenceElement>(
    du: Matrix<Element>, weight: Matrix<Element>, dx: Matrix<Element>
  ) {
    for row in 0..<du.rows {
      for input in 0..<weight.columns { dx[row, input] = 0 }
      for unit in 0..<weight.rows {
        dx.add(du[row, unit], times: weight, row: unit, toRow: row)
      }
    }
  }

  /// dW = duᵀ x, or dW += duᵀ x
  static func weightGradient<Element: ReferenceElement>(
    du: Matrix<Element>, x: Matrix<Element>, dWeight: Matrix<Element>, adds: Bool
  ) {
    for unit in 0..<du.columns {
      if !adds {
        for input in 0..<x.columns { dWeight[unit, input] = 0 }
      }
      for row in 0..<x.rows {
        dWeight.add(du[row, unit], times: x, row: row, toRow: unit)
      }
    }
  }

  /// db = the column sums of du, or db += them
  static func biasGradient<Element: ReferenceElement>(du: Matrix<Element>, dBias: Matrix<Element>, adds: Bool) {
    forEachColumnGroup(of: du.columns) { columns in
      let sums = columnSums(rows: du.rows, columns: columns) { [du[$0, $1].wide] }
      for column in columns { dBias.store(sums[column - columns.lowerBound][0], at: column, adds: adds) }
    }
  }

  /// The dot product of two rows of equal length: eight partial sums over every eighth element, added in order.
  @inline(__always)
  private static func dotProduct<Element: ReferenceElement>(
    _ a: Matrix<Element>, _ rowA: Int, _ b: Matrix<Element>, _ rowB: Int
  ) -> Element {
    let startA = rowA * a.columns
    let startB = rowB * b.columns
    var partial = SIMD8<Element>()
    var index = 0
    while index + 8 <= a.columns {
      partial += a.eight(at: startA + index) * b.eight(at: startB + index)
      index += 8
    }
    var sum = partial[0]
    for lane in 1..<8 { sum += partial[lane] }
    while index < a.columns {
      sum += a[startA + index] * b[startB + index]
      index += 1
    }
    return sum
  }
}
