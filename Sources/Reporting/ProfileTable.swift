import Profiling
import Training

/// The report as a table for people, at most 80 columns wide.
package func profileTable(of report: RunReport) -> String {
  var lines: [String] = []
  let schedule = report.schedule
  let count = report.batch.microBatchCount
  lines.append("")
  lines.append(
    "\(schedule.headline) "
      + (count == 1 ? "an iteration," : "for each of \(count) micro-batches,"))
  lines.append(schedule.executionsText)
  lines += microBatchLines(report.batch, width: 80)
  if report.batch.partCount > 1 {
    lines.append("rows divided among \(report.batch.partCount) threads; times of stages are the first thread's")
  }
  if let time = report.time {
    lines += timeLines(time, predictedSeconds: report.predictedIterationSeconds, watching: report.watchingCost)
  }
  lines += memoryLines(report.memory)
  lines += stageLines(report)
  if let health = report.health { lines += healthLines(health) }
  if let training = report.training { lines += trainingLines(training) }
  return lines.joined(separator: "\n") + "\n"
}

/// What the planner chose, and why.
func microBatchLines(_ batch: BatchFacts, width: Int) -> [String] {
  guard let choice = batch.microBatchChoice else { return [] }
  return wrapped("chosen: \(choice.sentence(secondsText))", width: width)
}

private func timeLines(
  _ time: TimeProfile, predictedSeconds: Double?, watching: WatchingCost?
) -> [String] {
  func row(_ name: String, _ value: Distribution) -> String {
    left(name, 16) + right(secondsText(value.median), 12) + right(secondsText(value.minimum), 12)
      + right(secondsText(value.maximum), 12) + right("\(fixed(100 * value.median / time.iteration.median, 1)) %", 10)
  }
  return [
    "", left("time", 16) + right("median", 12) + right("least", 12) + right("most", 12) + right("share", 10),
    row("forward", time.forward), row("backward", time.backward), row("  recomputing", time.recompute),
    row("update", time.update), row("iteration", time.iteration),
    "backward/forward \(fixed(time.backwardForwardRatio, 2)), over \(counted(time.iteration.count, "iteration"))"
      + (predictedSeconds.map { "; \(secondsText($0)) predicted" } ?? ""),
  ] + watchingLines(watching) + noiseLines(time.iteration)
}

private func watchingLines(_ cost: WatchingCost?) -> [String] {
  cost.map { ["watching all iterations took \(fixed(100 * $0.share, 2)) % of their time"] } ?? []
}

/// A warning where the machine did something else as well: half of the iterations took that much longer than the
/// fastest.
private func noiseLines(_ iteration: Distribution) -> [String] {
  let excess = iteration.median / iteration.minimum - 1
  guard iteration.count >= 5, excess > 0.25 else { return [] }
  return wrapped(
    "NOISY: half of the iterations took over \(fixed(100 * excess, 0)) % longer than the fastest; other work shares the "
      + "machine, and these times are not to be compared", width: 80)
}

func memoryLines(_ memory: MemoryFacts) -> [String] {
  func row(_ name: String, _ bytes: Int?) -> [String] {
    guard let bytes else { return [] }
    return [left(name, 28) + right(byteText(bytes), 12) + right("\(bytes)", 18)]
  }
  let saved = 100 * (1 - Double(memory.plannedPeakBytes) / Double(max(1, memory.keepAllBytes)))
  let comparison = saved < 0 ? "  beyond keeping everything" : "  saved of keeping everything"
  return ["", left("memory", 28) + right("", 12) + right("bytes", 18)]
    + row("activation peak, planned", memory.plannedPeakBytes)
    + row("activation peak, measured", memory.measuredPeakBytes)
    + row("  lower bound", memory.lowerBoundBytes) + row("  keeping everything", memory.keepAllBytes)
    + [left(comparison, 29) + right("\(fixed(abs(saved), 1)) %", 13)]
    + row("  arena pages resident", memory.residentBytes) + row("  workspace inside", memory.workspaceBytes)
    + (memory.roundsKept
      ? [
        "  kept in bfloat16: gradients are near those of float32 storage and depend on",
        "  what is kept; runs of one plan are identical",
      ] : [])
    + (memory.usesHugePages.map { ["  huge pages behind it" + right($0 ? "yes" : "no", 18)] } ?? [])
    + accountLines(memory)
}

/// Every category of the process's bytes, planned and measured, and their sums.
private func accountLines(_ memory: MemoryFacts) -> [String] {
  guard !memory.account.isEmpty else { return [] }
  func row(_ name: String, _ planned: Int?, _ measured: Int?) -> String {
    left(name, 28) + right(planned.map(byteText) ?? "-", 12) + right(measured.map(byteText) ?? "-", 12)
      + right((measured ?? planned).map { "\($0)" } ?? "", 18)
  }
  let sum = memory.account.reduce(0) { $0 + $1.plannedBytes }
  let isEarly = memory.plannedProcessPeakBytes ?? 0 > sum
  return ["", left("process", 28) + right("planned", 12) + right("measured", 12) + right("bytes", 18)]
    + memory.account.map { row($0.category.rawValue, $0.plannedBytes, $0.measuredBytes) }
    + [row("peak", memory.plannedProcessPeakBytes, memory.processPeakBytes)]
    + (isEarly ? ["  the planned peak comes before training: planning, or drawing parameters"] : [])
    + (memory.processBudgetBytes.map { [row("  memory budget", $0, nil)] } ?? [])
    + (memory.minimumFeasibleProcessBytes.map { [row("  least memory budget", $0, nil)] } ?? [])
}

/// Neighbouring stages of equal sizes share a line; no more than 30 lines.
func stageLines(_ report: RunReport) -> [String] {
  var lines = [
    "",
    left("stages", 12) + right("forward", 12) + right("backward", 12) + right("output", 12) + right("kept", 12)
      + right("Mflop", 12),
  ]
  var start = 0
  while start < report.stages.count {
    let first = report.stages[start]
    var end = start + 1
    while end < report.stages.count, report.stages[end].hasSizes(of: first) { end += 1 }
    if lines.count > 30 {
      lines.append("and \(report.stages.count - start) more; --json has them all")
      break
    }
    let range = end - start == 1 ? "\(start)" : "\(start)-\(end - 1)"
    let stages = report.stages[start..<end]
    let forward =
      report.time.map { $0.stageForwardSeconds[start..<end].reduce(0, +) } ?? sum(stages, \.predictedForwardSeconds)
    let backward =
      report.time.map { $0.stageBackwardSeconds[start..<end].reduce(0, +) } ?? sum(stages, \.predictedBackwardSeconds)
    lines.append(
      left(range, 12) + right(forward.map(secondsText) ?? "-", 12) + right(backward.map(secondsText) ?? "-", 12)
        + right(byteText(first.outputBytes), 12)
        + right(byteText(first.residualBytes), 12) + right(fixed(first.flops / 1e6, 2), 12))
    start = end
  }
  lines.append(
    report.time == nil && report.predictedTime != nil
      ? "times are predicted, sums over a line's stages; bytes and operations are of one"
      : "times are sums over the stages of a line; bytes and operations are of one stage")
  return lines
}

/// Nil where one of them has none.
private func sum(_ stages: ArraySlice<StageFacts>, _ seconds: KeyPath<StageFacts, Double?>) -> Double? {
  let known = stages.compactMap { $0[keyPath: seconds] }
  return known.count == stages.count ? known.reduce(0, +) : nil
}

extension StageFacts {
  fileprivate func hasSizes(of other: StageFacts) -> Bool {
    outputBytes == other.outputBytes && residualBytes == other.residualBytes && flops == other.flops
      && workspaceBytes == other.workspaceBytes
  }
}

private func trainingLines(_ outcome: TrainingOutcome) -> [String] {
  var lines = [
    "",
    left("epoch", 8) + right("train loss", 12) + right("valid. loss", 12) + right("accuracy", 10)
      + right("grad. norm", 12) + right("rate", 12) + right("time", 12),
  ]
  let shown = outcome.epochs.count <= 8 ? outcome.epochs : outcome.epochs.prefix(2) + outcome.epochs.suffix(5)
  for (position, epoch) in shown.enumerated() {
    if position == 2, shown.count < outcome.epochs.count { lines.append("...") }
    lines.append(
      left("\(epoch.epoch)", 8) + right(fixed(epoch.trainLoss, 5, width: 12), 12)
        + right(epoch.validationLoss.map { fixed($0, 5, width: 12) } ?? "-", 12)
        + right(epoch.validationAccuracy.map { "\(fixed($0 * 100, 2)) %" } ?? "-", 10)
        + right(fixed(epoch.gradientNorm, 4, width: 12), 12) + right(fixed(epoch.learningRate, 7, width: 12), 12)
        + right(secondsText(epoch.seconds), 12))
  }
  lines.append("")
  lines.append(
    "\(counted(outcome.iterations, "iteration")), loss \(fixed(outcome.initialLoss, 5)) at first, "
      + "\(fixed(outcome.finalLoss, 5)) at last")
  lines.append("parameters \(outcome.parametersDigest)")
  return lines
}
