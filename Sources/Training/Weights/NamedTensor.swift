/// A tensor of a weights file: a name, a shape and its numbers in row-major order.
package struct NamedTensor: Hashable, Sendable {
  package enum Elements: Hashable, Sendable {
    case float32([Float])
    case float64([Double])

    package var count: Int {
      switch self {
      case .float32(let elements): elements.count
      case .float64(let elements): elements.count
      }
    }
  }

  package let name: String
  /// Sizes; empty for a scalar.
  package let shape: [Int]
  package let elements: Elements

  /// - Precondition: the product of the sizes is the number of elements.
  package init(name: String, shape: [Int], elements: Elements) {
    precondition(shape.reduce(1, *) == elements.count)
    self.name = name
    self.shape = shape
    self.elements = elements
  }

  /// The numbers as `Element`, rounded where that is the narrower type.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  package func elements<Element: BinaryFloatingPoint>(as type: Element.Type) -> [Element] {
    switch elements {
    case .float32(let elements): elements.map { Element($0) }
    case .float64(let elements): elements.map { Element($0) }
    }
  }
}
