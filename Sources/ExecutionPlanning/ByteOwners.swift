/// Who wrote last to each byte of a block: ranges are given to owners, and an owner asked whether all its bytes are
/// still its own.
///
/// The block is a line of runs of bytes that have one owner. Giving a range away cuts the runs at its ends and replaces
/// those between by one, so that each run is removed once.
struct ByteOwners {
  /// Ascending, each once; every range given away begins and ends at one of them.
  private let boundaries: [Int]
  /// The boundaries, by number, at which runs begin.
  private var starts: OrderedNumbers
  /// By boundary at which a run begins: the run's owner, -1 where nobody wrote.
  private var owners: [Int32]
  /// By owner: whether nobody else was given any of its bytes since it was.
  private var ownsAll: [Bool]

  /// - Parameter ownerCount: owners are numbers below it.
  init(boundaries unsorted: [Int], ownerCount: Int) {
    var boundaries: [Int] = []
    boundaries.reserveCapacity(unsorted.count)
    for boundary in unsorted.sorted() where boundaries.last != boundary { boundaries.append(boundary) }
    self.boundaries = boundaries
    starts = OrderedNumbers(below: max(1, boundaries.count))
    starts.insert(0)
    owners = Array(repeating: -1, count: max(1, boundaries.count))
    ownsAll = Array(repeating: false, count: ownerCount)
  }

  /// Gives an owner the bytes between two boundaries.
  ///
  /// - Precondition: it was given none before.
  /// - Complexity: amortized O(log n) in the boundaries.
  mutating func assign(_ owner: Int, from lower: Int, to upper: Int) {
    let (first, last) = (number(of: lower), number(of: upper))
    ownsAll[owner] = true
    guard first < last else { return }
    cut(at: first)
    cut(at: last)
    var run = first
    while run < last {
      let loser = Int(owners[run])
      if loser >= 0 { ownsAll[loser] = false }
      if run > first { starts.remove(run) }
      run = starts.first(above: run) ?? last
    }
    owners[first] = Int32(owner)
  }

  /// Whether an owner was given bytes and nobody else has been given any of them since.
  func areOwned(by owner: Int) -> Bool { ownsAll[owner] }

  /// Makes a run begin at a boundary.
  private mutating func cut(at boundary: Int) {
    guard !starts.contains(boundary) else { return }
    owners[boundary] = starts.last(below: boundary).map { owners[$0] } ?? -1
    starts.insert(boundary)
  }

  private func number(of boundary: Int) -> Int {
    var low = 0
    var high = boundaries.count
    while low < high {
      let middle = (low + high) / 2
      if boundaries[middle] < boundary { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A set of numbers below a limit that knows the neighbours of each: a bit for each number, above it a bit for each
/// word that has one set, and so on.
private struct OrderedNumbers {
  /// The numbers' own bits first, a single word last.
  private var levels: [[UInt64]] = []

  init(below limit: Int) {
    var count = limit
    repeat {
      count = (count + 63) / 64
      levels.append(Array(repeating: 0, count: count))
    } while count > 1
  }

  func contains(_ number: Int) -> Bool { levels[0][number / 64] >> (number % 64) & 1 == 1 }

  mutating func insert(_ number: Int) {
    var place = number
    for level in levels.indices {
      levels[level][place / 64] |= 1 << (place % 64)
      place /= 64
    }
  }

  mutating func remove(_ number: Int) {
    var place = number
    for level in levels.indices {
      levels[level][place / 64] &= ~(1 << (place % 64))
      guard levels[level][place / 64] == 0 else { return }
      place /= 64
    }
  }

  func first(above number: Int) -> Int? {
    var place = number + 1
    for level in levels.indices {
      guard place / 64 < levels[level].count else { return nil }
      let bits = levels[level][place / 64] & (~0 << (place % 64))
      if bits != 0 {
        let found = place / 64 * 64 + bits.trailingZeroBitCount
        return levels[..<level].reversed().reduce(found) { $0 * 64 + $1[$0].trailingZeroBitCount }
      }
      place = place / 64 + 1
    }
    return nil
  }

  func last(below number: Int) -> Int? {
    var place = number
    for level in levels.indices {
      let bits = place % 64 == 0 ? 0 : levels[level][place / 64] & ~(~0 << (place % 64))
      if bits != 0 {
        let found = place / 64 * 64 + 63 - bits.leadingZeroBitCount
        return levels[..<level].reversed().reduce(found) { $0 * 64 + 63 - $1[$0].leadingZeroBitCount }
      }
      place /= 64
    }
    return nil
  }
}
