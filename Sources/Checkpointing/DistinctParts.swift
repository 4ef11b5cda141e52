/// The parts of a chain that differ: those whose stages agree in all numbers, one after the other, are one.
///
/// The loss counts as one more stage after the last. A uniform chain of n stages has n distinct parts without it, a
/// periodic one n for each stage of the period, any other up to n (n + 1) / 2.
struct DistinctParts: Sendable {
  /// One part of each kind, shorter ones first.
  private(set) var representatives: [Range<Int>] = []
  private var numbers: [Int32]
  private let length: Int

  /// - Parameter limit: Of distinct parts; nil is given where there are more.
  /// - Complexity: quadratic in the stages, or as far as the limit.
  init?(of chain: Chain, limit: Int) {
    let stageNumbers = DistinctParts.stageNumbers(of: chain) + [-1]
    let length = stageNumbers.count
    self.length = length
    numbers = Array(repeating: -1, count: length * (length + 1))
    struct Pair: Hashable {
      let head: Int32
      let tail: Int32
    }
    var known: [Pair: Int32] = [:]
    // How many equal stages follow from each on, and the number of a part of `count` equal ones by their kind.
    var equalFrom = Array(repeating: 1, count: length)
    for stage in (0..<length - 1).reversed() where stageNumbers[stage] == stageNumbers[stage + 1] {
      equalFrom[stage] = equalFrom[stage + 1] + 1
    }
    for count in 1...length {
      var uniform = Array(repeating: Int32(-1), count: length)
      for first in 0...(length - count) {
        let kind = Int(stageNumbers[first])
        if kind >= 0, equalFrom[first] >= count, uniform[kind] >= 0 {
          numbers[first * (length + 1) + count] = uniform[kind]
          continue
        }
        let head = count == 1 ? -2 : numbers[first * (length + 1) + count - 1]
        let pair = Pair(head: head, tail: stageNumbers[first + count - 1])
        let number = known[pair] ?? Int32(representatives.count)
        if number == representatives.count {
          guard number < limit else { return nil }
          known[pair] = number
          representatives.append(first..<first + count)
        }
        numbers[first * (length + 1) + count] = number
        if kind >= 0, equalFrom[first] >= count { uniform[kind] = number }
      }
    }
  }

  /// Which of the distinct parts it is.
  func number(of part: Range<Int>) -> Int { Int(numbers[part.lowerBound * (length + 1) + part.count]) }

  /// Equal numbers for stages that agree in everything a part's optima depend on.
  private static func stageNumbers(of chain: Chain) -> [Int32] {
    struct Key: Hashable {
      let stage: ChainStage
      let inputBytes: Int
      let previousDeriveSeconds: Double?
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
        stage: stage, inputBytes: chain.boundaryBytes(index),
        previousDeriveSeconds: index == 0 ? nil : chain.stages[index - 1].deriveSeconds, isFirst: index == 0)
      let number = known[key] ?? Int32(known.count)
      known[key] = number
      numbers.append(number)
    }
    return numbers
  }
}
