import Checkpointing
import ComputationGraph
import Configuration
import ExecutionPlanning
package import Training

/// What is certain before anything runs: what is feasible, what the plan takes, and how far from the best it can be.
///
/// Bytes are of the run. Seconds and executions are of what goes through the network at once: a batch, or the first of
/// its micro-batches or of the threads' shares of it.
func certificateLines(
  _ memory: MemoryFacts, _ details: PlanDetails, batch: BatchFacts, width: Int
) -> [String] {
  let certificate = details.certificate
  let (pass, note) = passTexts(batch, rows: details.plan.graph.batchRows)
  let peakBytes = memory.plannedPeakBytes
  func row(_ name: String, _ text: String, _ exact: String) -> String {
    left(name, 28) + right(text, 14) + right(exact, 18)
  }
  func bytes(_ name: String, _ count: Int) -> String { row(name, byteText(count), "\(count)") }
  func time(_ name: String, _ seconds: Double) -> String {
    let ratio = seconds / certificate.keepAllSeconds
    let decimals = ratio < 10 ? 3 : ratio < 100 ? 2 : ratio < 1000 ? 1 : 0
    return row(name, secondsText(seconds), "\(fixed(ratio, decimals)) of keep-all")
  }
  var lines = ["", "certificate"]
  if let minimum = memory.minimumFeasibleBytes {
    lines.append(bytes("least feasible", minimum))
    lines.append(
      row("  its executions", "\(details.smallestSchedule.prescribedForwardExecutions)", pass))
  }
  if let budget = details.budgetBytes { lines.append(bytes("activation budget", budget)) }
  lines.append(bytes("planned peak, exact", memory.plannedPeakBytes))
  lines.append(time("predicted time", certificate.seconds))
  lines.append(time("  keeping everything", certificate.keepAllSeconds))
  lines.append(time("  no schedule is below", certificate.leastSeconds))
  if let faster = certificate.neighbours.faster {
    lines += wrapped(
      "  \(byteText(faster.byteCount - peakBytes)) more would save "
        + "\(secondsText(certificate.seconds - faster.seconds)) \(pass)",
      width: width)
  }
  if let smaller = certificate.neighbours.smaller {
    lines += wrapped(
      "  \(byteText(peakBytes - smaller.byteCount)) less would cost "
        + "\(secondsText(smaller.seconds - certificate.seconds)) \(pass)",
      width: width)
  }
  lines += wrapped(gapText(of: certificate), width: width)
  return lines + (note.map { wrapped($0, width: width) } ?? [])
}

/// How far the time may be from the best.
package func gapText(of certificate: TimeCertificate) -> String {
  if certificate.isProvenOptimal {
    return "proven optimal: no schedule is faster in these bytes, the time meets its bound"
  }
  let gap = certificate.largestGap
  return gap <= 1
    ? "at most \(fixed(100 * gap, 1)) % above the best there can be in these bytes"
    : "at most \(fixed(1 + gap, 1)) times the best there can be: in so few bytes the bound tells little"
}

/// What seconds and executions are counted by, and, where it is not the whole batch, a sentence that says so.
private func passTexts(_ batch: BatchFacts, rows: Int) -> (unit: String, note: String?) {
  guard rows < batch.rows else { return ("an iteration", nil) }
  let work =
    batch.microBatchCount > 1
    ? "an iteration makes \(batch.microBatchCount) such passes" + (batch.partCount > 1 ? " on each thread" : "")
    : "each thread makes one such pass in an iteration"
  return ("a pass", "times are of one pass, with \(rows) of the batch's \(batch.rows) rows; \(work)")
}

extension PlanDetails {
  /// The certificate in the document of a plan: bytes of the run, and seconds of one forward and reverse pass of `rows`
  /// rows.
  ///
  /// - Parameter plannedPeakBytes: of the run.
  func certificateDocument(plannedPeakBytes: Int) -> JSONValue {
    func neighbour(_ point: PlanChoices.Neighbours.Point?) -> JSONValue {
      guard let point else { return .null }
      let bytes = Double(point.byteCount - plannedPeakBytes)
      return [
        "bytes": .integer(point.byteCount), "seconds": .number(point.seconds),
        "secondsPerByte": bytes == 0 ? .null : .number((point.seconds - certificate.seconds) / bytes),
      ]
    }
    return [
      "budgetBytes": budgetBytes.map { .integer($0) } ?? .null,
      "rows": .integer(plan.graph.batchRows),
      "leastFeasibleExecutions": .integer(smallestSchedule.prescribedForwardExecutions),
      "predictedSeconds": .number(certificate.seconds), "keepAllSeconds": .number(certificate.keepAllSeconds),
      "slowdown": .number(certificate.slowdown), "lowerBoundSeconds": .number(certificate.leastSeconds),
      "largestGap": .number(certificate.largestGap),
      "provenOptimal": .bool(certificate.isProvenOptimal),
      "faster": neighbour(certificate.neighbours.faster),
      "smaller": neighbour(certificate.neighbours.smaller),
    ]
  }
}
