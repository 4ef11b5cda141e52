import BufferPlacement
import RandomNumbers
import Testing

/// What searches find beyond the sweeps.
@Suite struct SearchTests {
  /// Few buffers, and more than can be gone through in order again and again.
  @Test(arguments: [40, 300, 2500])
  func moreStepsFindNoHigherPlacement(leaves: Int) throws {
    for seed in 0..<(leaves > 1000 ? 2 : 10) as Range<UInt64> {
      let buffers = restartValues(leaves: leaves, seed: seed)
      var known = Int.max
      for effort in [PlacementEffort.sweepsOnly, .brief, .short] {
        let placement = place(buffers, effort: effort)
        try validate(placement, of: buffers)
        #expect(placement.height <= known, "seed \(seed), \(effort.steps) steps")
        known = placement.height
      }
    }
  }

  /// The sweeps are a tenth above the bound there.
  @Test func manyBuffersLoseMostOfItInFewSteps() throws {
    let buffers = restartValues(leaves: 2500, seed: 3)
    #expect(buffers.count > 4096)
    let swept = place(buffers, effort: .sweepsOnly)
    let searched = place(buffers, effort: .brief)
    try validate(searched, of: buffers)
    #expect(swept.height > searched.lowerBound / 100 * 103)
    #expect(searched.height - searched.lowerBound <= (swept.height - swept.lowerBound) / 2)
  }

  /// Beside a buffer that lives long its place is found offset by offset, else in the order of the others' ends.
  @Test func sizesOfNoCommonUnitArePlacedAsWell() throws {
    for seed in 0..<3 as Range<UInt64> {
      let buffers = restartValues(leaves: 300, seed: seed).map {
        PlacementBuffer(byteCount: $0.byteCount + $0.lower % 3, alignment: 1, lower: $0.lower, upper: $0.upper)
      }
      try validate(place(buffers, effort: .brief), of: buffers)
    }
  }

  /// Values that live while ever smaller parts are reversed, and a little beyond, and two short ones for each leaf.
  private func restartValues(leaves: Int, seed: UInt64) -> [PlacementBuffer] {
    var random = SplitMix64(seed: seed)
    var buffers: [PlacementBuffer] = []
    func add(_ lower: Int, _ upper: Int) {
      let byteCount = 64 * Int.random(in: 1...40, using: &random)
      buffers.append(PlacementBuffer(byteCount: byteCount, alignment: 64, lower: lower, upper: upper))
    }
    var parts = [0..<leaves]
    while let part = parts.popLast() {
      let beyond = Int.random(in: 1...6, using: &random)
      add(4 * part.lowerBound, 4 * part.upperBound + beyond)
      if part.count == 1 {
        add(4 * part.lowerBound, 4 * part.lowerBound + 3)
        add(4 * part.lowerBound + 2, 4 * part.upperBound + 1)
        continue
      }
      let middle = part.lowerBound + Int.random(in: (part.count + 3) / 4...(part.count + 1) / 2, using: &random)
      parts += [part.lowerBound..<middle, middle..<part.upperBound]
    }
    return buffers
  }
}
