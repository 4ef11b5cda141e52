import Profiling
import Reporting
import Testing

/// Times that other work has spoilt are said to be so.
@Suite struct NoiseTests {
  static let cases: [(name: String, seconds: [Double], isNoisy: Bool)] = [
    ("quiet", [1, 1.01, 1.02, 1.05, 1.2], false), ("one straggler", [1, 1, 1, 1, 9], false),
    ("half of them slow", [1, 1.4, 1.5, 1.6, 2], true), ("too few to tell", [1, 2, 3], false),
  ]

  @Test(arguments: cases) func aProfileWarnsOfANoisyMachine(name: String, seconds: [Double], isNoisy: Bool) throws {
    var report = try SampleReports.trained()
    let quiet = try #require(report.time)
    let iteration = try #require(Distribution(of: seconds.map { $0 * 0.004 }))
    report.time = TimeProfile(
      forward: quiet.forward, backward: quiet.backward, recompute: quiet.recompute, update: quiet.update,
      iteration: iteration, stageForwardSeconds: quiet.stageForwardSeconds,
      stageBackwardSeconds: quiet.stageBackwardSeconds)
    let table = profileTable(of: report)
    #expect(
      table.contains("\nNOISY: half of the iterations took over 50 % longer than the fastest") == isNoisy, "\(name)")
    for line in table.split(separator: "\n") where !line.hasPrefix("parameters sha256:") { #expect(line.count <= 80) }
  }
}
