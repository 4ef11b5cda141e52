package import Configuration
import Profiling

/// Where and when something was measured.
package struct HostFacts: Hashable, Sendable {
  package var name: String
  /// ISO 8601.
  package var date: String
  package var executable: String
  package var loadAverages: [Double]

  package init(name: String, date: String, executable: String, loadAverages: [Double]) {
    self.name = name
    self.date = date
    self.executable = executable
    self.loadAverages = loadAverages
  }
}

/// A suite's results in the JSON format of Google Benchmark, for the tools that read it.
///
/// Every process is a repetition of `benchmark/strategy`, its real time the median of its iterations, its processor
/// time the mean over all threads. Bytes and executions stand beside them as counters. Mean, median, standard deviation
/// and coefficient of variation follow as aggregates. What does not fit its budget, or failed, has an error message.
package func googleBenchmarkDocument(of study: StudyResult, _ host: HostFacts) -> JSONValue {
  [
    "context": [
      "date": .string(host.date), "host_name": .string(host.name), "executable": .string(host.executable),
      "num_cpus": study.machine["cores"] ?? 0, "mhz_per_cpu": 0, "cpu_scaling_enabled": false, "caches": [],
      "load_avg": .array(host.loadAverages.map { .number($0) }), "library_version": .string("bptrain \(study.version)"),
      "library_build_type": "release", "processor": study.machine["processor"] ?? .null,
      "kernels": study.machine["blas"] ?? .null,
    ],
    "benchmarks": .array(study.rows.enumerated().flatMap { entries(of: $1, family: $0) }),
  ]
}

private func entries(of row: StudyRow, family: Int) -> [JSONValue] {
  let name = "\(row.point.settings.first?.value ?? "")/\(row.point.label.replacing(" ", with: ":"))"
  let repetitions = row.runs.count
  func entry(_ suffix: String, _ type: String, _ more: [JSONMember]) -> JSONValue {
    .object(
      [
        JSONMember("name", .string(name + suffix)), JSONMember("family_index", .integer(family)),
        JSONMember("per_family_instance_index", 0), JSONMember("run_name", .string(name)),
        JSONMember("run_type", .string(type)), JSONMember("repetitions", .integer(repetitions)),
      ] + more)
  }
  guard row.status != .failed, row.status != .infeasible else {
    return [
      entry(
        "", "iteration",
        [
          JSONMember("repetition_index", 0), JSONMember("error_occurred", true),
          JSONMember("error_message", .string(row.message ?? "")), JSONMember("iterations", 0),
          JSONMember("real_time", 0), JSONMember("cpu_time", 0), JSONMember("time_unit", "ns"),
        ])
    ]
  }
  var measured: [Times] = []
  var entries: [JSONValue] = []
  for run in row.runs {
    guard let times = Times(of: run) else { continue }
    measured.append(times)
    entries.append(
      entry(
        "", "iteration",
        [
          JSONMember("repetition_index", .integer(run.round)),
          JSONMember("threads", run.report.value(at: "machine.threads") ?? 1),
          JSONMember("iterations", run.report.value(at: "time.iterationSeconds.count") ?? 0),
        ] + times.members + counters(of: run.report) + [JSONMember("wall_seconds", .number(run.wallSeconds))]))
  }
  guard measured.count > 1 else { return entries }
  for aggregate in Aggregate.allCases {
    let real = aggregate.value(of: measured.map(\.realSeconds))
    let processor = aggregate.value(of: measured.map(\.processorSeconds))
    let isShare = aggregate == .cv
    entries.append(
      entry(
        "_\(aggregate.rawValue)", "aggregate",
        [
          JSONMember("aggregate_name", .string(aggregate.rawValue)),
          JSONMember("aggregate_unit", isShare ? "percentage" : "time"),
          JSONMember("threads", row.value("machine.threads") ?? 1), JSONMember("iterations", .integer(measured.count)),
          JSONMember("real_time", .number(isShare ? real : real * 1e9)),
          JSONMember("cpu_time", .number(isShare ? processor : processor * 1e9)), JSONMember("time_unit", "ns"),
        ]))
  }
  return entries
}

/// Of one iteration, in one process.
private struct Times {
  let realSeconds: Double
  let processorSeconds: Double

  init?(of run: StudyRun) {
    guard let seconds = run.report.value(at: "time.iterationSeconds.median")?.doubleValue else { return nil }
    realSeconds = seconds
    processorSeconds = run.report.value(at: "time.processorSeconds")?.doubleValue ?? seconds
  }

  var members: [JSONMember] {
    [
      JSONMember("real_time", .number(realSeconds * 1e9)), JSONMember("cpu_time", .number(processorSeconds * 1e9)),
      JSONMember("time_unit", "ns"),
    ]
  }
}

private func counters(of report: JSONValue) -> [JSONMember] {
  [
    ("activation_peak_bytes", "memory.activations.measuredPeakBytes"),
    ("process_peak_bytes", "memory.process.measuredPeakBytes"), ("forward_executions", "schedule.forwardExecutions"),
    ("flops_per_second", "time.achievedFlopsPerSecond"), ("final_loss", "training.finalLoss"),
  ].compactMap { name, path in
    report.value(at: path).flatMap { $0.doubleValue == nil ? nil : JSONMember(name, $0) }
  }
}

/// What Google Benchmark says of repetitions, by its names.
private enum Aggregate: String, CaseIterable {
  case mean
  case median
  case stddev
  case cv

  func value(of samples: [Double]) -> Double {
    let mean = samples.reduce(0, +) / Double(samples.count)
    let squares = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / Double(max(1, samples.count - 1))).squareRoot()
    switch self {
    case .mean: return mean
    case .median: return Distribution(of: samples)?.median ?? mean
    case .stddev: return deviation
    case .cv: return mean > 0 ? deviation / mean : 0
    }
  }
}
