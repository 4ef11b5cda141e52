/// Numbers of rows, in the order in which they are wanted: a range, which takes no memory, or a list at four bytes
/// each.
///
/// ```
/// let all = RowNumbers(0..<1_000_000)
/// let few: RowNumbers = [3, 1, 4]
/// ```
package struct RowNumbers: RandomAccessCollection, Hashable, Sendable, ExpressibleByArrayLiteral {
  private var storage: Storage

  private enum Storage: Hashable {
    case range(Range<Int>)
    case list([UInt32])
  }

  /// The rows of a range, from 0 to 2³² at most.
  package init(_ range: Range<Int>) {
    storage = .range(range)
  }

  /// - Precondition: every number is at least 0 and below 2³².
  package init(_ numbers: some Sequence<Int>) {
    storage = .list(numbers.map { UInt32($0) })
  }

  package init(arrayLiteral numbers: Int...) {
    self.init(numbers)
  }

  init(list: [UInt32]) {
    storage = .list(list)
  }

  package var startIndex: Int { 0 }

  package var endIndex: Int {
    switch storage {
    case .range(let range): range.count
    case .list(let list): list.count
    }
  }

  package subscript(position: Int) -> Int {
    switch storage {
    case .range(let range):
      precondition(position >= 0 && position < range.count, "a place outside the rows")
      return range.lowerBound + position
    case .list(let list): return Int(list[position])
    }
  }

  /// Bytes of the numbers.
  package var byteCount: Int {
    switch storage {
    case .range: 0
    case .list(let list): list.count * MemoryLayout<UInt32>.stride
    }
  }

  /// Puts the numbers at some places into an array, which keeps its memory.
  func copy(_ places: Range<Int>, into numbers: inout [Int]) {
    numbers.removeAll(keepingCapacity: true)
    for place in places { numbers.append(self[place]) }
  }
}
