/// What repeated measurements of one quantity gave.
package struct Distribution: Hashable, Sendable {
  package let median: Double
  package let minimum: Double
  package let maximum: Double
  package let count: Int

  /// Nil of no measurements.
  package init?(of samples: [Double]) {
    guard !samples.isEmpty else { return nil }
    let sorted = samples.sorted()
    let middle = sorted.count / 2
    median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    minimum = sorted[0]
    maximum = sorted[sorted.count - 1]
    count = sorted.count
  }
}
