/// Why the micro-batches of a run have the size that they have, where the configuration leaves that to the planner.
package struct MicroBatchChoice: Hashable, Sendable {
  /// A size that was weighed.
  package struct Candidate: Hashable, Sendable {
    package let rows: Int
    /// Predicted for all that depends on the size: both passes and the sums of gradients; nil where the size does not
    /// fit the budget.
    package let seconds: Double?

    package init(rows: Int, seconds: Double?) {
      self.rows = rows
      self.seconds = seconds
    }
  }

  package enum Reason: Hashable, Sendable {
    /// Statistics over a batch are not to be split.
    case batchNorm
    /// Gradients of micro-batches would have to be added up first.
    case fusedUpdates
    /// The least predicted seconds of all that fit.
    case fastest
  }

  /// Rows of the batch, and of a full micro-batch: the same where batches are not split.
  package let batchRows: Int
  package let rows: Int
  package let reason: Reason
  /// The largest first, the chosen one among them.
  package let weighed: [Candidate]

  package init(batchRows: Int, rows: Int, reason: Reason, weighed: [Candidate] = []) {
    self.batchRows = batchRows
    self.rows = rows
    self.reason = reason
    self.weighed = weighed
  }

  /// In one sentence.
  ///
  /// - Parameter duration: seconds as text.
  package func sentence(_ duration: (Double) -> String) -> String {
    let chosen = name(of: rows)
    switch reason {
    case .batchNorm: return "\(chosen): batch norm takes its statistics over it"
    case .fusedUpdates: return "\(chosen): fused updates need whole gradients"
    case .fastest: break
    }
    let others = weighed.filter { $0.rows != rows }
    let own = weighed.first { $0.rows == rows }?.seconds
    var clauses: [String] = []
    if let next = others.compactMap({ other in other.seconds.map { (other.rows, $0) } }).min(by: { $0.1 < $1.1 }) {
      clauses.append("\(duration(next.1)) with \(name(of: next.0))")
    }
    // Sizes fall, so the last that does not fit says the most.
    if let tooLarge = others.last(where: { $0.seconds == nil }) {
      clauses.append("\(name(of: tooLarge.rows)) would not fit")
    }
    return "\(chosen): \(own.map { "\(duration($0)) predicted" } ?? "the largest that fits")"
      + clauses.map { ", \($0)" }.joined()
  }

  private func name(of rows: Int) -> String {
    rows == batchRows ? "the whole batch" : "micro-batches of \(rows)"
  }
}
