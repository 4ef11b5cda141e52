import Configuration
import Reporting
import TestSupport
import Testing
import Training

/// What a run prints and writes, character by character: a change of it is a change for everyone who reads it.
@Suite struct GoldenReportTests {
  @Test func tableOfARun() throws {
    try expectGolden(profileTable(of: SampleReports.trained()), "trained.txt")
  }

  @Test func documentOfARun() throws {
    try expectGolden(document(of: SampleReports.trained()).text(.pretty) + "\n", "trained.json")
  }

  @Test func historyOfARun() throws {
    let training = try #require(SampleReports.trained().training)
    try expectGolden(historyLines(training.epochs), "history.jsonl")
  }

  @Test func tableOfDividedMicroBatches() throws {
    try expectGolden(profileTable(of: SampleReports.divided()), "divided.txt")
  }

  @Test func textOfAPlan() throws {
    let report = try SampleReports.planned()
    let details = try #require(report.plan)
    try expectGolden(planText(of: report, details, width: 100, colour: false), "planned.txt")
  }

  @Test func documentOfAPlan() throws {
    try expectGolden(document(of: SampleReports.planned()).text(.pretty) + "\n", "planned.json")
  }

  @Test func documentOfAFailure() throws {
    let failures = [
      errorDocument(code: 65, message: "a.json:1:2: \"quoted\"", minimumFeasibleBytes: nil),
      errorDocument(code: 69, message: "4 KiB are too few", minimumFeasibleBytes: 8192),
    ]
    try expectGolden(failures.map { $0.text(.pretty) + "\n" }.joined(), "failures.json")
  }

  /// But for the digest, which nobody would want cut.
  @Test func tablesFitEightyColumns() throws {
    for report in [try SampleReports.trained(), try SampleReports.divided()] {
      for line in profileTable(of: report).split(separator: "\n") where !line.hasPrefix("parameters sha256:") {
        #expect(line.count <= 80, "\(line)")
      }
    }
  }

  private func expectGolden(_ text: String, _ name: String, at location: SourceLocation = #_sourceLocation) throws {
    let difference = try differenceFromGolden(text, "Golden/\(name)")
    #expect(difference == nil, sourceLocation: location)
  }
}
