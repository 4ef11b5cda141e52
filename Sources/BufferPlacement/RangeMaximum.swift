/// Numbers by moment, to which one number is added over a range of moments, and of which the largest over a range is
/// asked: a complete binary tree.
struct RangeMaximum {
  /// Node 1 is the root, moment m is node `leafCount + m`. A node's maximum holds what was added to it, but not what
  /// was added to the nodes above.
  private var maxima: [Int]
  private var added: [Int]
  private let leafCount: Int

  /// - Parameter values: not negative.
  init(_ values: [Int]) {
    var leafCount = 1
    while leafCount < values.count { leafCount *= 2 }
    self.leafCount = leafCount
    maxima = Array(repeating: 0, count: 2 * leafCount)
    added = Array(repeating: 0, count: 2 * leafCount)
    for (index, value) in values.enumerated() { maxima[leafCount + index] = value }
    for node in stride(from: leafCount - 1, to: 0, by: -1) {
      maxima[node] = max(maxima[2 * node], maxima[2 * node + 1])
    }
  }

  /// - Precondition: the range is not empty.
  mutating func add(_ value: Int, from lower: Int, to upper: Int) {
    var left = lower + leafCount
    var right = upper + leafCount - 1
    apply(value, left)
    if left != right { apply(value, right) }
    // Between the two paths upwards hang the subtrees that lie in the range as a whole.
    while left ^ right > 1 {
      if left & 1 == 0 { apply(value, left ^ 1) }
      if right & 1 == 1 { apply(value, right ^ 1) }
      left >>= 1
      right >>= 1
      refresh(left)
      refresh(right)
    }
    left >>= 1
    while left > 0 {
      refresh(left)
      left >>= 1
    }
  }

  /// - Precondition: the range is not empty.
  func maximum(from lower: Int, to upper: Int) -> Int {
    var left = lower + leafCount
    var right = upper + leafCount - 1
    var fromLeft = maxima[left]
    var fromRight = maxima[right]
    while left ^ right > 1 {
      if left & 1 == 0 { fromLeft = max(fromLeft, maxima[left ^ 1]) }
      if right & 1 == 1 { fromRight = max(fromRight, maxima[right ^ 1]) }
      left >>= 1
      right >>= 1
      fromLeft += added[left]
      fromRight += added[right]
    }
    var result = max(fromLeft, fromRight)
    left >>= 1
    while left > 0 {
      result += added[left]
      left >>= 1
    }
    return result
  }

  private mutating func apply(_ value: Int, _ node: Int) {
    maxima[node] += value
    added[node] += value
  }

  private mutating func refresh(_ node: Int) {
    maxima[node] = max(maxima[2 * node], maxima[2 * node + 1]) + added[node]
  }
}
