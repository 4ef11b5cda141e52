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
  private let scale: ByteScale
  private let rangesPerOctave: Int
  /// More bytes than this are not looked at in any front.
  private let mostBytes: Int
  /// And in the front that is collected.
  private var limit: Int
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
    /// What the range before ends with.
    let lowerBytes: Int
    /// The largest number of bytes in it.
    let lastBytes: Int
    /// The lowest so far, of seconds and the worth of bytes together.
    var price = Double.infinity
    /// What takes no fewer seconds has no lower price, if it takes bytes of the range's own. What takes fewer is looked
    /// at here only as long as it may win with its own bytes too: it stands in a range before.
    var bar = Double.infinity
    /// The candidate that has the price.
    var winner: Int32 = -1

    @inline(__always)
    mutating func win(price: Double, worth: Double, candidate: Int) {
      self.price = price
      bar = price - worth * Double(lowerBytes)
      winner = Int32(truncatingIfNeeded: candidate)
    }

    mutating func reset() { (price, bar) = (.infinity, .infinity) }
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

  private static let noPoint = ReversalPoint(
    bytes: Int.max, seconds: .infinity, decision: EncodedDecision(.reverse, first: 0))

  /// - Parameters:
  ///   - rangesPerOctave: a power of two.
  ///   - limit: what points may take in bytes.
  init(rangesPerOctave: Int, limit: Int) {
    let scale = ByteScale(rangesPerOctave: rangesPerOctave)
    self.scale = scale
    self.rangesPerOctave = rangesPerOctave
    mostBytes = min(limit, 4 * Chain.maximumByteCount)
    self.limit = mostBytes
    ranges = (0...scale.range(ofBytes: mostBytes)).map {
      Range(lowerBytes: scale.lastBytes(of: $0 - 1), lastBytes: scale.lastBytes(of: $0))
    }
    worth = Array(repeating: 0, count: ranges.count)
  }

  mutating func allow(_ byteCount: Int) { limit = min(byteCount, mostBytes) }

  mutating func begin(like place: ReversalFronts.Place, in fronts: borrowing ReversalFronts) {
    guard place.count > 2 else {
      guide = 0...0
      worth[0] = 0
      return
    }
    let front = scale.front(place)
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
    let candidate = Candidate(
      first: .none, second: .none, token: 0, floor: point.bytes, seconds: point.seconds, decision: point.decision)
    let range = scale.range(ofBytes: point.bytes)
    let worth = worth(in: range)
    let price = point.seconds + worth * Double(point.bytes)
    guard price < ranges[range].price else { return }
    ranges[range].win(price: price, worth: worth, candidate: candidates.count)
    adopt(candidate, upTo: range)
  }

  mutating func addRaised(
    of fronts: borrowing ReversalFronts, _ place: ReversalFronts.Place, token: Int, floor: Int,
    seconds constant: Double, decision: EncodedDecision
  ) {
    let least = max(floor, place.leastBytes + token)
    guard least <= limit else { return }
    let costs = fronts.costs.span
    let front = scale.front(place)
    let most = max(least, costs[front.last].bytes + token)
    let fewest = constant + costs[front.last].seconds
    let entry = scale.entry(of: front, within: least - token, costs)
    offer(least: ReversalPoint(bytes: least, seconds: constant + costs[entry].seconds, decision: decision))
    offer(fastest: ReversalPoint(bytes: most, seconds: fewest, decision: decision))
    let candidate = Candidate(
      first: .none, second: place, token: token, floor: floor, seconds: constant, decision: decision)
    var last: Int?
    for range in scale.range(ofBytes: least)...scale.range(ofBytes: min(most, limit)) {
      if fewest >= ranges[range].bar { break }
      let cost = costs[scale.entry(of: front, within: ranges[range].lastBytes - token, costs)]
      let worth = worth(in: range)
      let price = constant + cost.seconds + worth * Double(max(floor, cost.bytes + token))
      guard price < ranges[range].price else { continue }
      ranges[range].win(price: price, worth: worth, candidate: candidates.count)
      last = range
    }
    if let last { adopt(candidate, upTo: last) }
  }

  mutating func addSums(
    of fronts: borrowing ReversalFronts, _ first: ReversalFronts.Place, _ second: ReversalFronts.Place, token: Int,
    floor: Int, seconds constant: Double, decision: EncodedDecision
  ) {
    let least = max(floor, first.leastBytes, second.leastBytes + token)
    guard least <= limit else { return }
    let costs = fronts.costs.span
    let left = scale.front(first)
    let right = scale.front(second)
    let most = max(floor, costs[left.last].bytes, costs[right.last].bytes + token)
    let fewest = constant + costs[left.last].seconds + costs[right.last].seconds
    if least <= self.least.bytes {
      let a = scale.entry(of: left, within: least, costs)
      let b = scale.entry(of: right, within: least - token, costs)
      offer(
        least: ReversalPoint(
          bytes: least, seconds: constant + costs[a].seconds + costs[b].seconds, decision: decision))
    }
    offer(fastest: ReversalPoint(bytes: most, seconds: fewest, decision: decision))
    let candidate = Candidate(
      first: first, second: second, token: token, floor: floor, seconds: constant, decision: decision)
    let contest = Contest(
      candidate: candidate, number: candidates.count, left: left, right: right, fewestSeconds: fewest,
      ranges: scale.range(ofBytes: least)..<scale.range(ofBytes: min(most, limit)) + 1)
    if let last = contest.hold(in: &ranges, costs, scale, worth: worth, guide) { adopt(candidate, upTo: last) }
  }

  mutating func take(into fronts: inout ReversalFronts) -> ReversalFronts.Place {
    guard least.bytes < Int.max else { return .none }
    let start = fronts.costs.count
    fronts.append(least)
    var best = least
    var count = 2
    let firstRange = scale.range(ofBytes: least.bytes)
    for range in firstRange...max(lastRange, firstRange) {
      if ranges[range].price < .infinity {
        let point = point(of: candidates[Int(ranges[range].winner)], within: ranges[range].lastBytes, fronts)
        if point.seconds < best.seconds {
          best = point
          count = fronts.costs.count - start + 1
        }
        ranges[range].reset()
      }
      fronts.append(best)
    }
    fronts.removeLast(fronts.costs.count - start - count)
    if fastest.seconds < best.seconds { fronts.append(fastest) }
    candidates.removeAll(keepingCapacity: true)
    lastRange = -1
    (least, fastest) = (RangedCollector.noPoint, RangedCollector.noPoint)
    return fronts.place(from: start)
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

  /// Takes in a candidate that has won some ranges, the last of them this one.
  @inline(__always)
  private mutating func adopt(_ candidate: Candidate, upTo range: Int) {
    candidates.append(candidate)
    lastRange = max(lastRange, range)
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
      let cost = costs[scale.entry(of: scale.front(candidate.first), within: limit, costs)]
      point.bytes = max(point.bytes, cost.bytes)
      point.seconds += cost.seconds
    }
    if !candidate.second.isEmpty {
      let cost = costs[scale.entry(of: scale.front(candidate.second), within: limit - candidate.token, costs)]
      point.bytes = max(point.bytes, cost.bytes + candidate.token)
      point.seconds += cost.seconds
    }
    return point
  }

  /// The sums of two fronts against what stands in the ranges.
  private struct Contest {
    let candidate: Candidate
    let number: Int
    let left: ByteScale.Front
    let right: ByteScale.Front
    let fewestSeconds: Double
    let ranges: Swift.Range<Int>

    /// Most ranges are lost. Whether all of four are is seen by the seconds in the last of them, which are the fewest.
    private static let stride = 4

    /// - Returns: the last range that was won, or nil.
    func hold(
      in standing: inout [Range], _ costs: borrowing Span<ReversalFronts.Cost>, _ scale: ByteScale, worth: [Double],
      _ guide: ClosedRange<Int>
    ) -> Int? {
      var lastWon: Int?
      var standing = standing.mutableSpan
      let worth = worth.span
      var range = ranges.lowerBound
      while range < ranges.upperBound, fewestSeconds < standing[range].bar {
        let end = min(range + Contest.stride, ranges.upperBound)
        let (a, b) = entries(in: end - 1, within: standing[end - 1].lastBytes, costs, scale)
        let fewest = candidate.seconds + costs[a].seconds + costs[b].seconds
        var isLost = true
        for range in range..<end where fewest < standing[range].bar { isLost = false }
        if isLost {
          range = end
          continue
        }
        while range < end {
          let (a, b) = entries(in: range, within: standing[range].lastBytes, costs, scale)
          let worth = worth[min(max(range, guide.lowerBound), guide.upperBound)]
          let bytes = max(candidate.floor, costs[a].bytes, costs[b].bytes + candidate.token)
          let price = candidate.seconds + costs[a].seconds + costs[b].seconds + worth * Double(bytes)
          if price < standing[range].price {
            standing[range].win(price: price, worth: worth, candidate: number)
            lastWon = range
          }
          range += 1
        }
      }
      return lastWon
    }

    @inline(__always)
    private func entries(
      in range: Int, within limit: Int, _ costs: borrowing Span<ReversalFronts.Cost>, _ scale: ByteScale
    ) -> (left: Int, right: Int) {
      (
        scale.entry(of: left, in: range, within: limit, costs),
        scale.entry(of: right, within: limit - candidate.token, costs)
      )
    }
  }
}

/// Ranges of bytes of which so many make an octave, numbered from 0 for a byte: the logarithm of the bytes to base 2,
/// linear within an octave.
private struct ByteScale {
  private let shift: UInt64

  /// Where a front collected by ranges stands in the pool.
  struct Front {
    let start: Int
    let last: Int
    /// The entry of range r is `offset + r`.
    let offset: Int
  }

  /// - Parameter rangesPerOctave: a power of two.
  init(rangesPerOctave: Int) { shift = UInt64(52 - rangesPerOctave.trailingZeroBitCount) }

  @inline(__always)
  func range(ofBytes bytes: Int) -> Int {
    Int(truncatingIfNeeded: (Double(max(bytes, 1)).bitPattern &- (1.0).bitPattern) &>> shift)
  }

  /// The largest number of bytes in a range; 0 before the first.
  func lastBytes(of range: Int) -> Int {
    range < 0 ? 0 : Int(Double(bitPattern: (1.0).bitPattern + UInt64(range + 1) << shift).rounded(.up)) - 1
  }

  @inline(__always)
  func front(_ place: ReversalFronts.Place) -> Front {
    Front(start: place.first, last: place.last, offset: place.first + 1 - range(ofBytes: place.leastBytes))
  }

  /// The entry of a front for so many bytes, which are enough for its least.
  @inline(__always)
  func entry(of front: Front, within limit: Int, _ costs: borrowing Span<ReversalFronts.Cost>) -> Int {
    entry(of: front, in: range(ofBytes: limit), within: limit, costs)
  }

  /// - Parameter range: of so many bytes.
  @inline(__always)
  func entry(
    of front: Front, in range: Int, within limit: Int, _ costs: borrowing Span<ReversalFronts.Cost>
  ) -> Int {
    let entry = min(front.offset &+ range, front.last)
    return costs[entry].bytes > limit ? entry &- 1 : entry
  }
}
