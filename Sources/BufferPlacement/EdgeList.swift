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

/// Edges of placed items, the lowest first, to be asked for by the time at which their items are live.
///
/// There is a list for each few moments, of the items that are live at one of these:
///
///     position │ ──a──── ───
///              │   ──b── ─       lists: a b c d, a b d
///              │ c ──d── ───
///              └────────┴───── moments
struct EdgeList {
  private var lists: [[Edge]]

  /// So many moments share a list, in powers of two.
  private static let shift: Int32 = 5

  init(momentCount: Int) {
    lists = Array(repeating: [], count: momentCount >> Int(EdgeList.shift) + 1)
  }

  mutating func removeAll() {
    for list in lists.indices { lists[list].removeAll(keepingCapacity: true) }
  }

  mutating func insert(_ edge: Edge) {
    for list in EdgeList.lists(lower: edge.lower, upper: edge.upper) {
      lists[list].insert(edge, at: lists[list].firstPosition { !$0.isBelow(edge) })
    }
  }

  /// Puts in many, where there were none.
  mutating func insert(_ edges: [Edge]) {
    for edge in edges {
      for list in EdgeList.lists(lower: edge.lower, upper: edge.upper) { lists[list].append(edge) }
    }
    for list in lists.indices { lists[list].sort { $0.isBelow($1) } }
  }

  /// - Precondition: the edge is there.
  mutating func remove(_ edge: Edge) {
    for list in EdgeList.lists(lower: edge.lower, upper: edge.upper) {
      lists[list].remove(at: lists[list].firstPosition { !$0.isBelow(edge) })
    }
  }

  /// The edges of the items that share a moment of life with one; the lowest first where it is not spread over lists.
  ///
  /// - Returns: how many were looked at.
  @discardableResult
  func gather(livingWith item: PlacementProblem.Item, into gathered: inout [Edge]) -> Int {
    gathered.removeAll(keepingCapacity: true)
    let span = EdgeList.lists(lower: item.lower, upper: item.upper)
    var lookedAt = 0
    for list in span {
      lookedAt += lists[list].count
      for edge in lists[list] where edge.lower < item.upper && item.lower < edge.upper {
        // An edge that stands in several lists is taken from the first in which both are live.
        guard span.count == 1 || EdgeList.list(of: max(edge.lower, item.lower)) == list else { continue }
        gathered.append(edge)
      }
    }
    return lookedAt
  }

  /// Whether edges beside an item stand in several lists.
  static func isSpread(_ item: PlacementProblem.Item) -> Bool { lists(lower: item.lower, upper: item.upper).count > 1 }

  private static func list(of moment: Int32) -> Int { Int(moment >> shift) }

  private static func lists(lower: Int32, upper: Int32) -> ClosedRange<Int> { list(of: lower)...list(of: upper - 1) }
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
