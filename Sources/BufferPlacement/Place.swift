/// Gives every buffer an offset so that no two buffers share bytes at one moment, and the block is low.
package func place(_ buffers: [PlacementBuffer], effort: PlacementEffort = .standard) -> Placement {
  var offsets = [Int](repeating: 0, count: buffers.count)
  guard let problem = PlacementProblem(buffers) else {
    return Placement(offsets: offsets, height: Int.max, lowerBound: Int.max)
  }
  let weights = problem.items.map { Double($0.size) * Double($0.upper - $0.lower) }
  let order = problem.items.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }
  let placed = firstFit(problem.items, order: order)
  for (index, source) in problem.sources.enumerated() { offsets[Int(source)] = placed.offsets[index] }
  return Placement(offsets: offsets, height: placed.height, lowerBound: problem.lowerBound)
}
