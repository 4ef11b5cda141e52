/// C(n, k), or `Int.max` where it is larger; 0 where k is negative or above n.
///
/// - Complexity: O(min(k, n - k)).
func binomialCoefficient(_ n: Int, _ k: Int) -> Int {
  guard k >= 0, k <= n else { return 0 }
  var value = 1
  for factor in 0..<min(k, n - k) {
    // C(n, j + 1) = C(n, j) (n - j) / (j + 1), exactly.
    let product = value.multipliedFullWidth(by: n - factor)
    // The quotient is below 2^63 where the divisor is above the product's upper 65 bits.
    guard 2 * product.high + Int(product.low >> 63) < factor + 1 else { return Int.max }
    value = (factor + 1).dividingFullWidth(product).quotient
    if value == Int.max { return value }
  }
  return value
}

/// The longest chain that `slots` restart values reverse with no stage advanced more than `repetitions` times.
func binomialLength(slots: Int, repetitions: Int) -> Int {
  repetitions < 0 ? 0 : binomialCoefficient(slots + repetitions, repetitions)
}

/// The least r with `stageCount <= binomialLength(slots, r)`.
///
/// - Complexity: O(r).
func repetitions(stageCount: Int, slots: Int) -> Int {
  var r = 0
  var length = 1
  while length < stageCount {
    r += 1
    // length (slots + r) stays small: length is below stageCount.
    length = length * (slots + r) / r
  }
  return r
}
