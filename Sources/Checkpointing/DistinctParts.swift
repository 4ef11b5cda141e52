/// The parts of a chain whose optima are looked for, each of a kind once.
///
/// All parts of a chain are as many as half the square of its stages. Of longer parts therefore only those stand here
/// whose ends are among ever fewer places:
///
///     places   0 1 2 3 4 5 6 7 8 9 ...          every part of a few stages,
///     level    m 0 1 0 0 2 0 1 0 3 ...          longer ones from and to places of higher levels,
///                                               and whatever goes on to the loss from everywhere
///
/// A place is of the next level where less crosses it than the next of its own level, two by two: restart values stand
/// where they are small. Parts whose stages agree in all numbers, one after the other, are one: a uniform chain has as
/// many as lengths are looked at. The loss counts as one more stage after the last.
struct DistinctParts: Sendable {
  /// One part of each kind, each after all kinds that lie within it.
  private(set) var representatives: [Range<Int>] = []
  /// Of so many of them, the first, others may be the same elsewhere in the chain.
  private var sharedCount = 0
  private var numbers: [Int32]
  /// By end the parts that are looked at, the shortest first.
  private var listed: [[Listed]]
  private let length: Int
  private let levels: [UInt8]
  private let resolution: Resolution
  private var contents: PartContents
  private var known: [PartContents.Key: Int32] = [:]

  private struct Listed {
    let first: Int32
    /// Which of the distinct parts it is.
    let number: Int32
  }

  /// How many places there are for the ends of a part, in shares of its length.
  struct Resolution: Hashable, Sendable {
    /// A part's end is known to at least so many parts of its length, its start to so many.
    var ends: Int
    var starts: Int

    /// Every part.
    static let all = Resolution(ends: Int.max, starts: Int.max)
  }

  /// - Complexity: O(n²) steps for n stages, none of them more than a comparison but for the parts that are found.
  init(of chain: Chain, resolution: Resolution) {
    let stageNumbers = DistinctParts.stageNumbers(of: chain) + [-1]
    length = stageNumbers.count
    self.resolution = resolution
    levels = DistinctParts.levels(of: chain)
    numbers = Array(repeating: -1, count: length * (length + 1))
    listed = Array(repeating: [], count: length + 1)
    contents = PartContents(stageNumbers)
    let leastLevels = (0...length).map { count in
      (start: DistinctParts.level(count, resolution.starts), end: DistinctParts.level(count, resolution.ends))
    }
    func list(_ part: Range<Int>) {
      let (first, end) = (part.lowerBound, part.upperBound)
      let least = leastLevels[part.count]
      guard end == length || (levels[first] >= least.start && levels[end] >= least.end) else { return }
      let next = Int32(representatives.count)
      let number = contents.key(part).map { known.numberOf($0, ifNew: next) } ?? next
      if number == next { representatives.append(part) }
      numbers[first * (length + 1) + part.count] = number
      listed[end].append(Listed(first: Int32(first), number: number))
    }
    // A part that lies within one may stand for another further on, unless it agrees with none.
    let shared = min(contents.mostSharedCount, length)
    for count in 1..<shared + 1 {
      for first in 0...(length - count) { list(first..<first + count) }
    }
    sharedCount = representatives.count
    // Parts that are looked up together are near to each other in memory.
    for end in 1...length {
      for first in (0..<max(0, end - shared)).reversed() { list(first..<end) }
    }
  }

  /// The numbers of the distinct parts, so that two of the lists depend on nothing but the first one and themselves.
  struct InHalves {
    /// Parts that may stand anywhere.
    var anywhere: Range<Int>
    /// Parts of either half of the chain.
    var firstHalf: [Int] = []
    var secondHalf: [Int] = []
    /// All others.
    var across: [Int] = []
  }

  /// Each list in the order of the parts.
  func inHalves() -> InHalves {
    var halves = InHalves(anywhere: 0..<sharedCount)
    for number in sharedCount..<representatives.count {
      if representatives[number].upperBound <= length / 2 {
        halves.firstHalf.append(number)
      } else if representatives[number].lowerBound >= length / 2 {
        halves.secondHalf.append(number)
      } else {
        halves.across.append(number)
      }
    }
    return halves
  }

  /// First stages of the parts that are looked at and have that end, the shortest part first. Others have numbers too
  /// where they agree with a part that stands elsewhere.
  func firsts(endingAt end: Int) -> [Int] { listed[end].map { Int($0.first) } }

  /// Which of the distinct parts it is; nil where it is none.
  func number(of part: Range<Int>) -> Int? {
    let number = numbers[part.lowerBound * (length + 1) + part.count]
    if number >= 0 { return Int(number) }
    return contents.key(part).flatMap { known[$0] }.map { Int($0) }
  }

  /// The places at which a part may be split so that both parts are looked at, ascending, and which of the distinct
  /// parts these are.
  func forEachSplit(of part: Range<Int>, _ body: (_ middle: Int, _ left: Int, _ right: Int) -> Void) {
    let rests = listed[part.upperBound]
    var (low, high) = (0, rests.count)
    while low < high {
      let middle = (low + high) / 2
      if rests[middle].first > part.lowerBound { low = middle + 1 } else { high = middle }
    }
    let row = part.lowerBound * (length + 1)
    for rest in rests[..<low].reversed() {
      let middle = Int(rest.first)
      let left = numbers[row + middle - part.lowerBound]
      if left >= 0 { body(middle, Int(left), Int(rest.number)) }
    }
  }

  /// The least level of places that bound parts of so many stages.
  private static func level(_ count: Int, _ resolution: Int) -> Int {
    let share = count / resolution
    return share < 2 ? 0 : Int.bitWidth - 1 - share.leadingZeroBitCount
  }

  private static func levels(of chain: Chain) -> [UInt8] {
    var levels = [UInt8](repeating: 0, count: chain.count + 2)
    levels[0] = UInt8.max
    levels[chain.count + 1] = UInt8.max
    var places = Array(1...chain.count)
    var level: UInt8 = 0
    while places.count > 1 {
      level += 1
      places = stride(from: 0, to: places.count - 1, by: 2).map { index in
        let (left, right) = (places[index], places[index + 1])
        return chain.keptBoundaryBytes(right) <= chain.keptBoundaryBytes(left) ? right : left
      }
      for place in places { levels[place] = level }
    }
    return levels
  }

  /// Equal numbers for stages that agree in everything a part's optima depend on.
  private static func stageNumbers(of chain: Chain) -> [Int32] {
    struct Key: Hashable {
      let stage: ChainStage
      let inputBytes: Int
      let keptInputBytes: Int
      let previousDeriveSeconds: Double?
      let inputMayOutlive: Bool
      let isFirst: Bool
    }
    var known: [Key: Int32] = [:]
    var numbers: [Int32] = []
    for (index, stage) in chain.stages.enumerated() {
      if index > 1, stage == chain.stages[index - 1], chain.stages[index - 1] == chain.stages[index - 2] {
        numbers.append(numbers[index - 1])
        continue
      }
      let key = Key(
        stage: stage, inputBytes: chain.boundaryBytes(index), keptInputBytes: chain.keptBoundaryBytes(index),
        previousDeriveSeconds: index == 0 ? nil : chain.stages[index - 1].deriveSeconds,
        inputMayOutlive: index == 0 || chain.outputOutlives(index - 1), isFirst: index == 0)
      numbers.append(known.numberOf(key, ifNew: Int32(known.count)))
    }
    return numbers
  }
}

/// Names for the contents of all parts of a sequence: equal ones where the elements agree, one after the other.
///
/// Runs of each power of two are numbered, from the numbers of their halves; a part is told by the two runs, of the
/// longest power within it, from its first and to its last element (Karp, Miller and Rosenberg 1972). As soon as no two
/// runs of a power agree no two longer parts do, which then need no name.
private struct PartContents: Sendable {
  struct Key: Hashable, Sendable {
    let head: Int32
    let tail: Int32
    let count: Int32
  }

  /// By power of two, up to the last of which runs agree, by first element.
  private var numbers: [[Int32]] = []

  /// - Complexity: O(n log n).
  init(_ elements: [Int32]) {
    var (runs, half) = (elements, 1)
    var agree = Set(elements).count < elements.count
    while agree {
      numbers.append(runs)
      guard 2 * half <= elements.count else { break }
      var known: [Key: Int32] = [:]
      runs = (0..<(runs.count - half)).map { first in
        known.numberOf(Key(head: runs[first], tail: runs[first + half], count: 0), ifNew: Int32(known.count))
      }
      agree = known.count < runs.count
      half *= 2
    }
  }

  /// No longer part agrees with another.
  var mostSharedCount: Int { (1 << numbers.count) - 1 }

  /// Nil for a part that agrees with no other.
  func key(_ part: Range<Int>) -> Key? {
    let power = Int.bitWidth - 1 - part.count.leadingZeroBitCount
    guard power < numbers.count else { return nil }
    return Key(
      head: numbers[power][part.lowerBound], tail: numbers[power][part.upperBound - 1 << power],
      count: Int32(part.count))
  }
}

extension Dictionary where Value == Int32 {
  /// The number of a key, which becomes known where it was not.
  fileprivate mutating func numberOf(_ key: Key, ifNew new: Int32) -> Int32 {
    if let number = self[key] { return number }
    self[key] = new
    return new
  }
}
