/// Binomial checkpointing (Griewank & Walther, ACM TOMS 26(1), 2000): units are slots for restart values, the network's
/// input among them, and every stage is executed once more right before its reversal.
struct RevolveSplitting: Splitting {
  func keepsAll(stageCount: Int, units: Int) -> Bool { stageCount == 1 }

  /// Any length in `max(b(S, r-2), n - b(S-1, r)) ... min(b(S, r-1), n - b(S-1, r-1))` is optimal, with b the binomial
  /// length; the largest is taken.
  func firstPart(stageCount: Int, units: Int) -> Int {
    if units <= 1 { return stageCount - 1 }
    let r = repetitions(stageCount: stageCount, slots: units)
    let longest = binomialLength(slots: units, repetitions: r - 1)
    let rest = binomialLength(slots: units - 1, repetitions: r - 1)
    return max(1, min(longest, stageCount - rest))
  }
}

/// n + r n - C(S+r, r-1), where r is least with n <= C(S+r, S); `Int.max` where it is larger.
///
/// - Parameter slots: In `1 ... stageCount`.
package func revolveExecutions(stageCount n: Int, slots: Int) -> Int {
  let r = repetitions(stageCount: n, slots: slots)
  let (product, overflow) = n.multipliedReportingOverflow(by: r + 1)
  return overflow ? Int.max : product - binomialCoefficient(slots + r, r - 1)
}
