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

  @Test func aMissingFileIsExitCode66AndAWrongOptionIs64() throws {
    #expect(try Program.run(["--config", "/nowhere.json"]).exitCode == 66)
    #expect(try Program.run(["--nonsense"]).exitCode == 64)
  }
}
