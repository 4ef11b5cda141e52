/// A value or place that an ``OperandList`` holds: anything with a number of 32 bits.
@usableFromInline package protocol PackedOperand: Hashable, Sendable {
  /// - Parameter packed: what ``packed`` gave.
  init(packed: UInt32)
  var packed: UInt32 { get }
}

/// What a node or an instruction reads or writes: up to six operands, in place.
///
/// A deep network has millions of such lists. As arrays each would be an object of the heap, and making, counting
/// references of and releasing these took a third of the time of planning 100,000 stages. Everything is inlinable: as
/// generic calls into another module the same accesses took three times as long as with arrays.
@frozen @usableFromInline
package struct OperandList<Element: PackedOperand>: RandomAccessCollection, MutableCollection, Hashable, Sendable {
  /// The most operands of any operator: the gradient of a batch norm's input reads six.
  @inlinable package static var capacity: Int { 6 }

  @usableFromInline var elements: InlineArray<6, UInt32> = InlineArray(repeating: 0)
  @usableFromInline var elementCount: UInt8 = 0

  @inlinable package init() {}

  /// - Precondition: there are no more than ``capacity``.
  @inlinable package init(_ elements: some Sequence<Element>) {
    for element in elements { append(element) }
  }

  @frozen @usableFromInline package struct Iterator: IteratorProtocol, Sendable {
    @usableFromInline let list: OperandList
    @usableFromInline var position = 0

    @inlinable init(_ list: OperandList) { self.list = list }

    @inlinable package mutating func next() -> Element? {
      guard position < list.endIndex else { return nil }
      defer { position += 1 }
      return list[position]
    }
  }

  @inlinable package func makeIterator() -> Iterator { Iterator(self) }

  @inlinable package var indices: Range<Int> { 0..<endIndex }
  @inlinable package var startIndex: Int { 0 }
  @inlinable package var endIndex: Int { Int(elementCount) }

  @inlinable package subscript(position: Int) -> Element {
    get {
      precondition(position < endIndex, "there is no such operand")
      return Element(packed: elements[position])
    }
    set {
      precondition(position < endIndex, "there is no such operand")
      elements[position] = newValue.packed
    }
  }

  /// - Precondition: there are fewer than ``capacity``.
  @inlinable package mutating func append(_ element: Element) {
    precondition(endIndex < Self.capacity, "an operator has six operands at most")
    elements[endIndex] = element.packed
    elementCount += 1
  }

  /// A list of what each element is turned into, in order.
  @inlinable package func mapped<Other>(_ transform: (Element) -> Other) -> OperandList<Other> {
    var result = OperandList<Other>()
    for element in self { result.append(transform(element)) }
    return result
  }

  @inlinable package static func == (left: OperandList, right: OperandList) -> Bool { left.elementsEqual(right) }

  @inlinable package func hash(into hasher: inout Hasher) {
    hasher.combine(elementCount)
    for index in indices { hasher.combine(elements[index]) }
  }
}

extension OperandList: ExpressibleByArrayLiteral {
  @inlinable package init(arrayLiteral elements: Element...) { self.init(elements) }
}
