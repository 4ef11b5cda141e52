package import Configuration

/// One process of a study and what it left behind; kept in a file of its own, so that it is never measured again.
package struct StudyRun: Hashable, Sendable {
  package var key: String
  /// The first is 0.
  package var round: Int
  package var exitCode: Int
  /// From start to end, planning and loading included.
  package var wallSeconds: Double
  /// The document that the process wrote: a report, or that of a failure.
  package var report: JSONValue

  package init(
    key: String, round: Int, exitCode: Int, wallSeconds: Double, report: JSONValue
  ) {
    self.key = key
    self.round = round
    self.exitCode = exitCode
    self.wallSeconds = wallSeconds
    self.report = report
  }

  /// The name of its file in the study's folder of runs.
  package var fileName: String { StudyRun.fileName(key: key, round: round) }

  package static func fileName(key: String, round: Int) -> String { "\(key)-\(round).json" }

  package var document: JSONValue {
    [
      "formatVersion": 1, "key": .string(key), "round": .integer(round), "exitCode": .integer(exitCode),
      "wallSeconds": .number(wallSeconds), "report": report,
    ]
  }

  /// Reads a file of the folder of runs; nil where it is none.
  package init?(document: JSONValue) {
    guard document["formatVersion"] == 1, let key = document["key"]?.stringValue,
      let round = document["round"]?.integerValue, let exitCode = document["exitCode"]?.integerValue,
      let seconds = document["wallSeconds"]?.doubleValue,
      let report = document["report"]
    else { return nil }
    self.init(
      key: key, round: round, exitCode: exitCode, wallSeconds: seconds, report: report)
  }

  /// What became of it.
  package var status: StudyStatus {
    switch exitCode {
    case 0: .measured
    case 69: .infeasible
    default: .failed
    }
  }

  /// The sentence of a failure.
  package var message: String? { report.value(at: "error.message")?.stringValue }
}

/// What became of a point.
package enum StudyStatus: String, Hashable, Sendable, CaseIterable {
  case measured
  /// No schedule fits into the budget.
  case infeasible
  case failed
  /// Not every run has been made yet.
  case pending
}
