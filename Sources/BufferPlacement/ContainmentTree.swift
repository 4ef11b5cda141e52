/// The items not placed yet, ready for one question: which of those whose whole lives lie within given moments dies
/// last, and of these which was born first?
///
/// The items stand in the order of their deaths, of equal deaths the late born first. A complete binary tree over them
/// holds the latest birth below each node.
struct ContainmentTree {
  /// The items in the order of the tree's leaves.
  let order: [Int32]
  /// The leaf of each item.
  let positions: [Int32]
  /// The number of items that die at or before each moment.
  private let deathCounts: [Int32]
  /// Latest birth below each node; node 1 is the root, leaf p is node `leafCount + p`; -1 where nothing is left.
  private var latestBirth: [Int32]
  private let leafCount: Int

  /// - Complexity: linear.
  init(_ items: [PlacementProblem.Item], momentCount: Int) {
    var birthEnds = [Int32](repeating: 0, count: momentCount + 1)
    var deathEnds = [Int32](repeating: 0, count: momentCount + 2)
    for item in items {
      birthEnds[momentCount - Int(item.lower)] += 1
      deathEnds[Int(item.upper) + 1] += 1
    }
    // Two stable counting sorts: by birth, late ones first, then by death.
    var total: Int32 = 0
    for index in birthEnds.indices {
      let count = birthEnds[index]
      birthEnds[index] = total
      total += count
    }
    var byBirth = [Int32](repeating: 0, count: items.count)
    for index in items.indices {
      let key = momentCount - Int(items[index].lower)
      byBirth[Int(birthEnds[key])] = Int32(index)
      birthEnds[key] += 1
    }
    for index in 1..<deathEnds.count { deathEnds[index] += deathEnds[index - 1] }
    deathCounts = Array(deathEnds.dropFirst())
    var order = byBirth
    var positions = [Int32](repeating: 0, count: items.count)
    for item in byBirth {
      let upper = Int(items[Int(item)].upper)
      let position = deathEnds[upper]
      deathEnds[upper] += 1
      order[Int(position)] = item
      positions[Int(item)] = position
    }
    self.order = order
    self.positions = positions
    var leafCount = 1
    while leafCount < items.count { leafCount *= 2 }
    self.leafCount = leafCount
    latestBirth = [Int32](repeating: -1, count: 2 * leafCount)
    for (position, item) in order.enumerated() { latestBirth[leafCount + position] = items[Int(item)].lower }
    for node in stride(from: leafCount - 1, to: 0, by: -1) {
      latestBirth[node] = max(latestBirth[2 * node], latestBirth[2 * node + 1])
    }
  }

  /// One past the last leaf of an item that dies at `moment` or before.
  func leaves(dyingBy moment: Int) -> Int { Int(deathCounts[moment]) }

  /// The last leaf before `end` whose item is not placed and was born at `moment` or later.
  func lastLeaf(before end: Int, bornFrom moment: Int) -> Int? {
    guard end > 0 else { return nil }
    let wanted = Int32(moment)
    var node = leafCount + end - 1
    while latestBirth[node] < wanted {
      // To the subtree before this one, past the ancestors of which this is the first half.
      while node & 1 == 0 { node >>= 1 }
      if node == 1 { return nil }
      node -= 1
    }
    while node < leafCount { node = latestBirth[2 * node + 1] >= wanted ? 2 * node + 1 : 2 * node }
    return node - leafCount
  }

  mutating func remove(leaf: Int) { set(leaf, to: -1) }

  mutating func restore(leaf: Int, of item: PlacementProblem.Item) { set(leaf, to: item.lower) }

  private mutating func set(_ leaf: Int, to birth: Int32) {
    var node = leafCount + leaf
    latestBirth[node] = birth
    while node > 1 {
      node >>= 1
      let latest = max(latestBirth[2 * node], latestBirth[2 * node + 1])
      if latestBirth[node] == latest { break }
      latestBirth[node] = latest
    }
  }
}
