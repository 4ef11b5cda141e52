/// The shape of a value: every value here is a row-major matrix.
///
/// Activations are [batch, width], weights [units, inputs], biases and scales [1, width], scalars [1, 1].
package struct Shape: Hashable, Sendable, CustomStringConvertible {
  package let rows: Int
  package let columns: Int

  package static let scalar = Shape(rows: 1, columns: 1)

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// rows x columns. `GraphBuilder` has refused every shape for which this overflows.
  package var elementCount: Int { rows * columns }

  package func byteCount(of elementType: ElementType) -> Int { elementCount * elementType.byteCount }

  package var description: String { "[\(rows), \(columns)]" }
}
