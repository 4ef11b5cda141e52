/// Gives every buffer an offset so that no two buffers share bytes at one moment, and the block is low.
///
/// The sweep runs in both directions of time, the second only where the first stays above the lower bound; the search
/// follows where both do.
///
/// - Complexity: O(n log n) for n buffers, and the steps of `effort`.
package func place(_ buffers: [PlacementBuffer], effort: PlacementEffort = .standard) -> Placement {
  let nowhere = [Int](repeating: 0, count: buffers.count)
  guard let problem = PlacementProblem(buffers) else {
    return Placement(offsets: nowhere, height: Int.max, lowerBound: Int.max)
  }
  guard !problem.items.isEmpty else { return Placement(offsets: nowhere, height: 0, lowerBound: 0) }
  let lowerBound = problem.lowerBound
  guard var (offsets, height) = sweep(problem) else {
    return Placement(offsets: nowhere, height: Int.max, lowerBound: lowerBound)
  }
  // Sums of a level and a few sizes stay countable up to there.
  let sufficient = max(lowerBound, effort.sufficientHeight)
  if height > sufficient && height <= Int.max / 8 {
    (offsets, height) = lowered(offsets, height, problem, lowest: sufficient, effort)
  }
  var offsetsByBuffer = nowhere
  for (index, source) in problem.sources.enumerated() { offsetsByBuffer[Int(source)] = offsets[index] }
  return Placement(offsets: offsetsByBuffer, height: height, lowerBound: lowerBound)
}

/// A placement no higher, found by searches: of few steps most are the descent's, which gets far soon; what it cannot
/// lower then the other search often can.
private func lowered(
  _ offsets: [Int], _ height: Int, _ problem: PlacementProblem, lowest: Int, _ effort: PlacementEffort
) -> (offsets: [Int], height: Int) {
  let granularity = problem.granularity
  var (offsets, height) = (offsets, height)
  func descend(steps: Int) {
    var descent = EjectionDescent(problem, offsets: offsets, height: height)
    descent.run(lowest: lowest, granularity: granularity, stepLimit: steps)
    (offsets, height) = (descent.offsets, descent.height)
  }
  guard problem.items.count <= PlacementSearch.mostItems else {
    descend(steps: effort.steps)
    return (offsets, height)
  }
  for steps in effort.searches where height > lowest {
    let descentSteps = min(steps / 4 * 3, mostDescentSteps)
    descend(steps: descentSteps)
    guard height > lowest else { break }
    var search = PlacementSearch(problem, offsets: offsets, height: height)
    search.run(lowest: lowest, granularity: granularity, stepLimit: steps - descentSteps)
    (offsets, height) = (search.offsets, search.height)
  }
  return (offsets, height)
}

/// Of few items, in each of the searches.
private let mostDescentSteps = 30_000_000

/// The lower of the two sweeps; `nil` where no height is countable.
private func sweep(_ problem: PlacementProblem) -> (offsets: [Int], height: Int)? {
  let forwards = ValleySweep(problem)
  if let forwards, forwards.height == problem.lowerBound { return (forwards.offsets, forwards.height) }
  let backwards = ValleySweep(problem.mirrored)
  guard let best = [forwards, backwards].compactMap(\.self).min(by: { $0.height < $1.height }) else { return nil }
  return (best.offsets, best.height)
}
