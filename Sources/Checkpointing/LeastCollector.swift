/// Collects of each front its least bytes alone; no points are kept of it.
struct LeastCollector: FrontCollecting {
  private var least = Int.max
  /// Fronts that are not empty, so far.
  private(set) var count = 0

  mutating func add(_ point: ReversalPoint) { least = min(least, point.bytes) }

  mutating func addRaised(
    of fronts: borrowing ReversalFronts, _ place: ReversalFronts.Place, token: Int, floor: Int, seconds: Double,
    decision: EncodedDecision
  ) {
    least = min(least, max(floor, place.leastBytes + token))
  }

  mutating func addSums(
    of fronts: borrowing ReversalFronts, _ first: ReversalFronts.Place, _ second: ReversalFronts.Place, token: Int,
    floor: Int, seconds: Double, decision: EncodedDecision
  ) {
    least = min(least, max(floor, first.leastBytes, second.leastBytes + token))
  }

  /// The front's number, among those that are not empty, is its place.
  mutating func take(into fronts: inout ReversalFronts) -> ReversalFronts.Place {
    guard least < Int.max else { return .none }
    defer { (least, count) = (Int.max, count + 1) }
    return ReversalFronts.Place(start: Int32(count), end: Int32(count + 1), leastBytes: least)
  }
}

/// Hands the bytes that a part may take down to the parts that its decisions make, by their least bytes.
struct AllowanceCollector: DecisionCollecting {
  /// What the part of which decisions are offered may take.
  private var allowance = 0
  /// The most that is left to each part, by the number of its front; -1 where none is.
  private(set) var allowances: [Int]

  /// - Parameters:
  ///   - count: how many fronts there are.
  ///   - whole: the place of the whole chain, which may take `limit`.
  init(count: Int, whole: ReversalFronts.Place, limit: Int) {
    allowances = Array(repeating: -1, count: count)
    allowances[whole.first] = limit
  }

  mutating func allow(_ byteCount: Int) { allowance = byteCount }

  mutating func add(_ point: ReversalPoint) {}

  mutating func addRaised(
    of fronts: borrowing ReversalFronts, _ place: ReversalFronts.Place, token: Int, floor: Int, seconds: Double,
    decision: EncodedDecision
  ) {
    guard max(floor, place.leastBytes + token) <= allowance else { return }
    leave(allowance - token, to: place)
  }

  mutating func addSums(
    of fronts: borrowing ReversalFronts, _ first: ReversalFronts.Place, _ second: ReversalFronts.Place, token: Int,
    floor: Int, seconds: Double, decision: EncodedDecision
  ) {
    guard max(floor, first.leastBytes, second.leastBytes + token) <= allowance else { return }
    leave(allowance, to: first)
    leave(allowance - token, to: second)
  }

  /// Nothing where the part has no front.
  mutating func leave(_ byteCount: Int, to place: ReversalFronts.Place) {
    guard !place.isEmpty else { return }
    allowances[place.first] = max(allowances[place.first], byteCount)
  }
}
