package import Configuration

/// Two reports side by side: figures, what differs in their configurations, and what became worse.
package struct ReportComparison: Hashable, Sendable {
  /// One figure of both reports.
  package struct Figure: Hashable, Sendable {
    package enum Unit: Hashable, Sendable {
      case seconds
      case bytes
      case count
      case ratio
      case flopsPerSecond
      case loss
    }

    /// Path in the documents, such as `time.iterationSeconds.median`.
    package var path: String
    /// In words.
    package var name: String
    package var unit: Unit
    /// Nil where a report has no such figure.
    package var first: Double?
    package var second: Double?
    /// Whether growth past the threshold is a regression.
    package var isGuarded: Bool

    /// (second - first) / first; infinite where something came from nothing.
    package var change: Double? {
      guard let first, let second else { return nil }
      if first == second { return 0 }
      return first == 0 ? .infinity : (second - first) / abs(first)
    }
  }

  /// A value of the configurations, the machines or the schedules that is not the same in both.
  package struct Difference: Hashable, Sendable {
    package var path: String
    package var first: JSONValue?
    package var second: JSONValue?

    package init(path: String, first: JSONValue? = nil, second: JSONValue? = nil) {
      self.path = path
      self.first = first
      self.second = second
    }
  }

  package var figures: [Figure]
  package var differences: [Difference]
  /// Largest growth of a guarded figure that is no regression, as a fraction; nil where nothing is judged.
  package var threshold: Double?
  /// Sentences about measurements that should be read with care.
  package var warnings: [String]

  /// Guarded figures that grew past the threshold.
  package var regressions: [Figure] {
    guard let threshold else { return [] }
    return figures.filter { figure in figure.isGuarded && figure.change.map { $0 > threshold } ?? false }
  }
}

/// A document that is no report, as a sentence without the file's name.
package struct ReportDocumentError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
}

extension ReportComparison {
  /// - Throws: where a document is no report of one run or plan, or that of a failure.
  package init(
    _ first: JSONValue, _ second: JSONValue, threshold: Double?
  ) throws(ReportDocumentError) {
    for document in [first, second] { try ReportComparison.check(document) }
    figures = ReportComparison.kinds.compactMap { kind in
      let figure = Figure(
        path: kind.path, name: kind.name, unit: kind.unit, first: first.value(at: kind.path)?.doubleValue,
        second: second.value(at: kind.path)?.doubleValue, isGuarded: kind.isGuarded)
      return figure.first == nil && figure.second == nil ? nil : figure
    }
    differences = []
    for section in ["config", "machine", "schedule.strategy", "command", "version", "training.parametersDigest"] {
      ReportComparison.collectDifferences(
        section, first.value(at: section), second.value(at: section), into: &differences)
    }
    self.threshold = threshold
    warnings = zip(["A", "B"], [first, second]).compactMap { name, document in
      ReportComparison.warning(of: document, name: name)
    }
  }

  /// Asks what every report has.
  package static func check(_ document: JSONValue) throws(ReportDocumentError) {
    if let message = document.value(at: "error.message")?.stringValue {
      throw ReportDocumentError(description: "is the report of a run that failed: \(message)")
    }
    guard document["formatVersion"] == 1 else {
      throw ReportDocumentError(
        description: "is no report that this version reads: formatVersion is "
          + (document["formatVersion"]?.text(.compact) ?? "missing") + " where 1 is needed")
    }
    guard document["memory"]?.members != nil, document["time"]?.members != nil, document["schedule"]?.members != nil
    else {
      throw ReportDocumentError(
        description: "is no report of train or plan: one of schedule, memory and time is missing")
    }
  }

  private struct Kind {
    let path: String
    let name: String
    let unit: Figure.Unit
    let isGuarded: Bool

    init(_ path: String, _ name: String, _ unit: Figure.Unit, isGuarded: Bool = false) {
      self.path = path
      self.name = name
      self.unit = unit
      self.isGuarded = isGuarded
    }
  }

  private static let kinds = [
    Kind("time.iterationSeconds.median", "iteration", .seconds, isGuarded: true),
    Kind("time.forwardSeconds.median", "  forward", .seconds),
    Kind("time.backwardSeconds.median", "  backward", .seconds),
    Kind("time.recomputeSeconds.median", "    recomputing", .seconds),
    Kind("time.updateSeconds.median", "  update", .seconds),
    Kind("time.backwardForwardRatio", "backward/forward", .ratio),
    Kind("time.predictedIterationSeconds", "iteration, predicted", .seconds),
    Kind("time.achievedFlopsPerSecond", "arithmetic rate", .flopsPerSecond),
    Kind("memory.activations.plannedPeakBytes", "activation peak, planned", .bytes, isGuarded: true),
    Kind("memory.activations.measuredPeakBytes", "activation peak, measured", .bytes, isGuarded: true),
    Kind("memory.activations.keepAllBytes", "  keeping everything", .bytes),
    Kind("memory.activations.minimumFeasibleBytes", "  least feasible", .bytes),
    Kind("memory.workspaceBytes", "  workspace inside", .bytes),
    Kind("memory.parametersBytes", "parameters", .bytes), Kind("memory.gradientsBytes", "gradients", .bytes),
    Kind("memory.optimizerBytes", "optimizer state", .bytes), Kind("memory.datasetBytes", "data set", .bytes),
    Kind("memory.planBytes", "plan", .bytes),
    Kind("memory.process.plannedPeakBytes", "process peak, planned", .bytes),
    Kind("memory.process.measuredPeakBytes", "process peak, measured", .bytes, isGuarded: true),
    Kind("schedule.stages", "stages", .count), Kind("schedule.forwardExecutions", "executions", .count),
    Kind("schedule.recomputedExecutions", "  recomputed", .count),
    Kind("schedule.elidedExecutions", "  left out", .count),
    Kind("schedule.partialExecutions", "  products in blocks", .count),
    Kind("training.iterations", "iterations trained", .count), Kind("training.initialLoss", "loss at first", .loss),
    Kind("training.finalLoss", "loss at last", .loss),
  ]

  private static func collectDifferences(
    _ path: String, _ first: JSONValue?, _ second: JSONValue?, into differences: inout [Difference]
  ) {
    // Iterative: a document nests as deep as its writer liked.
    var pending = [(path, first, second)]
    while let (path, first, second) = pending.popLast() {
      if first == second { continue }
      if let first = first?.members, let second = second?.members {
        var names = first.map(\.name)
        names += second.map(\.name).filter { !names.contains($0) }
        for name in names.reversed() {
          pending.append(
            ("\(path).\(name)", first.first { $0.name == name }?.value, second.first { $0.name == name }?.value))
        }
      } else if let first = first?.elements, let second = second?.elements, first.count == second.count {
        for index in first.indices.reversed() { pending.append(("\(path).\(index)", first[index], second[index])) }
      } else {
        differences.append(Difference(path: path, first: first, second: second))
      }
    }
  }

  /// A warning where the slowest iteration took half as long again as the median, or the median rests on few.
  private static func warning(of document: JSONValue, name: String) -> String? {
    guard let time = document.value(at: "time.iterationSeconds"), let median = time["median"]?.doubleValue,
      let maximum = time["maximum"]?.doubleValue, let count = time["count"]?.integerValue
    else { return nil }
    if count < 5 { return "\(name) measured \(counted(count, "iteration")) only: its times are not to be relied upon" }
    guard maximum > 1.5 * median else { return nil }
    return "\(name) was measured on a noisy machine: its slowest iteration took \(fixed(maximum / median, 1)) medians"
  }
}

extension JSONValue {
  /// The member at a path of names and indices joined by dots.
  package func value(at path: String) -> JSONValue? {
    var value = self
    for step in path.split(separator: ".") {
      guard let next = value[String(step)] ?? Int(step).flatMap({ value[$0] }) else { return nil }
      value = next
    }
    return value
  }
}
