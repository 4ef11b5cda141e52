/// Turns times into moments, of which there are as few as the placement can tell apart.
///
/// Which buffers are live changes at every birth and death. A set of live buffers that is part of the next one says
/// nothing that the next one does not say, so moments are the maximal sets only: time goes on from one moment to the
/// next where a death follows a birth.
///
///     a ├──────┤
///     b    ├──────────┤         moments: {a, b}, {b, c}
///     c            ├──┤
struct MomentClock {
  private let first: Int
  /// `table[t - first]` is the moment of time t; empty where `times` is used.
  private var table: [Int32] = []
  /// The times of births and deaths, ascending, and the moment of each.
  private var times: [Int] = []
  private var moments: [Int32] = []
  private(set) var momentCount = 0

  /// - Parameter lifetimes: first moments of life and first moments after it; not empty.
  /// - Complexity: linear where the times lie dense, else that of sorting them.
  init(lifetimes: [Range<Int>]) {
    var first = Int.max
    var last = Int.min
    for lifetime in lifetimes {
      first = min(first, lifetime.lowerBound)
      last = max(last, lifetime.upperBound)
    }
    self.first = first
    let (span, overflow) = last.subtractingReportingOverflow(first)
    if !overflow && span / 8 <= lifetimes.count {
      var events = [UInt8](repeating: 0, count: span + 1)
      for lifetime in lifetimes {
        events[lifetime.lowerBound - first] |= 1
        events[lifetime.upperBound - first] |= 2
      }
      table = number(events)
    } else {
      var events: [(time: Int, event: UInt8)] = []
      events.reserveCapacity(2 * lifetimes.count)
      for lifetime in lifetimes {
        events.append((lifetime.lowerBound, 1))
        events.append((lifetime.upperBound, 2))
      }
      events.sort { $0.time < $1.time }
      var kinds: [UInt8] = []
      for (time, event) in events {
        if times.last == time {
          kinds[kinds.count - 1] |= event
        } else {
          times.append(time)
          kinds.append(event)
        }
      }
      moments = number(kinds)
    }
  }

  /// The moment at which a buffer born at `time` becomes live, and from which one that dies at it is live no more.
  ///
  /// - Parameter time: a time of birth or death.
  func moment(at time: Int) -> Int32 {
    if !table.isEmpty { return table[time - first] }
    var low = 0
    var high = times.count
    while low < high {
      let middle = (low + high) / 2
      if times[middle] < time { low = middle + 1 } else { high = middle }
    }
    return moments[low]
  }

  /// The moment of each time. An event's bit 0 says that buffers are born, bit 1 that buffers die.
  private mutating func number(_ events: [UInt8]) -> [Int32] {
    var moment: Int32 = 0
    var isBirthPending = false
    var numbers = [Int32](repeating: 0, count: events.count)
    for (index, event) in events.enumerated() {
      if event & 2 != 0 && isBirthPending {
        moment += 1
        isBirthPending = false
      }
      if event & 1 != 0 { isBirthPending = true }
      numbers[index] = moment
    }
    momentCount = Int(moment)
    return numbers
  }
}
