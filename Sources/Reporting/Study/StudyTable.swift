import Profiling

/// A study as a table for people, at most 100 columns wide.
package func studyTable(of study: StudyResult) -> String {
  var lines: [String] = []
  for group in study.groups {
    if !lines.isEmpty { lines.append("") }
    if !group.label.isEmpty { lines += wrapped(group.label, width: 100) }
    lines.append(
      left("strategy", 20) + right("executions", 11) + right("planned", 11) + right("measured", 11)
        + right("iteration", 11) + right("spread", 8) + right("predicted", 11) + right("wall", 9) + right("time", 6))
    for row in group.rows { lines += lineOf(row, keepAll: group.keepAll) }
  }
  lines.append("")
  let conditions = study.conditions
  lines += wrapped(
    "iteration: median over \(counted(conditions.repeats, "process", plural: "processes")), each the median of "
      + "\(counted(conditions.iterations - conditions.warmup, "iteration")); spread: half the range of these over the "
      + "median; planned, measured: peak of the activations; time: in iterations of none; wall: of a whole process, in the middle",
    width: 100)
  if study.rows.contains(where: { $0.typicalRun != nil && $0.iteration == nil }) {
    lines += wrapped(
      "no time: no iteration after the warm-up had a full batch; take more iterations, or a batch size that divides the "
        + "samples", width: 100)
  }
  let noisy = study.rows.filter { ($0.spread ?? 0) > largestQuietSpread }
  if !noisy.isEmpty {
    lines += wrapped(
      "noisy: the processes of \(noisy.count == 1 ? noisy[0].point.label : "\(noisy.count) points") differ by more than "
        + "\(fixed(100 * largestQuietSpread, 0)) %; measure again on a quiet machine (--again), or with more --repeats",
      width: 100)
  }
  for violation in study.violations { lines += wrapped("WRONG: \(violation)", width: 100) }
  return lines.joined(separator: "\n") + "\n"
}

/// Half the range of a point's processes over their median, beyond which the machine did something else as well.
private let largestQuietSpread = 0.05

private func lineOf(_ row: StudyRow, keepAll: StudyRow?) -> [String] {
  let head = left(abbreviated(row.point.label, 20), 20)
  switch row.status {
  case .infeasible where row.point.budget == nil:
    return sentence(row.message ?? "no schedule fits", after: "infeasible: ", head)
  case .infeasible:
    let least = row.minimumFeasibleBytes.map { "at least \(byteText($0)) are needed" } ?? "no schedule fits"
    return [head + "  infeasible: \(least)"]
  case .failed: return sentence(row.message ?? "", after: "failed: ", head)
  case .pending, .measured:
    guard row.typicalRun != nil else { return [head + "  not measured yet"] }
    let iteration = row.iteration
    let measured = row.measuredPeakBytes == row.plannedPeakBytes ? "=" : row.measuredPeakBytes.map(byteText) ?? "-"
    let ratio = iteration.flatMap { own in keepAll?.iteration.map { fixed(own.median / $0.median, 2) } } ?? "-"
    return [
      head + right(row.integer("schedule.forwardExecutions").map { "\($0)" } ?? "-", 11)
        + right(row.plannedPeakBytes.map(byteText) ?? "-", 11) + right(measured, 11)
        + right(iteration.map { secondsText($0.median) } ?? "-", 11)
        + right(row.spread.map { "\(fixed(100 * $0, 1)) %" } ?? "-", 8)
        + right(row.predictedSeconds.map(secondsText) ?? "-", 11)
        + right(row.wall.map { "\(fixed($0.median, 1)) s" } ?? "-", 9) + right(ratio, 6)
        + (row.status == .pending ? " *" : "")
    ]
  }
}

/// A sentence in the place of a row's figures.
private func sentence(_ sentence: String, after word: String, _ head: String) -> [String] {
  let words = sentence.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  return wrapped(word + words, width: 76).enumerated().map { index, line in
    (index == 0 ? head : String(repeating: " ", count: 20)) + "  " + line
  }
}

/// A text of at most `width` characters, its middle left out where it is longer: a path's end says more than its start.
private func abbreviated(_ text: String, _ width: Int) -> String {
  guard text.count > width else { return text }
  let start = (width - 1) / 3
  return text.prefix(start) + "…" + text.suffix(width - 1 - start)
}
