import CostModel
import Kernels
import SystemCalls
import Training

/// The report as a table for people, at most 100 columns wide.
package func doctorTable(of report: DoctorReport) -> String {
  (hardwareLines(report) + memoryLines(report) + rateLines(report) + tuningLines(report.kernels)
    + checkLines(report.check))
    .joined(separator: "\n") + "\n"
}

private func row(_ name: String, _ text: String) -> String { left(name, 26) + text }

private func hardwareLines(_ report: DoctorReport) -> [String] {
  let hardware = report.hardware
  var processors = "\(hardware.availableProcessors) (\(hardware.availableCores) cores)"
  if let share = hardware.controlGroupProcessors { processors += ", control group \(fixed(share, 2))" }
  return [
    row("processor", hardware.processor), row("processors to run on", processors),
    row("threads", "\(report.machine.threads), \(waitingText(report.waitingThreads))"),
    row("instruction set", report.machine.instructionSet),
    row("kernels", report.machine.blas),
    row("kernel table", report.kernels.tableHash + tunedText(report.kernels.tunedClassCount)),
    row("bptrain", report.version),
  ]
}

private func waitingText(_ threads: WaitingThreads) -> String {
  switch threads {
  case WaitingThreads(spinCount: WaitingThreads.quietSpinCount): "waiting ones sleep after some hundred microseconds"
  case WaitingThreads(spinCount: WaitingThreads.busySpinCount):
    "waiting ones sleep after some ten microseconds, as others run"
  case WaitingThreads(setting: nil): "waiting ones spin for long: slow while anything else runs"
  default: "waiting ones do as \(threads.setting ?? "") says"
  }
}

private func tunedText(_ count: Int) -> String {
  switch count {
  case 0: ", as shipped; bptrain doctor --tune measures what is fastest here"
  case 1: ", 1 kind of product tuned here"
  default: ", \(count) kinds of products tuned here"
  }
}

private func tuningLines(_ kernels: DoctorReport.Kernels) -> [String] {
  guard let found = kernels.tuning else { return [] }
  let header = [
    "", row("faster kernels", "\(found.count)" + (kernels.path.map { ", kept in \($0)" } ?? "")),
  ]
  return header
    + found.map { found in
      let product = found.productClass
      let sizes = "\(product.batch) x \(product.units) x \(product.inputs), \(product.threads) threads"
      return row(
        "  \(product.direction.rawValue)",
        "\(left(sizes, 34))\(fixed(found.gigaflops, 0)) GFLOP/s by \(found.method.rawValue), shipped "
          + "\(fixed(found.shippedGigaflops, 0))")
    }
}

private func memoryLines(_ report: DoctorReport) -> [String] {
  let memory = report.memory
  let group = memory.controlGroup.map {
    "\(byteText($0.limitBytes)), of which \(byteText($0.availableBytes)) are free (\($0.folder))"
  }
  let pages = report.hugePages.map { pages in
    let size = pages.byteCount.map { ", \(byteText($0)) each" } ?? ""
    return switch pages.mode {
    case .always: "wherever they fit" + size
    case .madvise: "where asked for, which bptrain does" + size
    case .never: "switched off: large networks lose some speed"
    }
  }
  return [
    "", row("memory", "\(byteText(memory.totalBytes)), of which \(byteText(memory.availableBytes)) are available"),
    row("  control group", group ?? "no limit"),
    row("  limit on addresses", memory.addressSpaceBytes.map(byteText) ?? "none"),
    row("  --memory-budget auto", byteText(report.automaticBudgetBytes)),
    row("huge pages", pages ?? "none in this kernel"),
  ]
}

private func rateLines(_ report: DoctorReport) -> [String] {
  guard let limits = report.limits else {
    return ["", row("rates", "not measured, as there are less than 1 GiB of memory to be had")]
  }
  return [
    "", row("matrix products", "\(fixed(limits.productGigaflops, 0)) GFLOP/s (1024 x 1024 x 1024, float32)"),
    row("memory", "\(fixed(limits.memoryGigabytesPerSecond, 1)) GB/s read and written"),
    row("waking all threads", "\(fixed(limits.barrierMicroseconds, 1)) µs"),
  ]
}

private func checkLines(_ check: CheckReport) -> [String] {
  let worst = check.gradients.tensors.compactMap { $0.worst?.share }.max() ?? 0
  let precision = check.precisionCheck?.relativeErrors.max() ?? 0
  let recomputed = check.strategies.reduce(0) { $0 + $1.recomputedProducts }
  return [
    "",
    row("gradients", "\(check.gradients.comparisonCount) entries within \(fixed(worst, 3)) of their tolerance"),
    row("float32", "at most \(scientific(precision)) from float64"),
    row("strategies", "\(check.strategies.count), \(recomputed) products computed again, compared bit by bit"),
    "",
  ] + (check.passes ? ["all kernels compute right here"] : check.failures)
}
