/// Gives every buffer an offset so that no two buffers share bytes at one moment, and the block is low.
///
/// The sweep from the bottom upwards runs in both directions of time, the second only where the first stays above the
/// lower bound.
///
/// - Complexity: O(n log n) for n buffers.
package func place(_ buffers: [PlacementBuffer], effort: PlacementEffort = .standard) -> Placement {
  var offsets = [Int](repeating: 0, count: buffers.count)
  guard let problem = PlacementProblem(buffers) else {
    return Placement(offsets: offsets, height: Int.max, lowerBound: Int.max)
  }
  var best = ValleySweep(problem)
  if best.map({ $0.height > problem.lowerBound }) ?? true, let other = ValleySweep(problem.mirrored),
    best.map({ $0.height > other.height }) ?? true
  {
    best = other
  }
  for (index, source) in problem.sources.enumerated() { offsets[Int(source)] = best?.offsets[index] ?? 0 }
  return Placement(offsets: offsets, height: best?.height ?? Int.max, lowerBound: problem.lowerBound)
}
