import RandomNumbers

/// Looks for a placement within a given capacity by putting items where they displace the least.
///
/// Of the items without a place the heaviest is put where the weights of those it overlaps sum to the least, and these
/// lose their places. An item that displaced others gains weight, so that those which are hard to place come to stay and
/// those which are easy to place move around them. Weights begin as the items' areas, bytes by moments. (*Guided
/// ejection search*: Nagata and Bräysy, A powerful route minimization heuristic for the vehicle routing problem with
/// time windows, Operations Research Letters 37, 2009.)
///
/// In tight problems it finds placements long before `ValleySearch` does, which goes through them in order; that there
/// is none it cannot tell. It begins with nothing placed, or with a placement of which a few items reach beyond the
/// capacity: these are then the ones without a place, and what is far from them in time stays as it is.
///
/// A search may be run again, with another capacity or seed. It counts its steps, and ends where it has had as many as
/// it was given.
struct EjectionSearch {
  private let items: [PlacementProblem.Item]
  private let firstWeights: [Int]
  private var weights: [Int]
  /// The placed items.
  private var bottoms: EdgeList
  private var tops: EdgeList
  /// The items without a place, the lightest first.
  private var outside: [Int32] = []
  /// The edges of the placed items that are live while the one to be placed is.
  private var bottomsBeside: [Edge] = []
  private var topsBeside: [Edge] = []
  private var sorter: EdgeSorter
  private var random = SplitMix64(seed: 0)

  /// Offsets of the items, complete where a search has found a placement.
  private(set) var offsets: [Int]
  /// The work done since the search was made, in units of about a nanosecond.
  private(set) var steps = 0

  /// What an item of average area weighs at first, and what it gains by displacing others.
  private static let averageWeight = 1024.0
  private static let gain = 205
  /// By which part a sum of weights may seem larger by chance.
  private static let noise = 0.05
  /// How often the item placed last must not be displaced at once, so that two do not take turns for ever.
  private static let protection = 0.3
  /// More than all weights together.
  private static let protectedWeight = 1 << 48

  init(_ problem: PlacementProblem) {
    items = problem.items
    let areas = items.map { Double($0.size) * Double($0.upper - $0.lower) }
    let averageArea = areas.reduce(0, +) / Double(areas.count)
    firstWeights = areas.map { max(1, Int(Self.averageWeight * $0 / averageArea)) }
    weights = firstWeights
    offsets = Array(repeating: 0, count: items.count)
    bottoms = EdgeList(momentCount: problem.momentCount)
    tops = bottoms
    sorter = EdgeSorter(granularity: problem.granularity)
  }

  /// - Parameters:
  ///   - capacity: the lower bound or more.
  ///   - known: offsets of a higher placement to begin with; nil for none.
  ///   - stepLimit: the most steps of this run.
  /// - Returns: whether a placement is found.
  mutating func run(capacity: Int, from known: [Int]?, seed: UInt64, stepLimit: Int) -> Bool {
    weights = firstWeights
    random = SplitMix64(seed: seed)
    bottoms.removeAll()
    tops.removeAll()
    let lastStep = steps + stepLimit
    begin(with: known, within: capacity)
    var last: Int32?
    while let item = outside.popLast() {
      if steps > lastStep { return false }
      place(item, within: capacity, protecting: random.nextFraction() < Self.protection ? last : nil)
      last = item
    }
    return true
  }

  private mutating func begin(with known: [Int]?, within capacity: Int) {
    outside.removeAll(keepingCapacity: true)
    var inside: [Edge] = []
    for (number, item) in items.enumerated() {
      if let known, known[number] + item.size <= capacity {
        offsets[number] = known[number]
        inside.append(Edge(position: known[number], item: Int32(number), lower: item.lower, upper: item.upper))
      } else {
        outside.append(Int32(number))
      }
    }
    outside.sort(by: isLighter)
    bottoms.insert(inside)
    tops.insert(inside.map { $0.moved(by: items[Int($0.item)].size) })
    steps += 40 * items.count
  }

  private mutating func place(_ number: Int32, within capacity: Int, protecting protected: Int32?) {
    let item = items[Int(number)]
    let lookedAt =
      bottoms.gather(livingWith: item, into: &bottomsBeside, sortedBy: &sorter)
      + tops.gather(livingWith: item, into: &topsBeside, sortedBy: &sorter)
    steps += 2 * lookedAt + 6 * bottomsBeside.count + 100
    let offset = bestOffset(of: item, within: capacity, protecting: protected)
    offsets[Int(number)] = offset
    var displaces = false
    for edge in bottomsBeside where edge.position < offset + item.size {
      guard edge.position + items[Int(edge.item)].size > offset else { continue }
      displaces = true
      takeOut(edge)
    }
    if displaces { weights[Int(number)] += Self.gain }
    let bottom = Edge(position: offset, item: number, lower: item.lower, upper: item.upper)
    bottoms.insert(bottom)
    tops.insert(bottom.moved(by: item.size))
  }

  private mutating func takeOut(_ bottom: Edge) {
    bottoms.remove(bottom)
    tops.remove(bottom.moved(by: items[Int(bottom.item)].size))
    outside.insert(bottom.item, at: outside.firstPosition { !isLighter($0, bottom.item) })
    steps += 200
  }

  /// Where an item displaces the least, of those places where it touches another item or an end of the block.
  private mutating func bestOffset(
    of item: PlacementProblem.Item, within capacity: Int, protecting protected: Int32?
  ) -> Int {
    let size = item.size
    let mask = item.alignment - 1
    let highest = (capacity - size) & ~mask
    // What is displaced at an offset: all with bottoms below the item's top, but those with tops not above its bottom.
    var displaced = 0
    var (nextBottom, nextBelow, nextTop) = (0, 0, 0)
    var offset = 0
    var best = 0
    var leastCost = Double.infinity
    var freeCount = 0.0
    while true {
      while nextBottom < bottomsBeside.count, bottomsBeside[nextBottom].position < offset + size {
        displaced += weight(of: bottomsBeside[nextBottom].item, protecting: protected)
        nextBottom += 1
      }
      while nextTop < topsBeside.count, topsBeside[nextTop].position <= offset {
        displaced -= weight(of: topsBeside[nextTop].item, protecting: protected)
        nextTop += 1
      }
      if displaced == 0 {
        // Each free place with the same chance.
        freeCount += 1
        if freeCount * random.nextFraction() < 1 { best = offset }
        leastCost = 0
      } else if Double(displaced) < leastCost {
        let cost = Double(displaced) * (1 + Self.noise * random.nextFraction())
        if cost < leastCost {
          leastCost = cost
          best = offset
        }
      }
      if offset >= highest { return best }
      var next = highest
      if nextTop < topsBeside.count { next = min(next, (topsBeside[nextTop].position + mask) & ~mask) }
      while nextBelow < bottomsBeside.count, (bottomsBeside[nextBelow].position - size) & ~mask <= offset {
        nextBelow += 1
      }
      if nextBelow < bottomsBeside.count { next = min(next, (bottomsBeside[nextBelow].position - size) & ~mask) }
      offset = next
    }
  }

  private func weight(of item: Int32, protecting protected: Int32?) -> Int {
    item == protected ? Self.protectedWeight : weights[Int(item)]
  }

  private func isLighter(_ left: Int32, _ right: Int32) -> Bool {
    (weights[Int(left)], left) < (weights[Int(right)], right)
  }
}
