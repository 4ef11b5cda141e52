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

  /// - Parameter leastSeconds: below which no schedule of the chain is, as a replay counts them.
  package init(seconds: Double, keepAllSeconds: Double, leastSeconds: Double, neighbours: PlanChoices.Neighbours) {
    self.seconds = seconds
    self.keepAllSeconds = keepAllSeconds
    // A plan may do without parts of executions that a replay counts whole.
    self.leastSeconds = min(leastSeconds, seconds)
    self.neighbours = neighbours
  }

  /// Seconds in units of keep-all's.
  package var slowdown: Double { seconds / keepAllSeconds }

  /// By how much of its seconds the schedule may at most be slower than the best one: 0 is a proof of optimality.
  package var largestGap: Double { max(0, seconds / leastSeconds - 1) }
}
