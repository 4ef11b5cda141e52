import Checkpointing
import Configuration
import ExecutionPlanning
import Training

/// What is certain before anything runs: what is feasible, what the plan takes, and how far from the best it can be.
func certificateLines(_ memory: MemoryFacts, _ details: PlanDetails, width: Int) -> [String] {
  let certificate = details.certificate
  func row(_ name: String, _ text: String, _ exact: String) -> String {
    left(name, 28) + right(text, 14) + right(exact, 18)
  }
  func bytes(_ name: String, _ count: Int) -> String { row(name, byteText(count), "\(count)") }
  func time(_ name: String, _ seconds: Double) -> String {
    row(name, secondsText(seconds), "\(fixed(seconds / certificate.keepAllSeconds, 3)) of keep-all")
  }
  var lines = ["", "certificate"]
  if let minimum = memory.minimumFeasibleBytes {
    lines.append(bytes("least feasible", minimum))
    lines.append(
      row("  its executions", "\(details.smallestSchedule.prescribedForwardExecutions)", "an iteration"))
  }
  if let budget = details.budgetBytes { lines.append(bytes("activation budget", budget)) }
  lines.append(bytes("planned peak, exact", memory.plannedPeakBytes))
  lines.append(time("predicted time", certificate.seconds))
  lines.append(time("  keeping everything", certificate.keepAllSeconds))
  lines.append(time("  no schedule is below", certificate.leastSeconds))
  if let faster = certificate.neighbours.faster {
    lines += wrapped(
      "  \(byteText(faster.byteCount - memory.plannedPeakBytes)) more would save "
        + "\(secondsText(certificate.seconds - faster.seconds)) an iteration",
      width: width)
  }
  if let smaller = certificate.neighbours.smaller {
    lines += wrapped(
      "  \(byteText(memory.plannedPeakBytes - smaller.byteCount)) less would cost "
        + "\(secondsText(smaller.seconds - certificate.seconds)) an iteration",
      width: width)
  }
  lines += wrapped(
    certificate.largestGap < 5e-4
      ? "proven optimal: no schedule is faster in these bytes, the time meets its bound"
      : "at most \(fixed(100 * certificate.largestGap, 1)) % above the best there can be in these bytes",
    width: width)
  return lines
}

extension PlanDetails {
  /// The certificate in the document of a plan: bytes, and seconds of one forward and reverse pass.
  var certificateDocument: JSONValue {
    func neighbour(_ point: PlanChoices.Neighbours.Point?) -> JSONValue {
      guard let point else { return .null }
      let bytes = Double(point.byteCount - plan.peakByteCount)
      return [
        "bytes": .integer(point.byteCount), "seconds": .number(point.seconds),
        "secondsPerByte": bytes == 0 ? .null : .number((point.seconds - certificate.seconds) / bytes),
      ]
    }
    return [
      "budgetBytes": budgetBytes.map { .integer($0) } ?? .null,
      "leastFeasibleExecutions": .integer(smallestSchedule.prescribedForwardExecutions),
      "predictedSeconds": .number(certificate.seconds), "keepAllSeconds": .number(certificate.keepAllSeconds),
      "slowdown": .number(certificate.slowdown), "lowerBoundSeconds": .number(certificate.leastSeconds),
      "largestGap": .number(certificate.largestGap),
      "provenOptimal": .bool(certificate.largestGap < 5e-4),
      "faster": neighbour(certificate.neighbours.faster),
      "smaller": neighbour(certificate.neighbours.smaller),
    ]
  }
}
