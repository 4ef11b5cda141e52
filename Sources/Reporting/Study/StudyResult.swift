package import Configuration

/// A study as far as it has come.
package struct StudyResult: Sendable {
  package var version: String
  package var machine: JSONValue
  /// The resolved configuration, before settings of the grid.
  package var configuration: JSONValue
  package var conditions: StudyConditions
  /// Nil of a whole study.
  package var shard: StudyShard?
  /// A digest of all points of the whole study: shards that belong together have it in common.
  package var key: String
  package var rows: [StudyRow]

  package init(
    version: String, machine: JSONValue, configuration: JSONValue, conditions: StudyConditions, shard: StudyShard?,
    key: String, rows: [StudyRow]
  ) {
    self.version = version
    self.machine = machine
    self.configuration = configuration
    self.conditions = conditions
    self.shard = shard
    self.key = key
    self.rows = rows
  }

  /// Rows at one combination of the grid's values.
  package struct Group: Sendable {
    package var label: String
    package var rows: [StudyRow]

    /// The row that keeps everything, which others are compared with.
    package var keepAll: StudyRow? { rows.first { $0.point.strategy == "none" && $0.status == .measured } }
  }

  package var groups: [Group] {
    var groups: [Group] = []
    for row in rows {
      let label = row.point.settingsLabel
      if let index = groups.firstIndex(where: { $0.label == label }) {
        groups[index].rows.append(row)
      } else {
        groups.append(Group(label: label, rows: [row]))
      }
    }
    return groups
  }

  /// Whether every run that fits was measured and no promise is broken.
  package var holds: Bool { violations.isEmpty && !rows.contains { $0.status == .failed } }

  /// Broken promises among the measured rows, as sentences: a peak that is not the planned one, parameters that differ
  /// between strategies.
  package var violations: [String] {
    var sentences: [String] = []
    for group in groups {
      let at = group.label.isEmpty ? "" : " at \(group.label)"
      for row in group.rows {
        for run in row.runs where run.status == .measured {
          let planned = run.report.value(at: "memory.activations.plannedPeakBytes")?.integerValue
          let measured = run.report.value(at: "memory.activations.measuredPeakBytes")?.integerValue
          if planned != measured {
            sentences.append(
              "\(row.point.label)\(at): the arena's peak was \(measured ?? -1) bytes where \(planned ?? -1) were planned"
            )
          }
        }
      }
      // By size of micro-batches, which a configuration may leave to the budget and which decide how sums are rounded.
      var expected: [Int: (label: String, digest: String)] = [:]
      for row in group.rows {
        for run in row.runs {
          guard let digest = run.report.value(at: "training.parametersDigest")?.stringValue else { continue }
          // What is rounded while it is kept depends on the schedule, and only runs under the same one are equal.
          let isRounded = run.report.value(at: "memory.activations.roundedWhileKept")?.boolValue == true
          let rows = run.report.value(at: "batch.microBatchRows")?.integerValue ?? 0
          let first = isRounded ? row.firstDigest(microBatchRows: rows).map { (row.point.label, $0) } : expected[rows]
          if let first, first.1 != digest {
            let other = first.0 == row.point.label ? "in another run" : "under \(first.0)"
            sentences.append("\(row.point.label)\(at): other parameters after training than \(other)")
            break
          }
          expected[rows] = expected[rows] ?? (row.point.label, digest)
        }
      }
    }
    return sentences
  }
}
