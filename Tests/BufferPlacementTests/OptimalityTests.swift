import BufferPlacement
import Testing

/// The search against trying everything, on problems small enough for that.
@Suite struct OptimalityTests {
  /// Up to three buffers with every live range in four moments and every size of 1 to 3.
  @Test func everySmallestProblemIsPlacedAsLowAsCanBe() throws {
    var kinds: [PlacementBuffer] = []
    for lower in 0..<4 {
      for upper in lower + 1...4 {
        for size in 1...3 {
          kinds.append(PlacementBuffer(byteCount: size, alignment: 1, lower: lower, upper: upper))
        }
      }
    }
    for first in kinds.indices {
      for second in first..<kinds.count {
        for third in second..<kinds.count {
          let buffers = [kinds[first], kinds[second], kinds[third]]
          let placement = place(buffers)
          try validate(placement, of: buffers)
          #expect(placement.height == leastHeight(buffers), "\(buffers)")
        }
      }
    }
  }

  @Test(arguments: ProblemKind.allCases)
  func randomSmallProblemsArePlacedAsLowAsCanBe(kind: ProblemKind) throws {
    var aboveBound = 0
    for seed in 0..<500 as Range<UInt64> {
      let buffers = kind.problem(count: 7, seed: seed)
      let placement = place(buffers)
      try validate(placement, of: buffers)
      let least = leastHeight(buffers)
      #expect(placement.height == least, "seed \(seed)")
      if least > placement.lowerBound { aboveBound += 1 }
    }
    if kind == .anything { #expect(aboveBound > 0, "no problem of those tried needs more than the bound") }
  }

  /// A problem that the sweeps do not solve, so that the search is what solves it.
  @Test func theSearchLowersWhatTheSweepsLeave() throws {
    var lowered = 0
    for seed in 0..<200 as Range<UInt64> {
      let buffers = ProblemKind.passing.problem(count: 40, seed: seed)
      let swept = place(buffers, effort: .sweepsOnly)
      let searched = place(buffers, effort: .brief)
      try validate(searched, of: buffers)
      #expect(searched.height <= swept.height, "seed \(seed)")
      if searched.height < swept.height { lowered += 1 }
    }
    #expect(lowered > 0)
  }

  /// What a smaller effort found is where a larger one begins.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func moreEffortNeverEndsHigher(seed: UInt64) throws {
    let buffers = ProblemKind.passing.problem(count: 120, seed: seed)
    let heights = [PlacementEffort.sweepsOnly, .brief, .short, .long].map { place(buffers, effort: $0).height }
    #expect(heights == heights.sorted(by: >), "\(heights)")
  }

  @Test(arguments: [1, 2, 3, 9, 100, 1000])
  func anyNumberOfStepsIsEnoughForSomePlacement(steps: Int) throws {
    for seed in 0..<40 as Range<UInt64> {
      let buffers = ProblemKind.passing.problem(count: 40, seed: seed)
      let placement = place(buffers, effort: PlacementEffort(steps: steps))
      try validate(placement, of: buffers)
    }
  }
}

/// The least height of all placements: that of the best order in which each buffer in turn takes the lowest free
/// offset. The buffers of a lowest placement, taken in the order of their offsets, are such an order.
private func leastHeight(_ buffers: [PlacementBuffer]) -> Int {
  let occupied = buffers.filter { $0.byteCount > 0 }
  let bound = lowerBound(of: buffers)
  var best = Int.max
  var placed: [(buffer: PlacementBuffer, offset: Int)] = []
  func extend(_ rest: [PlacementBuffer], height: Int) {
    if height >= best || best == bound { return }
    if rest.isEmpty {
      best = height
      return
    }
    for index in rest.indices {
      let buffer = rest[index]
      let others = placed.filter { $0.buffer.lower < buffer.upper && buffer.lower < $0.buffer.upper }
      // The lowest free offset is 0 or the end of another, aligned.
      let ends = [0] + others.map { $0.offset + $0.buffer.alignedByteCount }
      let offset = ends.map { ($0 + buffer.alignment - 1) / buffer.alignment * buffer.alignment }.filter { offset in
        others.allSatisfy {
          offset + buffer.alignedByteCount <= $0.offset || $0.offset + $0.buffer.alignedByteCount <= offset
        }
      }.min()!
      placed.append((buffer, offset))
      var remaining = rest
      remaining.remove(at: index)
      extend(remaining, height: max(height, offset + buffer.alignedByteCount))
      placed.removeLast()
    }
  }
  extend(occupied, height: 0)
  return occupied.isEmpty ? 0 : best
}
