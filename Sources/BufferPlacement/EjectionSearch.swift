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
/// capacity: these are then the ones without a place, and what is far from them in time stays as it is. After a search
/// that found nothing another one from the same placement takes back only what was moved.
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
  /// By item.
  private var isPlaced: [Bool]
  /// The edges of the placed items that are live while the one to be placed is.
  private var bottomsBeside: [Edge] = []
  private var topsBeside: [Edge] = []
  private var sorter: EdgeSorter
  private var profile: DisplacementProfile
  private var random = SplitMix64(seed: 0)

  /// Offsets of the items, complete where a search has found a placement.
  private(set) var offsets: [Int]
  /// Of the placement that was found.
  var height: Int { items.height(at: offsets) }
  /// The work done since the search was made, in units of about a nanosecond.
  private(set) var steps = 0

  /// What an item of average area weighs at first, and what it gains by displacing others.
  private static let averageWeight = 1024.0
  private static let gain = 205
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
    isPlaced = Array(repeating: false, count: items.count)
    bottoms = EdgeList(of: items)
    tops = bottoms
    sorter = EdgeSorter(granularity: problem.granularity)
    profile = DisplacementProfile(granularity: problem.granularity)
  }

  /// - Parameters:
  ///   - capacity: the lower bound or more.
  ///   - known: offsets of a higher placement to begin with; nil for none.
  ///   - stepLimit: the most steps of this run.
  /// - Returns: whether a placement is found.
  mutating func run(capacity: Int, from known: [Int]?, seed: UInt64, stepLimit: Int) -> Bool {
    weights = firstWeights
    random = SplitMix64(seed: seed)
    begin(with: known, within: capacity)
    let lastStep = steps + stepLimit
    var last: Int32?
    while let item = outside.popLast() {
      if steps > lastStep { return false }
      place(item, within: capacity, protecting: random.nextFraction() < Self.protection ? last : nil)
      last = item
    }
    return true
  }

  /// Puts the items where they stand in a known placement, but for those that reach beyond the capacity; what stands
  /// there already is left as it is.
  private mutating func begin(with known: [Int]?, within capacity: Int) {
    outside.removeAll(keepingCapacity: true)
    var moved: [Int32] = []
    for (number, item) in items.enumerated() {
      let fits = known.map { $0[number] + item.size <= capacity } ?? false
      if !fits { outside.append(Int32(number)) }
      let stands = isPlaced[number]
      if fits != stands || (fits && offsets[number] != known?[number]) { moved.append(Int32(number)) }
    }
    outside.sort(by: isLighter)
    steps += 2 * items.count
    if moved.count > items.count / 4 {
      placeAnew(known, within: capacity)
    } else {
      for number in moved {
        if isPlaced[Int(number)] { remove(bottom(of: number)) }
        guard let known, known[Int(number)] + items[Int(number)].size <= capacity else { continue }
        offsets[Int(number)] = known[Int(number)]
        insert(bottom(of: number))
      }
      steps += 400 * moved.count
    }
  }

  /// The same with nothing left as it is.
  private mutating func placeAnew(_ known: [Int]?, within capacity: Int) {
    bottoms.removeAll()
    tops.removeAll()
    isPlaced = Array(repeating: false, count: items.count)
    steps += 10 * items.count
    guard let known else { return }
    var inside: [Edge] = []
    for (number, item) in items.enumerated() where known[number] + item.size <= capacity {
      offsets[number] = known[number]
      isPlaced[number] = true
      inside.append(bottom(of: Int32(number)))
    }
    bottoms.insert(inside)
    tops.insert(inside.map { $0.moved(by: items[Int($0.item)].size) })
    steps += 30 * items.count
  }

  private func bottom(of number: Int32) -> Edge {
    let item = items[Int(number)]
    return Edge(position: offsets[Int(number)], item: number, lower: item.lower, upper: item.upper)
  }

  private mutating func insert(_ bottom: Edge) {
    bottoms.insert(bottom)
    tops.insert(bottom.moved(by: items[Int(bottom.item)].size))
    isPlaced[Int(bottom.item)] = true
  }

  private mutating func remove(_ bottom: Edge) {
    bottoms.remove(bottom)
    tops.remove(bottom.moved(by: items[Int(bottom.item)].size))
    isPlaced[Int(bottom.item)] = false
  }

  private mutating func place(_ number: Int32, within capacity: Int, protecting protected: Int32?) {
    let item = items[Int(number)]
    let lookedAt = bottoms.gather(livingWith: item, into: &bottomsBeside)
    var choice = LeastDisplacement()
    steps += 2 * lookedAt + 6 * bottomsBeside.count + 100
    if profile.suits(item, besideCount: bottomsBeside.count, capacity: capacity) {
      weighByOffset(item, within: capacity, protecting: protected, &choice)
      steps += 2 * profile.offsetCount(within: capacity)
    } else {
      tops.gather(livingWith: item, into: &topsBeside)
      if bottoms.isSpread(item) {
        sorter.sort(&bottomsBeside)
        sorter.sort(&topsBeside)
      }
      weighInOrder(item, within: capacity, protecting: protected, &choice)
      steps += 2 * lookedAt
    }
    let offset = choice.offset
    offsets[Int(number)] = offset
    var displaces = false
    for edge in bottomsBeside where edge.position < offset + item.size {
      guard edge.position + items[Int(edge.item)].size > offset else { continue }
      displaces = true
      takeOut(edge)
    }
    if displaces { weights[Int(number)] += Self.gain }
    insert(bottom(of: number))
  }

  private mutating func takeOut(_ bottom: Edge) {
    remove(bottom)
    outside.insert(bottom.item, at: outside.firstPosition { !isLighter($0, bottom.item) })
    steps += 200
  }

  /// Offers every place of an item where it touches another one or an end of the block, along the edges beside it.
  private mutating func weighInOrder(
    _ item: PlacementProblem.Item, within capacity: Int, protecting protected: Int32?, _ choice: inout LeastDisplacement
  ) {
    let size = item.size
    let mask = item.alignment - 1
    let highest = (capacity - size) & ~mask
    // What is displaced at an offset: all with bottoms below the item's top, but those with tops not above its bottom.
    var displaced = 0
    var (nextBottom, nextBelow, nextTop) = (0, 0, 0)
    var offset = 0
    while true {
      while nextBottom < bottomsBeside.count, bottomsBeside[nextBottom].position < offset + size {
        displaced += weight(of: bottomsBeside[nextBottom].item, protecting: protected)
        nextBottom += 1
      }
      while nextTop < topsBeside.count, topsBeside[nextTop].position <= offset {
        displaced -= weight(of: topsBeside[nextTop].item, protecting: protected)
        nextTop += 1
      }
      choice.offer(offset, displacing: displaced, &random)
      if offset >= highest { return }
      var next = highest
      if nextTop < topsBeside.count { next = min(next, (topsBeside[nextTop].position + mask) & ~mask) }
      while nextBelow < bottomsBeside.count, (bottomsBeside[nextBelow].position - size) & ~mask <= offset {
        nextBelow += 1
      }
      if nextBelow < bottomsBeside.count { next = min(next, (bottomsBeside[nextBelow].position - size) & ~mask) }
      offset = next
    }
  }

  /// The same, offset by offset.
  private mutating func weighByOffset(
    _ item: PlacementProblem.Item, within capacity: Int, protecting protected: Int32?, _ choice: inout LeastDisplacement
  ) {
    profile.fill(with: bottomsBeside, within: capacity) { [items] bottom in
      bottom.position + items[Int(bottom.item)].size
    } weight: { [weights] bottom in
      bottom.item == protected ? Self.protectedWeight : weights[Int(bottom.item)]
    }
    var random = random
    profile.forEachPlace(of: item.size, within: capacity) { choice.offer($0, displacing: $1, &random) }
    self.random = random
  }

  private func weight(of item: Int32, protecting protected: Int32?) -> Int {
    item == protected ? Self.protectedWeight : weights[Int(item)]
  }

  private func isLighter(_ left: Int32, _ right: Int32) -> Bool {
    (weights[Int(left)], left) < (weights[Int(right)], right)
  }
}

/// The place of those offered where an item displaces the least; of free ones each with the same chance.
private struct LeastDisplacement {
  private(set) var offset = 0
  private var leastCost = Double.infinity
  private var freeCount = 0.0

  /// By which part a sum of weights may seem larger by chance.
  private static let noise = 0.05

  mutating func offer(_ offset: Int, displacing weight: Int, _ random: inout SplitMix64) {
    if weight == 0 {
      freeCount += 1
      if freeCount * random.nextFraction() < 1 { self.offset = offset }
      leastCost = 0
    } else if Double(weight) < leastCost {
      let cost = Double(weight) * (1 + Self.noise * random.nextFraction())
      guard cost < leastCost else { return }
      leastCost = cost
      self.offset = offset
    }
  }
}
