import Configuration
import Testing

@Suite(.serialized) struct TrainingTests {
  /// The line of the table that has the digest of all parameters.
  private func digest(of run: Program.Run) -> Substring? {
    run.output.split(separator: "\n").first { $0.hasPrefix("parameters sha256:") }
  }

  @Test func everyScheduleEndsWithTheSameParameters() throws {
    let tiny = Program.configuration("tiny")
    let keepAll = try Program.run(["--config", tiny, "--checkpoint", "none"])
    #expect(keepAll.exitCode == 0, "\(keepAll.errors)")
    let expected = try #require(digest(of: keepAll))
    for strategy in ["sqrt", "segments:2", "every:4"] {
      let run = try Program.run(["--config", tiny, "--checkpoint", strategy, "--verify"])
      #expect(run.exitCode == 0, "\(run.errors)")
      #expect(digest(of: run) == expected, "\(strategy)")
      #expect(!run.output.contains("\n0 of them recomputed"), "\(strategy)")
    }
  }

  /// 0.1 of 1000 samples validate; 900 make 18 batches of 50 rows, each 16 + 16 + 16 + 2.
  @Test func everyScheduleOfMicroBatchesEndsWithTheSameParameters() throws {
    let tiny = Program.configuration("tiny")
    let split = ["--config", tiny, "--set", "training.microBatchSize=16", "--verify"]
    let keepAll = try Program.run(split + ["--checkpoint", "none"])
    #expect(keepAll.exitCode == 0, "\(keepAll.errors)")
    #expect(keepAll.output.contains("for each of 4 micro-batches"))
    let expected = try #require(digest(of: keepAll))
    for strategy in ["sqrt", "every:4"] {
      let run = try Program.run(split + ["--checkpoint", strategy])
      #expect(run.exitCode == 0, "\(run.errors)")
      #expect(digest(of: run) == expected, "\(strategy)")
      #expect(!run.output.contains("\n0 of them recomputed"), "\(strategy)")
    }
    #expect(try digest(of: Program.run(["--config", tiny, "--checkpoint", "none"])) != expected)
  }

  /// Handwritten digits by a residual network of over 60 linear layers: as good as without recomputation, to the bit.
  @Test func theDeepNetworkLearnsDigitsUnderEverySchedule() throws {
    func training(_ strategy: String) throws -> (accuracy: Double, digest: String, recomputed: Int) {
      let run = try Program.run([
        "--config", Program.configuration("deep"), "--checkpoint", strategy, "--json", "--quiet",
      ])
      try #require(run.exitCode == 0, "\(run.errors)")
      let document = try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
      let epoch = try #require(document["training"]?["epochs"]?.elements?.last)
      return (
        try #require(epoch["validationAccuracy"]?.doubleValue),
        try #require(document["training"]?["parametersDigest"]?.stringValue),
        try #require(document["schedule"]?["recomputedExecutions"]?.integerValue)
      )
    }
    let keepAll = try training("none")
    let sqrt = try training("sqrt")
    #expect(keepAll.accuracy >= 0.97 && sqrt.accuracy >= 0.97)
    #expect(keepAll.digest == sqrt.digest)
    #expect(keepAll.recomputed == 0 && sqrt.recomputed > 0)
  }

  @Test func aMissingFileIsExitCode66AndAWrongOptionIs64() throws {
    #expect(try Program.run(["--config", "/nowhere.json"]).exitCode == 66)
    #expect(try Program.run(["--nonsense"]).exitCode == 64)
  }
}
