/// The buffers with bytes, with their times squeezed to what matters for placing them (`MomentClock`).
struct PlacementProblem {
  /// One buffer with bytes, live at the moments `lower ..< upper`.
  struct Item {
    /// A multiple of the alignment.
    var size: Int
    var alignment: Int
    var lower: Int32
    var upper: Int32

    /// The lowest aligned offset at or above a level, `nil` where the item's end is not countable then.
    func offset(notBelow level: Int) -> Int? {
      let (padded, paddingOverflows) = level.addingReportingOverflow(alignment - 1)
      let offset = padded & ~(alignment - 1)
      return paddingOverflows || offset.addingReportingOverflow(size).overflow ? nil : offset
    }
  }

  /// In the order of the caller's list.
  private(set) var items: [Item] = []
  /// The position of every item in the caller's list.
  private(set) var sources: [Int32] = []
  private(set) var momentCount = 0
  /// The bytes live at every moment.
  private(set) var liveBytes: [Int] = []
  /// The largest of `liveBytes`.
  private(set) var lowerBound = 0
  /// What divides every size and alignment: heights differ by multiples of it.
  var granularity: Int {
    var divisor = 0
    for item in items {
      for number in [item.size, item.alignment] {
        var (a, b) = (divisor, number)
        while b != 0 { (a, b) = (b, a % b) }
        divisor = a
      }
      if divisor == 1 { break }
    }
    return max(divisor, 1)
  }

  /// `nil` where the bytes live at one moment cannot be counted in an `Int`.
  ///
  /// - Precondition: fewer than 2^31 buffers.
  /// - Complexity: linear where the times lie dense, else that of sorting them.
  init?(_ buffers: [PlacementBuffer]) {
    precondition(buffers.count < Int(Int32.max), "more buffers than a plan can have")
    var lifetimes: [Range<Int>] = []
    for index in buffers.indices where buffers[index].byteCount > 0 {
      sources.append(Int32(index))
      lifetimes.append(buffers[index].lower..<buffers[index].upper)
    }
    guard !sources.isEmpty else { return }
    let clock = MomentClock(lifetimes: lifetimes)
    momentCount = clock.momentCount
    items.reserveCapacity(sources.count)
    for index in sources {
      let buffer = buffers[Int(index)]
      items.append(
        Item(
          size: buffer.alignedByteCount, alignment: buffer.alignment, lower: clock.moment(at: buffer.lower),
          upper: clock.moment(at: buffer.upper)))
    }
    guard let live = Self.liveBytes(of: items, momentCount: momentCount) else { return nil }
    liveBytes = live
    lowerBound = live.max() ?? 0
  }

  /// The same problem with time running backwards; a placement of the one is a placement of the other.
  var mirrored: PlacementProblem {
    var mirrored = self
    let last = Int32(momentCount)
    for index in items.indices {
      mirrored.items[index].lower = last - items[index].upper
      mirrored.items[index].upper = last - items[index].lower
    }
    mirrored.liveBytes.reverse()
    return mirrored
  }

  /// The items that die at one moment were all live just before it, so a sum of deaths overflows only where a sum of
  /// live bytes does.
  private static func liveBytes(of items: [Item], momentCount: Int) -> [Int]? {
    var dying = [Int](repeating: 0, count: momentCount + 1)
    var live = [Int](repeating: 0, count: momentCount)
    for item in items {
      var overflow = false
      (live[Int(item.lower)], overflow) = live[Int(item.lower)].addingReportingOverflow(item.size)
      if overflow { return nil }
      (dying[Int(item.upper)], overflow) = dying[Int(item.upper)].addingReportingOverflow(item.size)
      if overflow { return nil }
    }
    var current = 0
    for moment in 0..<momentCount {
      let (sum, overflow) = (current - dying[moment]).addingReportingOverflow(live[moment])
      if overflow { return nil }
      current = sum
      live[moment] = sum
    }
    return live
  }
}

extension [PlacementProblem.Item] {
  /// The upper end of the highest, each at an offset.
  func height(at offsets: [Int]) -> Int { zip(self, offsets).lazy.map { $1 + $0.size }.max() ?? 0 }
}
