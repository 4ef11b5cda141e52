/// Collects a front of which one point is kept for each of many narrow ranges of bytes.
///
/// Ranges are a fixed fraction of an octave wide, so that what is lost is bounded relative to the bytes, at any scale.
/// A front so collected begins with the point of least bytes and then has one entry for each range from that of these
/// bytes on; the point of fewest seconds comes last. What two fronts give together is thus looked up range by range
/// instead of merged.
///
/// Of the points of a range that one is kept whose seconds are fewest when its bytes are counted too, each at what a
/// byte is worth in a part much like this one. Without that, what takes less than a range is wide would be kept as long
/// as there is room, whatever it spares.
///
///     seconds │ ·  a
///             │ ·   \
///             │ ·    b          a, b, c in one range; c has fewest seconds, b is the better bargain at the
///             │ ·      ` - c    worth of a byte, the slope of the front
///             └─┴────────────┴── bytes
struct RangedCollector: FrontCollecting {
  private let shift: UInt64
  private let rangesPerOctave: Int
  /// More bytes than this are not looked at.
  private let limit: Int
  /// Seconds that a byte is worth, by range from `guide.lowerBound` on; beyond the guide's ends as there.
  private var worth: [Double]
  private var guide = 0...0
  private var ranges: [Range]
  private var candidates: [Candidate] = []
  /// The last one that has a candidate.
  private var lastRange = -1
  private var least = RangedCollector.noPoint
  private var fastest = RangedCollector.noPoint

  private struct Range {
    /// The largest number of bytes in it.
    let lastBytes: Int
    /// The lowest so far, of seconds and the worth of bytes together.
    var price = Double.infinity
    /// The candidate that has it.
    var winner: Int32 = -1
  }

  /// What is offered: a point, or a front's points raised by a token, or the sums of two fronts of which the second is.
  private struct Candidate {
    let first: ReversalFronts.Place
    let second: ReversalFronts.Place
    let token: Int
    let floor: Int
    let seconds: Double
    let decision: EncodedDecision
  }

  /// Where a collected front stands in the pool.
  private struct Front {
    let start: Int
    let last: Int
    /// The entry of range r is `offset + r`.
    let offset: Int
  }

  private static let noPoint = ReversalPoint(
    bytes: Int.max, seconds: .infinity, decision: EncodedDecision(.reverse, first: 0))

  /// - Parameters:
  ///   - rangesPerOctave: a power of two.
  ///   - limit: what points may take in bytes.
  init(rangesPerOctave: Int, limit: Int) {
    let shift = UInt64(52 - rangesPerOctave.trailingZeroBitCount)
    self.shift = shift
    self.rangesPerOctave = rangesPerOctave
    self.limit = min(limit, 4 * Chain.maximumByteCount)
    let count = RangedCollector.range(ofBytes: self.limit, shift) + 1
    ranges = (0..<count).map {
      Range(lastBytes: Int(Double(bitPattern: (1.0).bitPattern + UInt64($0 + 1) << shift).rounded(.up)) - 1)
    }
    worth = Array(repeating: 0, count: count)
  }

  mutating func begin(like place: ReversalFronts.Place, in fronts: borrowing ReversalFronts) {
    guard place.count > 2 else {
      guide = 0...0
      worth[0] = 0
      return
    }
    let front = front(place, fronts.costs.span)
    let ranges = (front.start + 1 - front.offset)...(front.last - front.offset)
    guide = ranges.clamped(to: 0...(worth.count - 1))
    // Over an eighth of an octave, however narrow ranges are: from one to the next the front goes in steps.
    let reach = max(2, rangesPerOctave / 16)
    var rate = 0.0
    for range in guide {
      let low = max(front.start + 1, front.offset + range - reach)
      let high = min(front.last, front.offset + range + reach)
      let bytes = fronts.costs[high].bytes - fronts.costs[low].bytes
      if bytes > 0 { rate = (fronts.costs[low].seconds - fronts.costs[high].seconds) / Double(bytes) }
      worth[range] = rate
    }
  }

  mutating func add(_ point: ReversalPoint) {
    guard point.bytes <= limit else { return }
    offer(least: point)
    offer(fastest: point)
    candidates.append(
      Candidate(
        first: 0..<0, second: 0..<0, token: 0, floor: point.bytes, seconds: point.seconds, decision: point.decision))
    let range = range(ofBytes: point.bytes)
    if !wins(range, price: point.seconds + worth(in: range) * Double(point.bytes)) { candidates.removeLast() }
  }

  mutating func addRaised(
    of fronts: borrowing ReversalFronts, _ place: ReversalFronts.Place, token: Int, floor: Int,
    seconds constant: Double, decision: EncodedDecision
  ) {
    let costs = fronts.costs.span
    let front = front(place, costs)
    let least = max(floor, costs[front.start].bytes + token)
    guard least <= limit else { return }
    let most = max(least, costs[front.last].bytes + token)
    let fewest = constant + costs[front.last].seconds
    let entry = entry(of: front, within: least - token, costs)
    offer(least: ReversalPoint(bytes: least, seconds: constant + costs[entry].seconds, decision: decision))
    offer(fastest: ReversalPoint(bytes: most, seconds: fewest, decision: decision))
    candidates.append(
      Candidate(first: 0..<0, second: place, token: token, floor: floor, seconds: constant, decision: decision))
    var isUsed = false
    for range in range(ofBytes: least)...range(ofBytes: min(most, limit)) {
      let worth = worth(in: range)
      if isBeaten(fewest, in: range, worth) { break }
      let cost = costs[self.entry(of: front, within: ranges[range].lastBytes - token, costs)]
      let price = constant + cost.seconds + worth * Double(max(floor, cost.bytes + token))
      if wins(range, price: price) { isUsed = true }
    }
    if !isUsed { candidates.removeLast() }
  }

  mutating func addSums(
    of fronts: borrowing ReversalFronts, _ first: ReversalFronts.Place, _ second: ReversalFronts.Place, token: Int,
    floor: Int, seconds constant: Double, decision: EncodedDecision
  ) {
    let costs = fronts.costs.span
    let left = front(first, costs)
    let right = front(second, costs)
    let least = max(floor, costs[left.start].bytes, costs[right.start].bytes + token)
    guard least <= limit else { return }
    let most = max(floor, costs[left.last].bytes, costs[right.last].bytes + token)
    let fewest = constant + costs[left.last].seconds + costs[right.last].seconds
    if least <= self.least.bytes {
      let a = entry(of: left, within: least, costs)
      let b = entry(of: right, within: least - token, costs)
      offer(
        least: ReversalPoint(
          bytes: least, seconds: constant + costs[a].seconds + costs[b].seconds, decision: decision))
    }
    offer(fastest: ReversalPoint(bytes: most, seconds: fewest, decision: decision))
    var isUsed = false
    for range in range(ofBytes: least)...range(ofBytes: min(most, limit)) {
      let worth = worth(in: range)
      if isBeaten(fewest, in: range, worth) { break }
      let lastBytes = ranges[range].lastBytes
      let a = costs[entry(of: left, in: range, within: lastBytes, costs)]
      let b = costs[entry(of: right, within: lastBytes - token, costs)]
      let price = constant + a.seconds + b.seconds + worth * Double(max(floor, a.bytes, b.bytes + token))
      guard price < ranges[range].price else { continue }
      if !isUsed {
        candidates.append(
          Candidate(first: first, second: second, token: token, floor: floor, seconds: constant, decision: decision))
        isUsed = true
      }
      setWinner(of: range, price: price)
    }
  }

  mutating func take(from fronts: borrowing ReversalFronts) -> [ReversalPoint] {
    guard least.bytes < Int.max else { return [] }
    var front = [least]
    var best = least
    var count = 2
    for range in range(ofBytes: least.bytes)...max(lastRange, range(ofBytes: least.bytes)) {
      if ranges[range].price < .infinity {
        let point = point(of: candidates[Int(ranges[range].winner)], within: ranges[range].lastBytes, fronts)
        if point.seconds < best.seconds {
          best = point
          count = front.count + 1
        }
        ranges[range].price = .infinity
      }
      front.append(best)
    }
    front.removeLast(front.count - count)
    if fastest.seconds < best.seconds { front.append(fastest) }
    candidates.removeAll(keepingCapacity: true)
    lastRange = -1
    (least, fastest) = (RangedCollector.noPoint, RangedCollector.noPoint)
    return front
  }

  // MARK: Candidates

  @inline(__always)
  private mutating func offer(least point: ReversalPoint) {
    if point.precedes(least) { least = point }
  }

  @inline(__always)
  private mutating func offer(fastest point: ReversalPoint) {
    if point.seconds < fastest.seconds, point.bytes <= limit { fastest = point }
  }

  /// Whether the last candidate has the lowest price of a range so far, which is noted.
  @inline(__always)
  private mutating func wins(_ range: Int, price: Double) -> Bool {
    guard price < ranges[range].price else { return false }
    setWinner(of: range, price: price)
    return true
  }

  @inline(__always)
  private mutating func setWinner(of range: Int, price: Double) {
    ranges[range].price = price
    ranges[range].winner = Int32(truncatingIfNeeded: candidates.count - 1)
    lastRange = max(lastRange, range)
  }

  /// Whether no point of so many seconds is the best of the range; none of fewer ranges than its own is looked at
  /// there.
  @inline(__always)
  private func isBeaten(_ seconds: Double, in range: Int, _ worth: Double) -> Bool {
    ranges[range].price <= seconds + worth * Double(range == 0 ? 0 : ranges[range - 1].lastBytes)
  }

  @inline(__always)
  private func worth(in range: Int) -> Double { worth[min(max(range, guide.lowerBound), guide.upperBound)] }

  /// What a candidate has of most worth within so many bytes.
  private func point(
    of candidate: Candidate, within limit: Int, _ fronts: borrowing ReversalFronts
  ) -> ReversalPoint {
    let costs = fronts.costs.span
    var point = ReversalPoint(bytes: candidate.floor, seconds: candidate.seconds, decision: candidate.decision)
    if !candidate.first.isEmpty {
      let cost = costs[entry(of: front(candidate.first, costs), within: limit, costs)]
      point.bytes = max(point.bytes, cost.bytes)
      point.seconds += cost.seconds
    }
    if !candidate.second.isEmpty {
      let cost = costs[entry(of: front(candidate.second, costs), within: limit - candidate.token, costs)]
      point.bytes = max(point.bytes, cost.bytes + candidate.token)
      point.seconds += cost.seconds
    }
    return point
  }

  // MARK: Ranges

  private func front(_ place: ReversalFronts.Place, _ costs: borrowing Span<ReversalFronts.Cost>) -> Front {
    let start = Int(place.lowerBound)
    return Front(
      start: start, last: Int(place.upperBound) - 1, offset: start + 1 - range(ofBytes: costs[start].bytes))
  }

  /// The entry of a front for so many bytes, which are enough for its least.
  @inline(__always)
  private func entry(of front: Front, within limit: Int, _ costs: borrowing Span<ReversalFronts.Cost>) -> Int {
    entry(of: front, in: range(ofBytes: limit), within: limit, costs)
  }

  /// - Parameter range: of so many bytes.
  @inline(__always)
  private func entry(
    of front: Front, in range: Int, within limit: Int, _ costs: borrowing Span<ReversalFronts.Cost>
  ) -> Int {
    let entry = min(front.offset &+ range, front.last)
    return costs[entry].bytes > limit ? entry &- 1 : entry
  }

  @inline(__always)
  private func range(ofBytes bytes: Int) -> Int { RangedCollector.range(ofBytes: bytes, shift) }

  /// The logarithm of the bytes to base 2, linear within an octave, in ranges from 0 for a byte.
  @inline(__always)
  private static func range(ofBytes bytes: Int, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: (Double(max(bytes, 1)).bitPattern &- (1.0).bitPattern) &>> shift)
  }
}
