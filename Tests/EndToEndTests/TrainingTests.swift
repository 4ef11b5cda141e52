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

  /// The same in bfloat16: as good to half a percent, the arena half as large, and every schedule the same bits.
  @Test func theDeepNetworkLearnsDigitsInBFloat16() throws {
    func training(
      _ precision: String, _ strategy: String, _ more: [String] = [], environment: [String: String] = [:]
    ) throws -> JSONValue {
      let run = try Program.run(
        [
          "--config", Program.configuration("deep"), "--set", "precision=\(precision)", "--checkpoint", strategy,
          "--json", "--quiet",
        ] + more, environment: environment)
      try #require(run.exitCode == 0, "\(run.errors)")
      return try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
    }
    func digest(_ report: JSONValue) throws -> String {
      try #require(report["training"]?["parametersDigest"]?.stringValue)
    }
    func bytes(_ report: JSONValue, _ key: String) throws -> Int {
      try #require(report["memory"]?["activations"]?[key]?.integerValue)
    }
    let keepAll = try training("bfloat16", "none")
    let sqrt = try training("bfloat16", "sqrt")
    let epoch = try #require(keepAll["training"]?["epochs"]?.elements?.last)
    #expect(try #require(epoch["validationAccuracy"]?.doubleValue) >= 0.96)
    #expect(try digest(keepAll) == digest(sqrt))
    #expect(try #require(sqrt["schedule"]?["recomputedExecutions"]?.integerValue) > 0)
    for report in [keepAll, sqrt] {
      #expect(try bytes(report, "plannedPeakBytes") == bytes(report, "measuredPeakBytes"))
    }
    let few = ["--iterations", "5", "--verify"]
    let single = try training("float32", "none", few)
    // Half the activations; where products are widened to float32, with a workspace for that.
    let instructionSet = try #require(keepAll["machine"]?["instructionSet"]?.stringValue)
    let percent = ["AVX-512 BF16", "AVX-512 AMX"].contains(instructionSet) ? 53 : 57
    #expect(try 100 * bytes(keepAll, "plannedPeakBytes") <= percent * bytes(single, "plannedPeakBytes"))
    // Processors without the instructions widen to float32: other bits, the same laws.
    for instructionSet in ["AVX2", "AVX512_CORE"] {
      let limited = ["ONEDNN_MAX_CPU_ISA": instructionSet]
      let widened = try training("bfloat16", "none", few, environment: limited)
      let recomputed = try training("bfloat16", "sqrt", few, environment: limited)
      #expect(try digest(widened) == digest(recomputed), "\(instructionSet)")
      #expect(try digest(widened) != digest(single))
    }
  }

  @Test func bfloat16SaysWhereItIsNotFaster() throws {
    let arguments = ["plan", "--config", Program.configuration("tiny"), "--set", "precision=bfloat16"]
    let sentence = "bptrain: AVX2 does not multiply bfloat16; products are widened to float32"
    let limited = ["ONEDNN_MAX_CPU_ISA": "AVX2"]
    #expect(try Program.run(arguments, environment: limited).errors.contains(sentence))
    #expect(try !Program.run(arguments + ["--quiet"], environment: limited).errors.contains(sentence))
    let single = Array(arguments.dropLast(2))
    #expect(try !Program.run(single, environment: limited).errors.contains("bfloat16"))
  }

  @Test func aMissingFileIsExitCode66AndAWrongOptionIs64() throws {
    #expect(try Program.run(["--config", "/nowhere.json"]).exitCode == 66)
    #expect(try Program.run(["--nonsense"]).exitCode == 64)
  }
}
