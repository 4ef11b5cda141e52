/// The floating-point type of every value in one graph.
package enum ElementType: String, Hashable, Sendable, CaseIterable {
  case float32
  case float64

  /// Bytes of one element.
  package var byteCount: Int {
    switch self {
    case .float32: 4
    case .float64: 8
    }
  }
}
