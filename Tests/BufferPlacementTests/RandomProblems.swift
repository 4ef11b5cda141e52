import BufferPlacement
import Testing

/// Steele, Lea, Flood: Fast splittable pseudorandom number generators (OOPSLA 2014): random tests from one seed.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

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
