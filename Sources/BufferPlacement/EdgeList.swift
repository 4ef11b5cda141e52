/// The lower or the upper end of a placed item that is live at the moments `lower ..< upper`.
struct Edge {
  var position: Int
  let item: Int32
  let lower: Int32
  let upper: Int32

  func moved(by distance: Int) -> Edge {
    var moved = self
    moved.position += distance
    return moved
  }

  fileprivate func isBelow(_ other: Edge) -> Bool { (position, item) < (other.position, other.item) }
}

/// Edges of placed items, the lowest first.
struct EdgeList {
  private var edges: [Edge] = []

  var count: Int { edges.count }

  mutating func removeAll() { edges.removeAll(keepingCapacity: true) }

  mutating func insert(_ edge: Edge) { edges.insert(edge, at: edges.firstPosition { !$0.isBelow(edge) }) }

  /// - Precondition: the edge is there.
  mutating func remove(_ edge: Edge) { edges.remove(at: edges.firstPosition { !$0.isBelow(edge) }) }

  /// The edges of the items that share a moment of life with one, the lowest first.
  func gather(livingWith item: PlacementProblem.Item, into gathered: inout [Edge]) {
    gathered.removeAll(keepingCapacity: true)
    for edge in edges where edge.lower < item.upper && item.lower < edge.upper { gathered.append(edge) }
  }
}

extension Array {
  /// The first position from which on a condition holds, found by halving.
  ///
  /// - Precondition: it holds for every element after one for which it holds.
  func firstPosition(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
