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
  /// More bytes than this are not looked at.
  private let limit: Int
  /// The largest number of bytes in each range.
  private let lastBytes: [Int]
  /// Seconds that a byte is worth, by range from `guide.lowerBound` on; beyond the guide's ends as there.
  private var worth: [Double]
  private var guide = 0...0
  /// By range: the lowest price so far, seconds and the worth of bytes, and the candidate that has it.
  private var prices: [Double]
  private var winners: [Int32]
  private var candidates: [Candidate] = []
  private var usedRanges = (first: Int.max, last: -1)
  private var least = RangedCollector.noPoint
  private var fastest = RangedCollector.noPoint

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
    self.limit = min(limit, 4 * Chain.maximumByteCount)
    let count = RangedCollector.range(ofBytes: self.limit, shift) + 1
    lastBytes = (0..<count).map {
      Int(Double(bitPattern: (1.0).bitPattern + UInt64($0 + 1) << shift).rounded(.up)) - 1
    }
    worth = Array(repeating: 0, count: count)
    prices = Array(repeating: .infinity, count: count)
    winners = Array(repeating: -1, count: count)
  }

  mutating func begin(like place: ReversalFronts.Place, in fronts: borrowing ReversalFronts) {
    guard place.count > 2 else {
      guide = 0...0
      worth[0] = 0
      return
    }
    let front = front(place, fronts.bytes.span)
    let ranges = (front.start + 1 - front.offset)...(front.last - front.offset)
    guide = ranges.clamped(to: 0...(worth.count - 1))
    var rate = 0.0
    for range in guide {
      let low = max(front.start + 1, front.offset + range - 2)
      let high = min(front.last, front.offset + range + 2)
      let bytes = fronts.bytes[high] - fronts.bytes[low]
      if bytes > 0 { rate = (fronts.seconds[low] - fronts.seconds[high]) / Double(bytes) }
      worth[range] = rate
    }
  }

  mutating func add(_ point: ReversalPoint) {
    guard offer(point, point) else { return }
    append(0..<0, 0..<0, 0, point.bytes, point.seconds, point.decision)
    let range = range(ofBytes: point.bytes)
    compete(in: range, price: point.seconds + worth(in: range) * Double(point.bytes))
  }

  mutating func addRaised(
    of fronts: borrowing ReversalFronts, _ place: ReversalFronts.Place, token: Int, floor: Int,
    seconds constant: Double, decision: EncodedDecision
  ) {
    let bytes = fronts.bytes.span
    let seconds = fronts.seconds.span
    let front = front(place, bytes)
    let least = max(floor, bytes[front.start] + token)
    guard least <= limit else { return }
    let most = max(least, bytes[front.last] + token)
    let fewest = constant + seconds[front.last]
    append(0..<0, place, token, floor, constant, decision)
    _ = offer(
      ReversalPoint(
        bytes: least, seconds: constant + seconds[entry(of: front, within: least - token, bytes)], decision: decision),
      ReversalPoint(bytes: most, seconds: fewest, decision: decision))
    for range in range(ofBytes: least)...range(ofBytes: min(most, limit)) {
      let worth = worth(in: range)
      if isBeaten(fewest, in: range, worth) { break }
      let entry = entry(of: front, within: lastBytes[range] - token, bytes)
      compete(in: range, price: constant + seconds[entry] + worth * Double(max(floor, bytes[entry] + token)))
    }
  }

  mutating func addSums(
    of fronts: borrowing ReversalFronts, _ first: ReversalFronts.Place, _ second: ReversalFronts.Place, token: Int,
    floor: Int, seconds constant: Double, decision: EncodedDecision
  ) {
    let bytes = fronts.bytes.span
    let seconds = fronts.seconds.span
    let left = front(first, bytes)
    let right = front(second, bytes)
    let least = max(floor, bytes[left.start], bytes[right.start] + token)
    guard least <= limit else { return }
    let most = max(floor, bytes[left.last], bytes[right.last] + token)
    let fewest = constant + seconds[left.last] + seconds[right.last]
    append(first, second, token, floor, constant, decision)
    _ = offer(
      ReversalPoint(
        bytes: least,
        seconds: constant + seconds[entry(of: left, within: least, bytes)]
          + seconds[entry(of: right, within: least - token, bytes)],
        decision: decision),
      ReversalPoint(bytes: most, seconds: fewest, decision: decision))
    for range in range(ofBytes: least)...range(ofBytes: min(most, limit)) {
      let worth = worth(in: range)
      if isBeaten(fewest, in: range, worth) { break }
      let a = entry(of: left, within: lastBytes[range], bytes)
      let b = entry(of: right, within: lastBytes[range] - token, bytes)
      compete(
        in: range,
        price: constant + seconds[a] + seconds[b] + worth * Double(max(floor, bytes[a], bytes[b] + token)))
    }
  }

  mutating func take(from fronts: borrowing ReversalFronts) -> [ReversalPoint] {
    guard least.bytes < Int.max else { return [] }
    var front = [least]
    var best = least
    var count = 2
    for range in usedRanges.first...usedRanges.last {
      if prices[range] < .infinity {
        let point = point(of: candidates[Int(winners[range])], within: lastBytes[range], fronts)
        if point.seconds < best.seconds {
          best = point
          count = front.count + 1
        }
        prices[range] = .infinity
      }
      front.append(best)
    }
    front.removeLast(front.count - count)
    if fastest.seconds < best.seconds { front.append(fastest) }
    candidates.removeAll(keepingCapacity: true)
    usedRanges = (Int.max, -1)
    (least, fastest) = (RangedCollector.noPoint, RangedCollector.noPoint)
    return front
  }

  // MARK: Candidates

  private mutating func append(
    _ first: ReversalFronts.Place, _ second: ReversalFronts.Place, _ token: Int, _ floor: Int, _ seconds: Double,
    _ decision: EncodedDecision
  ) {
    candidates.append(
      Candidate(first: first, second: second, token: token, floor: floor, seconds: seconds, decision: decision))
  }

  /// Notes the ends of what is offered; says whether any of it is within the limit.
  private mutating func offer(_ leastPoint: ReversalPoint, _ fastestPoint: ReversalPoint) -> Bool {
    guard leastPoint.bytes <= limit else { return false }
    if leastPoint.precedes(least) { least = leastPoint }
    if fastestPoint.bytes <= limit, fastestPoint.seconds < fastest.seconds { fastest = fastestPoint }
    usedRanges.first = min(usedRanges.first, range(ofBytes: leastPoint.bytes))
    usedRanges.last = max(usedRanges.last, range(ofBytes: min(fastestPoint.bytes, limit)))
    return true
  }

  @inline(__always)
  private mutating func compete(in range: Int, price: Double) {
    if price < prices[range] {
      prices[range] = price
      winners[range] = Int32(truncatingIfNeeded: candidates.count - 1)
    }
  }

  /// Whether no point of so many seconds is the best of the range; none of fewer ranges than its own is looked at
  /// there.
  @inline(__always)
  private func isBeaten(_ seconds: Double, in range: Int, _ worth: Double) -> Bool {
    prices[range] <= seconds + worth * Double(range == 0 ? 0 : lastBytes[range - 1])
  }

  @inline(__always)
  private func worth(in range: Int) -> Double { worth[min(max(range, guide.lowerBound), guide.upperBound)] }

  /// What a candidate has of most worth within so many bytes.
  private func point(
    of candidate: Candidate, within limit: Int, _ fronts: borrowing ReversalFronts
  ) -> ReversalPoint {
    let bytes = fronts.bytes.span
    var point = ReversalPoint(bytes: candidate.floor, seconds: candidate.seconds, decision: candidate.decision)
    if !candidate.first.isEmpty {
      let entry = entry(of: front(candidate.first, bytes), within: limit, bytes)
      point.bytes = max(point.bytes, bytes[entry])
      point.seconds += fronts.seconds[entry]
    }
    if !candidate.second.isEmpty {
      let entry = entry(of: front(candidate.second, bytes), within: limit - candidate.token, bytes)
      point.bytes = max(point.bytes, bytes[entry] + candidate.token)
      point.seconds += fronts.seconds[entry]
    }
    return point
  }

  // MARK: Ranges

  private func front(_ place: ReversalFronts.Place, _ bytes: borrowing Span<Int>) -> Front {
    let start = Int(place.lowerBound)
    return Front(start: start, last: Int(place.upperBound) - 1, offset: start + 1 - range(ofBytes: bytes[start]))
  }

  /// The entry of a front for so many bytes, which are enough for its least.
  @inline(__always)
  private func entry(of front: Front, within limit: Int, _ bytes: borrowing Span<Int>) -> Int {
    let entry = min(front.offset &+ range(ofBytes: limit), front.last)
    return bytes[entry] > limit ? entry &- 1 : entry
  }

  @inline(__always)
  private func range(ofBytes bytes: Int) -> Int { RangedCollector.range(ofBytes: bytes, shift) }

  /// The logarithm of the bytes to base 2, linear within an octave, in ranges from 0 for a byte.
  @inline(__always)
  private static func range(ofBytes bytes: Int, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: (Double(max(bytes, 1)).bitPattern &- (1.0).bitPattern) &>> shift)
  }
}
