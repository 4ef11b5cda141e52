/// Who wrote last to each byte of a block: ranges are given to an owner, and asked whether they are one owner's as a
/// whole. A binary tree over the bytes between neighbouring boundaries.
struct ByteOwners {
  /// Ascending, each once; every range asked for begins and ends at one of them.
  private let boundaries: [Int]
  /// The owner of all bytes below a node, -1 where nobody wrote to them, -2 where they differ. Node 1 is the root.
  private var owners: [Int32]
  private let leafCount: Int

  private static let several: Int32 = -2

  init(boundaries unsorted: [Int]) {
    var boundaries: [Int] = []
    for boundary in unsorted.sorted() where boundaries.last != boundary { boundaries.append(boundary) }
    self.boundaries = boundaries
    var leafCount = 1
    while leafCount < boundaries.count { leafCount *= 2 }
    self.leafCount = leafCount
    owners = Array(repeating: -1, count: 2 * leafCount)
  }

  /// What stands for a range of bytes below, to be asked for once.
  func leaves(from lower: Int, to upper: Int) -> Range<Int32> { Int32(leaf(at: lower))..<Int32(leaf(at: upper)) }

  mutating func assign(_ owner: Int, _ leaves: Range<Int32>) {
    guard !leaves.isEmpty else { return }
    assign(Int32(owner), Int(leaves.lowerBound), Int(leaves.upperBound), node: 1, start: 0, count: leafCount)
  }

  func areOwned(by owner: Int, _ leaves: Range<Int32>) -> Bool {
    leaves.isEmpty
      || areOwned(
        by: Int32(owner), Int(leaves.lowerBound), Int(leaves.upperBound), node: 1, start: 0, count: leafCount)
  }

  // The recursions are as deep as the tree is high.

  private mutating func assign(_ owner: Int32, _ first: Int, _ last: Int, node: Int, start: Int, count: Int) {
    if first <= start && start + count <= last {
      owners[node] = owner
      return
    }
    if owners[node] != Self.several {
      owners[2 * node] = owners[node]
      owners[2 * node + 1] = owners[node]
    }
    let half = count / 2
    if first < start + half { assign(owner, first, last, node: 2 * node, start: start, count: half) }
    if last > start + half { assign(owner, first, last, node: 2 * node + 1, start: start + half, count: half) }
    owners[node] = owners[2 * node] == owners[2 * node + 1] ? owners[2 * node] : Self.several
  }

  private func areOwned(by owner: Int32, _ first: Int, _ last: Int, node: Int, start: Int, count: Int) -> Bool {
    if owners[node] != Self.several { return owners[node] == owner }
    let half = count / 2
    if first < start + half, !areOwned(by: owner, first, last, node: 2 * node, start: start, count: half) {
      return false
    }
    return last <= start + half
      || areOwned(by: owner, first, last, node: 2 * node + 1, start: start + half, count: half)
  }

  private func leaf(at boundary: Int) -> Int {
    var low = 0
    var high = boundaries.count
    while low < high {
      let middle = (low + high) / 2
      if boundaries[middle] < boundary { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
