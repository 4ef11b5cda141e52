import Configuration
import Testing

/// Activations that are rounded to bfloat16 while they are kept, as users meet them.
@Suite(.serialized) struct RoundedStorageTests {
  private static let rounded = ["--config", Program.configuration("tiny"), "--set", "storage=bfloat16"]

  private func report(_ run: Program.Run) throws -> JSONValue {
    try #require(run.exitCode == 0, "\(run.errors)")
    return try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
  }

  @Test func runsRepeatInFewerBytesAndSayWhatTheyDo() throws {
    let plain = try report(Program.run(["--config", Program.configuration("tiny"), "--quiet", "--json"]))
    for strategy in ["none", "sqrt"] {
      let runs = try (0..<2).map { _ in
        try report(Program.run(Self.rounded + ["--checkpoint", strategy, "--verify", "--json", "--quiet"]))
      }
      let memory = try #require(runs[0]["memory"]?["activations"])
      #expect(memory["roundedWhileKept"] == true && plain["memory"]?["activations"]?["roundedWhileKept"] == false)
      #expect(memory["plannedPeakBytes"] == memory["measuredPeakBytes"])
      #expect(
        try #require(memory["keepAllBytes"]?.integerValue)
          < #require(plain["memory"]?["activations"]?["keepAllBytes"]?.integerValue))
      #expect(runs[0]["training"]?["parametersDigest"] == runs[1]["training"]?["parametersDigest"])
      #expect(runs[0]["training"]?["parametersDigest"] != plain["training"]?["parametersDigest"])
      let (loss, expected) = (runs[0]["training"]?["finalLoss"], plain["training"]?["finalLoss"])
      #expect(
        try abs(#require(loss?.doubleValue) - #require(expected?.doubleValue)) <= 0.02 * #require(expected?.doubleValue)
      )
    }
    let table = try Program.run(Self.rounded + ["--progress", "none"])
    #expect(table.exitCode == 0 && table.output.contains("  kept in bfloat16: gradients are near those of float32"))
  }

  @Test func checkComparesEachStrategyWithItself() throws {
    let run = try Program.run(["check"] + Self.rounded + ["--entries", "1"])
    #expect(run.exitCode == 0, "\(run.output)\(run.errors)")
    #expect(run.output.contains("strategies against a second run, as activations are kept in bfloat16,"))
  }
}
