/// Sorts edges by position, digit by digit where they are many.
///
/// A buffer that is live all the time is beside hundreds of others, and comparing them takes longer than all else that
/// a search does with it.
struct EdgeSorter {
  /// The position of the lowest bit that is set in any position.
  private let shift: Int
  private var counts = [Int32](repeating: 0, count: 1 << EdgeSorter.digitBits)
  private var scattered: [Edge] = []

  private static let digitBits = 10
  /// Fewer are compared.
  private static let fewestByDigits = 96

  /// - Parameter granularity: what divides all positions.
  init(granularity: Int) { shift = granularity.trailingZeroBitCount }

  /// - Complexity: O(edges) for each digit of the highest position.
  mutating func sort(_ edges: inout [Edge]) {
    guard edges.count >= EdgeSorter.fewestByDigits else {
      edges.sort { $0.position < $1.position }
      return
    }
    var left = edges.reduce(0) { $0 | $1.position } >> shift
    var lowestBit = shift
    while left > 0 {
      scatter(&edges, byDigitFrom: lowestBit)
      left >>= EdgeSorter.digitBits
      lowestBit += EdgeSorter.digitBits
    }
  }

  /// Orders by one digit, those that are equal in it as they stood.
  private mutating func scatter(_ edges: inout [Edge], byDigitFrom lowestBit: Int) {
    let mask = counts.count - 1
    for digit in counts.indices { counts[digit] = 0 }
    for edge in edges { counts[edge.position >> lowestBit & mask] += 1 }
    var sum: Int32 = 0
    for digit in counts.indices {
      let count = counts[digit]
      counts[digit] = sum
      sum += count
    }
    if scattered.count < edges.count {
      scattered += Array(repeating: edges[0], count: edges.count - scattered.count)
    }
    scattered.removeLast(scattered.count - edges.count)
    for edge in edges {
      let digit = edge.position >> lowestBit & mask
      scattered[Int(counts[digit])] = edge
      counts[digit] += 1
    }
    swap(&edges, &scattered)
  }
}
