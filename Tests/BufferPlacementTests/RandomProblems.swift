import BufferPlacement
import RandomNumbers
import Testing

/// The shapes that random problems take.
enum ProblemKind: String, CaseIterable, CustomTestStringConvertible {
  /// Any live ranges, any sizes, any alignments.
  case anything
  /// One alignment, short live ranges in the order of birth.
  case passing
  /// Live ranges within live ranges, as kept values have them, and short ones between.
  case nested
  /// Times far apart, some buffers without bytes.
  case sparse

  var testDescription: String { rawValue }

  func problem(count: Int, seed: UInt64) -> [PlacementBuffer] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { index in
      switch self {
      case .anything:
        let lower = Int.random(in: -5...3 * count, using: &random)
        return PlacementBuffer(
          byteCount: Int.random(in: 1...100, using: &random), alignment: 1 << Int.random(in: 0...5, using: &random),
          lower: lower, upper: lower + Int.random(in: 1...count + 2, using: &random))
      case .passing:
        return PlacementBuffer(
          byteCount: 64 * Int.random(in: 1...9, using: &random), alignment: 64, lower: index,
          upper: index + Int.random(in: 1...5, using: &random))
      case .nested:
        let isShort = Bool.random(using: &random)
        return PlacementBuffer(
          byteCount: 64 * Int.random(in: 1...9, using: &random), alignment: 64, lower: index,
          upper: isShort ? index + 2 : max(index + 1, 3 * count - 2 * index))
      case .sparse:
        let lower = Int.random(in: -1 << 40...1 << 40, using: &random)
        return PlacementBuffer(
          byteCount: Int.random(in: 0...3, using: &random), alignment: 2, lower: lower,
          upper: lower + Int.random(in: 1...1 << 40, using: &random))
      }
    }
  }
}
