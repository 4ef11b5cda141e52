import Checkpointing
import ComputationGraph
import ExecutionPlanning

/// A plan as text for people: certificate, picture, and for each activation why it is kept or computed again.
///
/// - Parameters:
///   - width: columns that no line passes; 100 at most, 60 at least.
///   - colour: whether the picture may be coloured with escape sequences.
package func planText(of report: RunReport, _ details: PlanDetails, width: Int, colour: Bool) -> String {
  let width = min(max(width, 60), 100)
  let schedule = report.schedule
  var lines = [""]
  lines += wrapped(
    "\(schedule.headline) an iteration, \(schedule.executionsText)",
    width: width)
  lines += microBatchLines(report.batch, width: width)
  lines += certificateLines(report.memory, details, batch: report.batch, width: width)
  if let time = report.predictedTime { lines += predictionLines(time) }
  lines += memoryLines(report.memory)
  let picture = PlanPicture(
    of: details.plan, stageCount: schedule.stageCount, rowLimit: PlanPicture.terminalRows,
    columnLimit: PlanPicture.gridColumns(width: width))
  lines.append("")
  if report.batch.partCount > 1 {
    lines += wrapped(
      "from here on bytes are those of the first of \(report.batch.partCount) threads, which has "
        + "\(details.plan.graph.batchRows) of the batch's rows to itself", width: width)
  }
  lines += picture.terminalLines(width: width, colour: colour)
  lines += explanationLines(details, width: width)
  lines += stageLines(report)
  return lines.joined(separator: "\n") + "\n"
}

/// Runs of stages in their order; where there are too many, stages of which the same is told share a line.
private func explanationLines(_ details: PlanDetails, width: Int) -> [String] {
  let limit = 24
  let runs = details.explainedRuns
  let rows = runs.count <= limit ? runs.map { (rangeText($0.stages), $0) } : joined(runs)
  let formWidth = rows.prefix(limit).reduce(9) { max($0, ($1.1.formName?.count ?? 0) + 2) }
  var lines = [
    "",
    left("stages", 17) + left("keeps", 11) + right("bytes", 9) + "  " + left("form", formWidth) + left("runs", 5)
      + "because",
  ]
  for (stages, run) in rows.prefix(limit) {
    let kept =
      switch run.explanation.firstKeep {
      case .nothing: "nothing"
      case .checkpoint: "input"
      case .residuals: "all needed"
      }
    let head =
      left(stages, 17) + left(kept, 11) + right(byteText(run.keptBytes), 9) + "  "
      + left(run.formName ?? "-", formWidth) + left("\(run.explanation.executions)", 5)
    let reason = wrapped(run.reason(naming: runs.count <= limit), width: width - head.count)
    lines.append(head + (reason.first ?? ""))
    lines += reason.dropFirst().map { String(repeating: " ", count: head.count) + $0 }
  }
  if rows.count > limit { lines.append("and \(rows.count - limit) more; --json has them all") }
  lines += wrapped(
    "keeps: what the first pass keeps of one stage, with its bytes; runs: its executions in an iteration", width: width)
  return lines + marginalLines(Array(rows.prefix(limit)), width: width)
}

/// What bytes are worth at the stages of each line: nothing where there is nothing to give up or to gain.
private func marginalLines(_ rows: [(String, ExplainedRun)], width: Int) -> [String] {
  func side(_ exchange: Exchange?) -> String {
    guard let exchange else { return right("-", 11) + right("-", 11) }
    return right(byteText(exchange.byteCount), 11) + right(secondsText(exchange.seconds), 11)
  }
  return [
    "",
    left("stages", 17) + right("bytes less", 11) + right("cost", 11) + right("bytes more", 11) + right("save", 11),
  ]
    + rows.map { stages, run in left(stages, 17) + side(run.marginalValue.less) + side(run.marginalValue.more) }
    + wrapped(
      "of one stage, all others as they are: the cheapest bytes to give up and the most useful ones to add",
      width: width)
}

/// Runs that differ in nothing but their numbers, joined, in the order of their first stages.
private func joined(_ runs: [ExplainedRun]) -> [(String, ExplainedRun)] {
  var kinds: [(kind: ExplainedRun, members: [Range<Int>])] = []
  var numbers: [ExplainedRun: Int] = [:]
  for run in runs {
    var kind = run
    kind.stages = 0..<0
    kind.explanation.restarts = 0
    switch run.explanation.reason {
    case .restartValue: kind.explanation.reason = .restartValue(upTo: 0)
    case .recomputed: kind.explanation.reason = .recomputed(from: 0)
    case .lastSegment, .keptThroughout, .boundaryValuesSuffice, .keptInPart: break
    }
    if let number = numbers[kind] {
      kinds[number].members.append(run.stages)
    } else {
      numbers[kind] = kinds.count
      kinds.append((kind, [run.stages]))
    }
  }
  return kinds.map { kind, ranges in
    let count = ranges.reduce(0) { $0 + $1.count }
    guard ranges.count > 1, let first = ranges.first, let last = ranges.last else {
      return (ranges.first.map(rangeText) ?? "", kind)
    }
    return ("\(rangeText(first))…\(rangeText(last)) (\(count))", kind)
  }
}

private func rangeText(_ stages: Range<Int>) -> String {
  stages.count == 1 ? "\(stages.lowerBound)" : "\(stages.lowerBound)-\(stages.upperBound - 1)"
}
