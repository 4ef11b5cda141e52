/// Fills valley after valley of the skyline, from the bottom upwards: of the items whose whole lives lie in a valley
/// the one that dies last is put on its floor, of these the first born; a valley that no item fits is raised to its
/// lower wall.
///
/// The order in which valleys are taken does not matter, since the walls of a valley stay as they are until it is
/// raised. In a plan of nested lives each value thus stands on those that outlive it, and values that follow one
/// another stand side by side.
///
/// - Complexity: O(n log n) for n items.
struct ValleySweep {
  private(set) var offsets: [Int]
  private(set) var height = 0

  /// `nil` where the height cannot be counted in an `Int`.
  init?(_ problem: PlacementProblem) {
    let items = problem.items
    var skyline = Skyline(momentCount: problem.momentCount)
    var unplaced = ContainmentTree(items, momentCount: problem.momentCount)
    offsets = Array(repeating: 0, count: items.count)
    var remaining = items.count
    var step = 0
    while remaining > 0 {
      step = skyline.valley(from: step)
      let end = unplaced.leaves(dyingBy: Int(skyline.ends[step]))
      if let leaf = unplaced.lastLeaf(before: end, bornFrom: step) {
        unplaced.remove(leaf: leaf)
        let index = Int(unplaced.order[leaf])
        let item = items[index]
        guard let offset = item.offset(notBelow: skyline.levels[step]) else { return nil }
        offsets[index] = offset
        height = max(height, offset + item.size)
        step = skyline.cover(step, lower: Int(item.lower), upper: Int(item.upper), level: offset + item.size)
        remaining -= 1
      } else {
        let wall = min(skyline.levelBefore(step), skyline.levelAfter(step))
        step = skyline.cover(step, lower: step, upper: Int(skyline.ends[step]), level: wall)
      }
    }
  }
}
