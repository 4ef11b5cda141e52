package import Configuration
package import Profiling

/// A point with everything its runs gave: one line of the table, one row of the CSV file.
package struct StudyRow: Sendable {
  package let point: StudyPoint
  package let runs: [StudyRun]
  package let status: StudyStatus
  /// Why it is infeasible or failed.
  package let message: String?
  /// Where a schedule would fit, of an infeasible point.
  package let minimumFeasibleBytes: Int?

  /// - Parameter repeats: runs of a complete point.
  package init(point: StudyPoint, runs: [StudyRun], repeats: Int) {
    self.point = point
    self.runs = runs.sorted { $0.round < $1.round }
    if let refused = runs.first(where: { $0.status != .measured }) {
      status = refused.status
      message = refused.message ?? "the process ended with exit code \(refused.exitCode)"
      minimumFeasibleBytes = refused.report.value(at: "error.minimumFeasibleBytes")?.integerValue
    } else {
      status = runs.count >= repeats ? .measured : .pending
      message = nil
      minimumFeasibleBytes = nil
    }
  }

  /// Whether no further run is needed.
  package var isComplete: Bool { status != .pending }

  /// The run whose iteration time lies in the middle, the first one where none has timed an iteration of a full batch; the
  /// point's figures that do not vary are taken from it.
  package var typicalRun: StudyRun? {
    let timed = runs.compactMap { run in
      run.report.value(at: "time.iterationSeconds.median")?.doubleValue.map { (run: run, seconds: $0) }
    }
    .sorted { $0.seconds < $1.seconds }
    return timed.isEmpty ? runs.first { $0.status == .measured } : timed[timed.count / 2].run
  }

  /// The parameters' digest of the first run that trained in micro-batches of so many rows.
  func firstDigest(microBatchRows rows: Int) -> String? {
    runs.lazy.filter { $0.report.value(at: "batch.microBatchRows")?.integerValue ?? 0 == rows }
      .compactMap { $0.report.value(at: "training.parametersDigest")?.stringValue }.first
  }

  /// Over the runs, each with the median of its own iterations; nil of a point without a run that timed any.
  package func seconds(of phase: String) -> Distribution? {
    Distribution(of: runs.compactMap { $0.report.value(at: "time.\(phase)Seconds.median")?.doubleValue })
  }

  package var iteration: Distribution? { seconds(of: "iteration") }

  /// Of whole processes from their start to their end, planning and loading included: what is not in the iterations
  /// shows here. Nil of a point without a measured run.
  package var wall: Distribution? { Distribution(of: runs.filter { $0.status == .measured }.map(\.wallSeconds)) }

  /// A figure of the typical run.
  package func value(_ path: String) -> JSONValue? { typicalRun?.report.value(at: path) }

  package func integer(_ path: String) -> Int? { value(path)?.integerValue }

  package var plannedPeakBytes: Int? { integer("memory.activations.plannedPeakBytes") }
  package var measuredPeakBytes: Int? { integer("memory.activations.measuredPeakBytes") }
  package var predictedSeconds: Double? { value("time.predictedIterationSeconds")?.doubleValue }

  /// (largest - least) / 2 over the median of the runs' iteration times.
  package var spread: Double? { iteration.map { ($0.maximum - $0.minimum) / 2 / $0.median } }
}
