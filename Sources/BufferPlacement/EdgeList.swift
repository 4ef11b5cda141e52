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
/// There is a list for each few moments, of the items that are live at one of these; for more moments where items live
/// so long that they would stand in very many lists.
///
///     position │ ──a──── ───
///              │   ──b── ─       lists: a b c d, a b d
///              │ c ──d── ───
///              └────────┴───── moments
struct EdgeList {
  private var lists: [[Edge]]
  /// So many moments share a list, in powers of two.
  private let shift: Int32

  private static let leastShift: Int32 = 5
  /// Of all items in all lists, where that is not less than a few of each item.
  private static let mostEntries = 1 << 20
  private static let fewEntriesOfItem = 4

  /// An empty list for the edges of these items.
  init(of items: [PlacementProblem.Item]) {
    let most = max(Self.mostEntries, Self.fewEntriesOfItem * items.count)
    var shift = Self.leastShift
    while items.reduce(0, { $0 + Self.lists(lower: $1.lower, upper: $1.upper, shift).count }) > most { shift += 1 }
    self.shift = shift
    let momentCount = items.reduce(0) { max($0, $1.upper) }
    lists = Array(repeating: [], count: Int(momentCount >> shift) + 1)
  }

  mutating func removeAll() {
    for list in lists.indices { lists[list].removeAll(keepingCapacity: true) }
  }

  mutating func insert(_ edge: Edge) {
    for list in span(lower: edge.lower, upper: edge.upper) {
      lists[list].insert(edge, at: lists[list].firstPosition { !$0.isBelow(edge) })
    }
  }

  /// Puts in many, where there were none.
  mutating func insert(_ edges: [Edge]) {
    for edge in edges {
      for list in span(lower: edge.lower, upper: edge.upper) { lists[list].append(edge) }
    }
    for list in lists.indices { lists[list].sort { $0.isBelow($1) } }
  }

  /// - Precondition: the edge is there.
  mutating func remove(_ edge: Edge) {
    for list in span(lower: edge.lower, upper: edge.upper) {
      lists[list].remove(at: lists[list].firstPosition { !$0.isBelow(edge) })
    }
  }

  /// The edges of the items that share a moment of life with one; the lowest first where it is not spread over lists.
  ///
  /// - Returns: how many were looked at.
  @discardableResult
  func gather(livingWith item: PlacementProblem.Item, into gathered: inout [Edge]) -> Int {
    gathered.removeAll(keepingCapacity: true)
    let span = span(lower: item.lower, upper: item.upper)
    var lookedAt = 0
    for list in span {
      lookedAt += lists[list].count
      for edge in lists[list] where edge.lower < item.upper && item.lower < edge.upper {
        // An edge that stands in several lists is taken from the first in which both are live.
        guard span.count == 1 || Int(max(edge.lower, item.lower) >> shift) == list else { continue }
        gathered.append(edge)
      }
    }
    return lookedAt
  }

  /// Whether edges beside an item stand in several lists.
  func isSpread(_ item: PlacementProblem.Item) -> Bool { span(lower: item.lower, upper: item.upper).count > 1 }

  private func span(lower: Int32, upper: Int32) -> ClosedRange<Int> { Self.lists(lower: lower, upper: upper, shift) }

  private static func lists(lower: Int32, upper: Int32, _ shift: Int32) -> ClosedRange<Int> {
    Int(lower >> shift)...Int((upper - 1) >> shift)
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
