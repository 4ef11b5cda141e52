/// The optima of a chain whose counts are only near to what plans need, so that plans are to decide among them.
///
/// - Parameter most: so many at most, spread evenly from the least bytes to the most.
/// - Returns: none that executes stages too often (``Chain/maximumExecutions``).
package func optimaOfOtherCounts(_ chain: Chain, most: Int) -> [Schedule] {
  let optima = IntervalOptima(chain, limits: .ofOtherCounts(chain))
  let points = optima.wholeChain
  let limit = chain.maximumExecutions
  return stride(from: 0, to: points.count, by: max(1, (points.count + most - 1) / max(1, most))).map {
    chain.schedule("optimal", by: optima, allowance: points[$0].bytes)
  }.filter { $0.prescribedForwardExecutions <= limit }
}
