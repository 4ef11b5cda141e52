package import ComputationGraph

/// The first values of a weight matrix: a function of (sizes, initialization, seed, parameter index) alone, so that
/// neither the order in which parameters are made nor any other parameter matters. Computed in float64, rounded once.
package struct InitialWeights: Hashable, Sendable {
  package let units: Int
  package let inputs: Int
  package let initialization: Initialization
  private let stream: RandomStream
  private let count: Int

  /// The most elements of one matrix: 64 GiB in float32.
  package static let elementLimit = 1 << 34
  /// The most operations of one orthogonal matrix, 2 r² c for r the smaller size and c the larger: 4096 x 4096.
  package static let orthogonalOperationLimit = 1 << 37

  /// - Parameter parameterIndex: the parameter's place among all parameters of the network.
  /// - Precondition: the sizes are positive, the index not negative.
  /// - Throws: `DataRequestError` if the matrix is larger than the limits above.
  package init(
    units: Int, inputs: Int, initialization: Initialization, seed: UInt64, parameterIndex: Int
  ) throws(DataRequestError) {
    precondition(units > 0 && inputs > 0 && parameterIndex >= 0)
    let (count, overflow) = units.multipliedReportingOverflow(by: inputs)
    guard !overflow, count <= Self.elementLimit else {
      throw DataRequestError(
        "a weight matrix of \(units) units and \(inputs) inputs has more than \(Self.elementLimit) elements")
    }
    if initialization.scheme == .orthogonal {
      let (operations, overflow) = (2 * min(units, inputs)).multipliedReportingOverflow(by: count)
      guard !overflow, operations <= Self.orthogonalOperationLimit else {
        throw DataRequestError(
          "orthogonal initialization of \(units) units and \(inputs) inputs takes too long; it is made up to 4096 x 4096,"
            + " so choose \"he\", \"xavier\" or \"lecun\"")
      }
    }
    self.units = units
    self.inputs = inputs
    self.initialization = initialization
    self.count = count
    stream = RandomStream(seed: seed, purpose: .parameters, lane: UInt64(parameterIndex))
  }

  /// The variance of each element, exactly 0 for zeros; for orthogonal matrices that of what is orthogonalized.
  package var variance: Double {
    switch initialization.scheme {
    case .he: 2 / Double(inputs)
    case .xavier: 2 / (Double(inputs) + Double(units))
    case .lecun: 1 / Double(inputs)
    case .orthogonal: 1
    case .zeros: 0
    }
  }

  /// The matrix [units, inputs], row-major.
  package func values<Element: BinaryFloatingPoint & Sendable>() -> [Element] {
    var values = [Element](repeating: 0, count: count)
    var span = values.mutableSpan
    fill(&span)
    return values
  }

  /// Writes the matrix [units, inputs], row-major, to where it belongs.
  ///
  /// - Precondition: `output` has as many elements.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package func fill<Element: BinaryFloatingPoint & Sendable>(_ output: inout MutableSpan<Element>) {
    precondition(output.count == count, "a matrix has as many elements as its sizes say")
    var index = 0
    switch initialization.scheme {
    case .zeros:
      while index < count {
        output[index] = 0
        index += 1
      }
    case .orthogonal:
      let isWide = units <= inputs
      var rows = VectorRows(rowCount: min(units, inputs), columnCount: max(units, inputs))
      draw { value in
        rows[index / rows.columnCount, index % rows.columnCount] = value
        index += 1
      }
      rows.orthonormalize()
      for unit in 0..<units {
        for input in 0..<inputs {
          output[unit * inputs + input] = Element(isWide ? rows[unit, input] : rows[input, unit])
        }
      }
    case .he, .xavier, .lecun:
      draw { value in
        output[index] = Element(value)
        index += 1
      }
    }
  }

  /// Bytes that drawing the matrix takes beside it.
  package var workspaceByteCount: Int {
    switch initialization.scheme {
    case .orthogonal: VectorRows.byteCount(rowCount: min(units, inputs), columnCount: max(units, inputs))
    case .he, .xavier, .lecun, .zeros: 0
    }
  }

  /// Whether drawing it takes memory that grows with the matrix.
  var needsWorkspace: Bool { workspaceByteCount > 0 }

  /// Hands over `count` independent draws of the wanted variance, in order.
  @inline(__always)
  private func draw(_ body: (Double) -> Void) {
    let scale = variance.squareRoot()
    switch initialization.distribution {
    case .normal:
      var piece = [Double](repeating: 0, count: Self.pieceCount)
      for start in stride(from: 0, to: count, by: Self.pieceCount) {
        var span = piece.mutableSpan
        stream.fillWithNormals(&span, first: UInt64(start / 2))
        for index in 0..<min(Self.pieceCount, count - start) { body(scale * piece[index]) }
      }
    case .uniform:
      for index in 0..<(count + 1) / 2 {
        // A uniform distribution over -b ... b has the variance b²/3.
        let pair = 3.0.squareRoot() * scale * (2 * stream.uniforms(at: UInt64(index)) - 1)
        body(pair.x)
        if 2 * index + 1 < count { body(pair.y) }
      }
    }
  }

  /// Numbers that are drawn at once; even.
  private static let pieceCount = 512
}
