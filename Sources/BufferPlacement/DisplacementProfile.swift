/// What an item would displace at each multiple of a unit of bytes: for items beside so many others that putting these
/// in order takes longer than going through all offsets.
struct DisplacementProfile {
  /// The binary logarithm of the unit.
  private let shift: Int
  /// By offset in units.
  private var weights: [Weights] = []

  /// Of the items that begin at an offset, and of those that end there.
  private struct Weights {
    var beginning = 0
    var ending = 0
  }

  /// Beside fewer others ordering them is as fast.
  private static let fewestBeside = 96
  /// Offsets for each of the others, up to which it is worth going through all.
  private static let mostOffsets = 8

  /// - Parameter granularity: what divides all offsets, sizes and capacities.
  init(granularity: Int) { shift = granularity.trailingZeroBitCount }

  /// Whether it is the faster way to an item's place.
  func suits(_ item: PlacementProblem.Item, besideCount: Int, capacity: Int) -> Bool {
    besideCount >= DisplacementProfile.fewestBeside && item.alignment <= 1 << shift
      && capacity >> shift <= DisplacementProfile.mostOffsets * besideCount
  }

  /// How many offsets there are within a capacity.
  func offsetCount(within capacity: Int) -> Int { capacity >> shift + 1 }

  /// Takes in the items beside the one to be placed, given the lower edge of each.
  mutating func fill(
    with bottoms: [Edge], within capacity: Int, _ top: (Edge) -> Int, weight: (Edge) -> Int
  ) {
    let shift = shift
    let count = offsetCount(within: capacity)
    if weights.count < count { weights = Array(repeating: Weights(), count: count) }
    var weights = weights.mutableSpan
    for offset in 0..<count { weights[offset] = Weights() }
    for bottom in bottoms {
      let weight = weight(bottom)
      weights[bottom.position >> shift].beginning += weight
      weights[top(bottom) >> shift].ending += weight
    }
  }

  /// The offsets at which an item touches another one or an end of the block, ascending, and what it displaces there.
  func forEachPlace(of size: Int, within capacity: Int, _ body: (_ offset: Int, _ displaced: Int) -> Void) {
    let weights = weights.span
    let length = size >> shift
    let highest = capacity >> shift - length
    var displaced = 0
    for offset in 0..<length { displaced += weights[offset].beginning }
    for offset in 0...highest {
      displaced -= weights[offset].ending
      let above = weights[offset + length].beginning
      if weights[offset].ending > 0 || above > 0 || offset == 0 || offset == highest {
        body(offset << shift, displaced)
      }
      displaced += above
    }
  }
}
