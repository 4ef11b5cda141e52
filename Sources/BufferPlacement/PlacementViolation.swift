/// What is wrong with a placement; buffers are named by their position in the list.
package enum PlacementViolation: Error, Hashable, Sendable, CustomStringConvertible {
  case countMismatch(offsets: Int, buffers: Int)
  case negativeOffset(buffer: Int, offset: Int)
  case misaligned(buffer: Int, offset: Int, alignment: Int)
  /// The end of the buffer, in aligned bytes, lies above the stated height, or above `Int.max` (`end` is then `nil`).
  case aboveHeight(buffer: Int, end: Int?, height: Int)
  case overlap(buffer: Int, other: Int)

  package var description: String {
    switch self {
    case .countMismatch(let offsets, let buffers):
      "the placement has \(offsets) offsets for \(buffers) buffers"
    case .negativeOffset(let buffer, let offset):
      "buffer \(buffer) stands at the negative offset \(offset)"
    case .misaligned(let buffer, let offset, let alignment):
      "buffer \(buffer) stands at offset \(offset), which is no multiple of its alignment \(alignment)"
    case .aboveHeight(let buffer, let end, let height):
      "buffer \(buffer) ends at \(end.map { "\($0)" } ?? "more than \(Int.max)"), above the stated height \(height)"
    case .overlap(let buffer, let other):
      "buffers \(buffer) and \(other) are live at one moment and share bytes"
    }
  }
}
