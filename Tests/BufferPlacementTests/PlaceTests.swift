import BufferPlacement
import Testing

@Suite struct PlaceTests {
  @Test func nothingTakesNothing() throws {
    #expect(place([]) == Placement(offsets: [], height: 0, lowerBound: 0))
    let empty = [PlacementBuffer](repeating: PlacementBuffer(byteCount: 0, alignment: 64, lower: 3, upper: 9), count: 4)
    #expect(place(empty) == Placement(offsets: [0, 0, 0, 0], height: 0, lowerBound: 0))
    #expect(lowerBound(of: empty) == 0)
  }

  @Test func bytesThatCannotBeCountedAreSaidToBeSo() {
    let huge = [PlacementBuffer](
      repeating: PlacementBuffer(byteCount: Int.max / 2, alignment: 64, lower: 0, upper: 1), count: 3)
    #expect(place(huge).height == Int.max)
    #expect(lowerBound(of: huge) == Int.max)
    // As many bytes one after another are none too many.
    let passing = (0..<3).map { PlacementBuffer(byteCount: Int.max / 2, alignment: 64, lower: $0, upper: $0 + 1) }
    #expect(place(passing).height == Int.max / 2 / 64 * 64 + 64)
  }

  @Test(arguments: ProblemKind.allCases)
  func everyPlacementIsValidAndNoLowerThanTheBound(kind: ProblemKind) throws {
    for seed in 0..<300 as Range<UInt64> {
      let buffers = kind.problem(count: Int(seed % 40), seed: seed)
      let placement = place(buffers, effort: .sweepsOnly)
      try validate(placement, of: buffers)
      #expect(placement.lowerBound == largestLiveSum(buffers), "seed \(seed)")
      #expect(placement.height >= placement.lowerBound, "seed \(seed)")
      #expect(placement.lowerBound == lowerBound(of: buffers), "seed \(seed)")
    }
  }

  @Test(arguments: ProblemKind.allCases)
  func equalInputGivesAnEqualPlacement(kind: ProblemKind) {
    let buffers = kind.problem(count: 60, seed: 17)
    #expect(place(buffers) == place(buffers))
  }

  /// Kept values and the short-lived ones between them: what keep-all makes of a chain.
  @Test(arguments: [1, 2, 3, 10, 1000, 100_000])
  func nestedLivesMeetTheBound(stages: Int) throws {
    var buffers: [PlacementBuffer] = []
    for stage in 0..<stages {
      buffers.append(
        PlacementBuffer(byteCount: 64 * (1 + stage % 7), alignment: 64, lower: stage, upper: 4 * stages - 2 * stage))
      buffers.append(
        PlacementBuffer(
          byteCount: 64 * (1 + stage % 7), alignment: 64, lower: 4 * stages - 2 * stage - 2,
          upper: 4 * stages - 2 * stage + 1))
    }
    let placement = place(buffers, effort: .sweepsOnly)
    #expect(placement.height == placement.lowerBound)
    if stages <= 1000 { try validate(placement, of: buffers) }
  }
}

/// The definition of the lower bound, pair by pair: the largest sum is reached where a buffer is born.
private func largestLiveSum(_ buffers: [PlacementBuffer]) -> Int {
  buffers.map { born in
    buffers.reduce(0) { sum, other in
      other.lower <= born.lower && born.lower < other.upper
        ? sum + (other.byteCount + other.alignment - 1) / other.alignment * other.alignment : sum
    }
  }.max() ?? 0
}
