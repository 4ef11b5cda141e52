package import ExecutionPlanning

/// What is certain of a schedule's time before anything runs: seconds of one forward and reverse pass, as costs predict
/// them, between a bound that no schedule passes and what other budgets would give.
package struct TimeCertificate: Hashable, Sendable {
  /// Predicted seconds of the schedule.
  package let seconds: Double
  /// The same when everything is kept.
  package let keepAllSeconds: Double
  /// No schedule whatever is faster within the budget; where there is none, within the schedule's own bytes.
  package let leastSeconds: Double
  /// What the next larger and the next smaller budget would take.
  package let neighbours: PlanChoices.Neighbours

  /// Whether the schedule meets the bound: none is faster in its bytes.
  package let isProvenOptimal: Bool

  /// - Parameters:
  ///   - bound: below which no schedule of the chain is, as a replay counts them.
  ///   - leastOfAll: the same whatever the bytes.
  package init(
    seconds: Double, keepAllSeconds: Double, bound: Double, leastOfAll: Double, neighbours: PlanChoices.Neighbours
  ) {
    self.seconds = seconds
    self.keepAllSeconds = keepAllSeconds
    self.neighbours = neighbours
    // A plan may do without parts of executions that a replay counts whole; one below the bound disproves it.
    let holds = seconds >= bound * (1 - TimeCertificate.rounding)
    leastSeconds = min(seconds, holds ? bound : leastOfAll)
    isProvenOptimal = holds && seconds <= bound * (1 + TimeCertificate.meets)
  }

  /// Seconds in units of keep-all's.
  package var slowdown: Double { seconds / keepAllSeconds }

  /// By how much of its seconds the schedule may at most be slower than the best one.
  package var largestGap: Double { max(0, seconds / leastSeconds - 1) }

  /// Of sums over some hundred thousand instructions.
  private static let rounding = 1e-9
  /// What is shown as 0.0 %.
  private static let meets = 5e-4
}
