import Configuration
import Reporting
import Testing

@Suite struct ComparisonTests {
  private static func report(
    iteration: Double? = 0.1, activations: Int = 1000, process: Int? = 50_000, batchSize: Int = 32, count: Int = 9
  ) -> JSONValue {
    let time: JSONValue =
      iteration.map {
        ["median": .number($0), "minimum": .number($0), "maximum": .number(1.1 * $0), "count": .integer(count)]
      } ?? .null
    return [
      "formatVersion": 1, "command": "train", "config": ["name": "n", "training": ["batchSize": .integer(batchSize)]],
      "schedule": ["strategy": "sqrt", "forwardExecutions": 28], "time": ["iterationSeconds": time],
      "memory": [
        "activations": ["plannedPeakBytes": .integer(activations), "measuredPeakBytes": .integer(activations)],
        "process": ["measuredPeakBytes": process.map { .integer($0) } ?? .null],
      ],
    ]
  }

  private static func compare(
    _ first: JSONValue, _ second: JSONValue, threshold: Double? = 0.05
  ) throws -> ReportComparison {
    try ReportComparison(first, second, threshold: threshold)
  }

  @Test func equalReportsHaveNoRegressionAndNoDifference() throws {
    let comparison = try Self.compare(Self.report(), Self.report())
    #expect(comparison.regressions.isEmpty && comparison.differences.isEmpty && comparison.warnings.isEmpty)
  }

  @Test(arguments: [
    (0.104, 1000, 50_000, []), (0.106, 1000, 50_000, ["time.iterationSeconds.median"]),
    (0.01, 1051, 50_000, ["memory.activations.plannedPeakBytes", "memory.activations.measuredPeakBytes"]),
    (0.1, 1000, 52_501, ["memory.process.measuredPeakBytes"]),
  ])
  func growthPastTheThresholdIsARegression(
    seconds: Double, activations: Int, process: Int, expected: [String]
  ) throws {
    let comparison = try Self.compare(
      Self.report(), Self.report(iteration: seconds, activations: activations, process: process))
    #expect(comparison.regressions.map(\.path) == expected)
  }

  @Test func withoutAThresholdNothingIsARegression() throws {
    #expect(try Self.compare(Self.report(), Self.report(iteration: 9), threshold: nil).regressions.isEmpty)
  }

  @Test func whatIsNotMeasuredIsNotJudged() throws {
    let comparison = try Self.compare(Self.report(iteration: nil, process: nil), Self.report())
    #expect(comparison.regressions.isEmpty)
    #expect(comparison.figures.first { $0.path == "time.iterationSeconds.median" }?.first == nil)
  }

  @Test func somethingFromNothingIsARegression() throws {
    #expect(try Self.compare(Self.report(activations: 0), Self.report()).regressions.count == 2)
  }

  @Test func differingConfigurationsAreListed() throws {
    let comparison = try Self.compare(Self.report(), Self.report(batchSize: 64))
    #expect(
      comparison.differences == [
        ReportComparison.Difference(path: "config.training.batchSize", first: 32, second: 64)
      ])
    #expect(
      comparisonTable(of: comparison, names: ("a", "b")).contains("  config.training.batchSize           32"))
  }

  @Test func fewIterationsAreWarnedOf() throws {
    let comparison = try Self.compare(Self.report(), Self.report(count: 3))
    #expect(comparison.warnings == ["B measured 3 iterations only: its times are not to be relied upon"])
  }

  @Test(arguments: [
    ("{}", "formatVersion is missing where 1 is needed"), ("[1]", "formatVersion is missing"),
    (#"{"formatVersion": 2}"#, "formatVersion is 2 where 1 is needed"),
    (#"{"formatVersion": 1, "memory": {}}"#, "one of schedule, memory and time is missing"),
    (#"{"formatVersion": 1, "error": {"code": 69, "message": "too small"}}"#, "a run that failed: too small"),
  ])
  func whatIsNoReportIsRefused(text: String, sentence: String) throws {
    let document = try JSONValue(parsing: Array(text.utf8), fileName: "f")
    #expect {
      try ReportComparison.check(document)
    } throws: { error in
      "\(error)".contains(sentence)
    }
  }

  @Test func tablesFitAHundredColumns() throws {
    let long: JSONValue = .string(String(repeating: "long ", count: 100))
    var second = Self.report()
    second = .object((second.members ?? []) + [JSONMember("version", long)])
    let table = comparisonTable(of: try Self.compare(Self.report(), second), names: ("a", "b"))
    for line in table.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
  }
}
