/// The floating-point type in which a graph computes.
///
/// In bfloat16 only what grows with the batch is of that type: activations, their cotangents, and the weights as a
/// product reads them. Whatever is added up or outlives an iteration is of the ``accumulationType``.
package enum ElementType: String, Hashable, Sendable, CaseIterable {
  case float32
  /// The upper half of a float32: its range with 8 significant bits.
  case bfloat16
  case float64

  /// Bytes of one element.
  package var byteCount: Int {
    switch self {
    case .bfloat16: 2
    case .float32: 4
    case .float64: 8
    }
  }

  /// The type of sums and of what outlives an iteration, in a graph of this type: parameters, their gradients,
  /// optimizer state, statistics, targets and losses.
  package var accumulationType: ElementType {
    switch self {
    case .float32, .bfloat16: .float32
    case .float64: .float64
    }
  }
}
