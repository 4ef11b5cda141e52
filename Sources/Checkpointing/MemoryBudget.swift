/// What the whole process may have in memory, as users write it: a size, of which a percentage is of what the process
/// needs when every activation is kept, or `auto`, what the machine can give.
package enum MemoryBudget: Hashable, Sendable {
  case size(ByteSize)
  /// The smallest of what the control groups, the machine's available memory and the limit on addresses leave, less a
  /// margin.
  case automatic

  /// Nil where the text is neither a size nor `auto`.
  package init?(parsing text: String) {
    if text == "auto" {
      self = .automatic
      return
    }
    guard let size = ByteSize(parsing: text) else { return nil }
    self = .size(size)
  }
}

extension MemoryBudget: CustomStringConvertible {
  package var description: String {
    switch self {
    case .size(let size): size.description
    case .automatic: "auto"
    }
  }
}
