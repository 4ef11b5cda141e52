/// The buffers with bytes, with their times squeezed to what matters for placing them.
///
/// Two live ranges overlap exactly when the later birth lies in both, so only moments of birth count: moment k is the
/// k-th distinct birth. There are no more moments than buffers, however far apart the instruction indices lie.
struct PlacementProblem {
  /// One buffer with bytes, live at the moments `lower ..< upper`.
  struct Item {
    var size: Int
    var alignment: Int
    var lower: Int32
    var upper: Int32
  }

  /// In the order of birth, then of the caller's list.
  private(set) var items: [Item] = []
  /// The position of every item in the caller's list.
  private(set) var sources: [Int32] = []
  private(set) var momentCount = 0
  /// The aligned bytes live at every moment.
  private(set) var liveBytes: [Int] = []
  /// The largest of `liveBytes`.
  private(set) var lowerBound = 0

  /// `nil` where the bytes live at one moment cannot be counted in an `Int`.
  ///
  /// - Precondition: fewer than 2^31 buffers.
  /// - Complexity: linear where the births lie dense, else that of sorting them.
  init?(_ buffers: [PlacementBuffer]) {
    precondition(buffers.count < Int(Int32.max), "more buffers than a plan can have")
    var occupied: [Int32] = []
    for index in buffers.indices where buffers[index].byteCount > 0 { occupied.append(Int32(index)) }
    guard !occupied.isEmpty else { return }
    let clock = BirthClock(births: occupied.map { buffers[Int($0)].lower })
    momentCount = clock.momentCount

    var starts = [Int32](repeating: 0, count: momentCount + 1)
    var lowers: [Int32] = []
    lowers.reserveCapacity(occupied.count)
    for index in occupied {
      let moment = clock.birthsBefore(buffers[Int(index)].lower)
      lowers.append(Int32(moment))
      starts[moment + 1] += 1
    }
    for moment in 0..<momentCount { starts[moment + 1] += starts[moment] }
    items = [Item](repeating: Item(size: 0, alignment: 1, lower: 0, upper: 0), count: occupied.count)
    sources = [Int32](repeating: 0, count: occupied.count)
    for (index, lower) in zip(occupied, lowers) {
      let buffer = buffers[Int(index)]
      let slot = Int(starts[Int(lower)])
      starts[Int(lower)] += 1
      items[slot] = Item(
        size: buffer.alignedByteCount, alignment: buffer.alignment, lower: lower,
        upper: Int32(clock.birthsBefore(buffer.upper)))
      sources[slot] = index
    }
    guard let live = Self.liveBytes(of: items, momentCount: momentCount) else { return nil }
    liveBytes = live
    lowerBound = live.max() ?? 0
  }

  /// The bytes of the items that die at one moment were all live just before it, so a sum of deaths overflows only where
  /// a sum of live bytes does.
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
