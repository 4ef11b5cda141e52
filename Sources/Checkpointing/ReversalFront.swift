/// What reversing a part can cost: pairs of bytes and seconds of which none is better than another in both, bytes
/// ascending, with the decision that reaches each.
///
/// Fronts are adopted one after another into one pool, so that many thousands take two arrays.
struct ReversalFronts {
  private(set) var costs: [Cost] = []
  private(set) var decisions: [EncodedDecision] = []

  struct Cost: Hashable, Sendable {
    let bytes: Int
    let seconds: Double
  }

  /// A front's place in the pool.
  struct Place: Sendable {
    private let start: Int32
    private let end: Int32
    /// Bytes of the first point; `Int.max` where there is none.
    let leastBytes: Int

    /// The same points further on in a pool.
    func moved(by count: Int) -> Place {
      isEmpty ? self : Place(start: start + Int32(count), end: end + Int32(count), leastBytes: leastBytes)
    }

    /// Of no point.
    static let none = Place(start: 0, end: 0, leastBytes: Int.max)

    init(start: Int32, end: Int32, leastBytes: Int) {
      (self.start, self.end, self.leastBytes) = (start, end, leastBytes)
    }

    var isEmpty: Bool { start == end }
    var count: Int { Int(end - start) }
    var first: Int { Int(start) }
    var last: Int { Int(end) - 1 }
  }

  static let byteCountPerPoint = MemoryLayout<Cost>.stride + MemoryLayout<EncodedDecision>.stride

  /// Makes room for so many points at once: growing by copying would take twice the memory for a moment. What is not
  /// used of it takes none.
  mutating func reserve(_ pointCount: Int) {
    // The last part's points may be beyond the limit before that is seen.
    costs.reserveCapacity(pointCount + (1 << 14))
    decisions.reserveCapacity(pointCount + (1 << 14))
  }

  /// Appends a point of the front that comes to stand last.
  mutating func append(_ point: ReversalPoint) {
    costs.append(Cost(bytes: point.bytes, seconds: point.seconds))
    decisions.append(point.decision)
  }

  /// Appends the points of another pool, those before `first` left out.
  mutating func append(_ other: ReversalFronts, from first: Int) {
    costs.append(contentsOf: other.costs[first...])
    decisions.append(contentsOf: other.decisions[first...])
  }

  /// Takes the last points back.
  mutating func removeLast(_ count: Int) {
    costs.removeLast(count)
    decisions.removeLast(count)
  }

  /// The place of all points from this one on, in an order of ascending bytes.
  func place(from start: Int) -> Place {
    start == costs.count
      ? .none : Place(start: Int32(start), end: Int32(costs.count), leastBytes: costs[start].bytes)
  }

  /// The point of least seconds within so many bytes, or nil.
  func best(in place: Place, bytes allowed: Int) -> Int? {
    guard place.leastBytes <= allowed, !place.isEmpty else { return nil }
    var low = place.first + 1
    var high = place.last + 1
    while low < high {
      let middle = (low + high) / 2
      if costs[middle].bytes <= allowed { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }
}

/// One point of a front.
struct ReversalPoint: Hashable, Sendable {
  var bytes: Int
  var seconds: Double
  var decision: EncodedDecision
}

/// A ``ReversalDecision`` in 32 bits, stages counted from the part's first one, of which there are at most 2^12.
struct EncodedDecision: Hashable, Sendable {
  private let bits: UInt32

  /// Kind: bits 0 to 3. Flags: 4 to 6. A form, or a stage from the part's first: 8 to 19. A lowest stage: 20 to 31.
  private init(
    _ kind: UInt32, argument: Int = 0, _ flag: Bool = false, _ second: Bool = false, _ third: Bool = false,
    skipped: Int = 0
  ) {
    assert(0..<1 << 12 ~= argument && 0..<1 << 12 ~= skipped, "numbers are stored in 12 bits")
    bits =
      kind | (flag ? 16 : 0) | (second ? 32 : 0) | (third ? 64 : 0) | UInt32(truncatingIfNeeded: argument) << 8
      | UInt32(truncatingIfNeeded: skipped) << 20
  }

  init(_ decision: ReversalDecision, first: Int) {
    switch decision {
    case .reverse: self.init(0)
    case .executeAndReverse(let form): self.init(1, argument: form)
    case .keepFirst(let form, let withoutOutput): self.init(2, argument: form, withoutOutput)
    case .split(let split):
      self.init(
        3, argument: split.stage - first, split.keepsRestart, split.withoutOutput, split.marksStart,
        skipped: split.lowest - split.stage)
    case .move(let stage, let keepsRestart): self.init(4, argument: stage - first, keepsRestart)
    case .release: self.init(5)
    case .evaluate: self.init(6)
    }
  }

  func decision(first: Int) -> ReversalDecision {
    let argument = Int(bits >> 8 & 0xFFF)
    func flag(_ index: Int) -> Bool { bits >> (4 + index) & 1 == 1 }
    switch bits & 15 {
    case 0: return .reverse
    case 1: return .executeAndReverse(form: argument)
    case 2: return .keepFirst(form: argument, withoutOutput: flag(0))
    case 3:
      let stage = first + argument
      return .split(
        ReversalDecision.Split(
          stage: stage, lowest: stage + Int(bits >> 20), keepsRestart: flag(0), withoutOutput: flag(1),
          marksStart: flag(2)))
    case 4: return .move(stage: first + argument, keepsRestart: flag(0))
    case 5: return .release
    default: return .evaluate
    }
  }
}

/// Is offered what a part's decisions come to, each with the fronts of the parts that it makes.
protocol DecisionCollecting {
  /// Of the part that comes next no point of more bytes matters.
  mutating func allow(_ byteCount: Int)

  /// Begins a front that will be much like one that is known; like none where that is empty.
  mutating func begin(like place: ReversalFronts.Place, in fronts: borrowing ReversalFronts)

  /// Adds one point.
  mutating func add(_ point: ReversalPoint)

  /// Adds the points of a front, their bytes raised by `token` and then to `floor`; seconds are added.
  mutating func addRaised(
    of fronts: borrowing ReversalFronts, _ place: ReversalFronts.Place, token: Int, floor: Int, seconds: Double,
    decision: EncodedDecision)

  /// Adds the sums of two fronts, the second one's bytes raised by `token` and all raised to `floor`; seconds are
  /// added.
  mutating func addSums(
    of fronts: borrowing ReversalFronts, _ first: ReversalFronts.Place, _ second: ReversalFronts.Place, token: Int,
    floor: Int, seconds: Double, decision: EncodedDecision)
}

/// Collects the points of one front after the other.
protocol FrontCollecting: DecisionCollecting {
  /// Appends the front collected; the collector is then empty.
  mutating func take(into fronts: inout ReversalFronts) -> ReversalFronts.Place
}

extension DecisionCollecting {
  mutating func allow(_ byteCount: Int) {}

  mutating func begin(like place: ReversalFronts.Place, in fronts: borrowing ReversalFronts) {}
}

/// Collects every point: a list is merged with what stands already, which is linear in both.
struct ExactCollector: FrontCollecting {
  private var points: [ReversalPoint] = []
  private var merged: [ReversalPoint] = []

  mutating func add(_ point: ReversalPoint) { add([point]) }

  mutating func addRaised(
    of fronts: borrowing ReversalFronts, _ place: ReversalFronts.Place, token: Int, floor: Int, seconds: Double,
    decision: EncodedDecision
  ) {
    var list: [ReversalPoint] = []
    for position in place.first...place.last {
      let bytes = max(floor, fronts.costs[position].bytes + token)
      if bytes == list.last?.bytes { list.removeLast() }
      list.append(
        ReversalPoint(bytes: bytes, seconds: seconds + fronts.costs[position].seconds, decision: decision))
    }
    add(list)
  }

  mutating func addSums(
    of fronts: borrowing ReversalFronts, _ first: ReversalFronts.Place, _ second: ReversalFronts.Place, token: Int,
    floor: Int, seconds: Double, decision: EncodedDecision
  ) {
    var (a, b) = (first.first, second.first)
    let (endA, endB) = (first.last + 1, second.last + 1)
    var bytes = max(floor, fronts.costs[a].bytes, fronts.costs[b].bytes + token)
    var list: [ReversalPoint] = []
    while true {
      var (nextA, nextB) = (Int.max, Int.max)
      while a + 1 < endA {
        nextA = fronts.costs[a + 1].bytes
        if nextA > bytes { break }
        a += 1
        nextA = Int.max
      }
      while b + 1 < endB {
        nextB = fronts.costs[b + 1].bytes + token
        if nextB > bytes { break }
        b += 1
        nextB = Int.max
      }
      list.append(
        ReversalPoint(
          bytes: bytes, seconds: seconds + fronts.costs[a].seconds + fronts.costs[b].seconds, decision: decision))
      bytes = min(nextA, nextB)
      if bytes == Int.max { break }
    }
    add(list)
  }

  mutating func take(into fronts: inout ReversalFronts) -> ReversalFronts.Place {
    let start = fronts.costs.count
    for point in points { fronts.append(point) }
    points.removeAll(keepingCapacity: true)
    return fronts.place(from: start)
  }

  /// Adds points of ascending bytes and descending seconds.
  private mutating func add(_ list: [ReversalPoint]) {
    merged.removeAll(keepingCapacity: true)
    var (left, right) = (0, 0)
    while left < points.count || right < list.count {
      let takesLeft = right == list.count || (left < points.count && !list[right].precedes(points[left]))
      let next = takesLeft ? points[left] : list[right]
      if takesLeft { left += 1 } else { right += 1 }
      if let last = merged.last, last.seconds <= next.seconds { continue }
      merged.append(next)
    }
    swap(&points, &merged)
  }
}

extension ReversalPoint {
  /// Fewer bytes, or equal ones and fewer seconds.
  func precedes(_ other: ReversalPoint) -> Bool { (bytes, seconds) < (other.bytes, other.seconds) }
}
