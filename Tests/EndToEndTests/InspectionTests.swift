import Configuration
import SystemCalls
import TestSupport
import Testing

/// `check`, `explain` and `compare`, as users run them.
@Suite(.serialized) struct InspectionTests {
  @Test func checkPassesOnTheExampleAndSaysWhatWasRecomputed() throws {
    let run = try Program.run(["check", "--config", Program.configuration("tiny"), "--entries", "2"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output.contains("\npassed: 36 entries of 18 parameters, "))
    #expect(run.output.contains("\noptimal min "))
    let sqrt = run.output.split(separator: "\n").first { $0.hasPrefix("sqrt ") }
    let words = sqrt?.split(separator: " ") ?? []
    #expect(words.count == 8 && words[1] == "15" && (Int(words[2]) ?? 0) > 0 && words.last == "identical", "\(words)")
    for line in run.output.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
  }

  @Test func explainDerivesTheNeuron() throws {
    let run = try Program.run(["explain", "--config", Program.configuration("neuron")])
    #expect(run.exitCode == 0, "\(run.errors)")
    let order = [
      "  u = w x + b", "  h = sigmoid(u)", "  L = (h - y)² / 2", "  dL/dh = h - y", "  dL/du = dL/dh · h (1 - h)",
      "  dL/dw = dL/du · x", "  dL/db = dL/du ", "dL/du is computed once and read 2 times, for dL/dw and dL/db",
    ]
    var rest = run.output[...]
    for line in order {
      let found = rest.firstRange(of: "\n" + line)
      #expect(found != nil, "\(line) is missing or out of order in\n\(run.output)")
      if let found { rest = rest[found.upperBound...] }
    }
    let drawing = try Program.run(["explain", "--config", Program.configuration("neuron"), "--format", "dot"])
    #expect(drawing.exitCode == 0 && drawing.output.hasPrefix("digraph explanation {\n"))
  }

  /// Where threads have rows of their own every strategy is held to keep-all on as many threads.
  @Test(arguments: [["--checkpoint", "segments:3"], ["--activation-budget", "75%"]])
  func checkDividesRowsAsTrainingDoes(options: [String]) throws {
    let run = try Program.run(
      ["check", "--config", Program.configuration("tiny"), "--threads", "2", "--json"] + options)
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  /// Whatever training computes or keeps its values in.
  @Test(arguments: ["precision=bfloat16", "storage=bfloat16"])
  func explainComputesInFloat64(setting: String) throws {
    let explain = ["explain", "--config", Program.configuration("neuron"), "--json", "--set"]
    let plain = try Program.run(explain + ["precision=float32"])
    let run = try Program.run(explain + ["precision=float32", "--set", setting])
    #expect(run.exitCode == 0, "\(run.errors)")
    let texts = try [plain, run].map { try JSONValue(parsing: Array($0.output.utf8), fileName: "standard output") }
    #expect(texts[1]["explanation"]?["forward"] != nil)
    #expect(texts[1]["explanation"]?["forward"] == texts[0]["explanation"]?["forward"])
  }

  @Test func explainRefusesALargeNetworkAndAnUnknownFormat() throws {
    let large = try Program.run(["explain", "--config", Program.configuration("deep-plain")])
    #expect(large.exitCode == 78)
    #expect(large.errors.contains("at most 8192 numbers in 400 nodes are shown"))
    #expect(
      try Program.run(["explain", "--config", Program.configuration("neuron"), "--format", "svg"]).exitCode == 64)
  }

  @Test func compareTellsARegressionByItsExitCode() throws {
    let folder = try TemporaryFolder()
    let (keepAll, sqrt) = (folder.path + "/none.json", folder.path + "/sqrt.json")
    for (strategy, path) in [("none", keepAll), ("sqrt", sqrt)] {
      let run = try Program.run(
        ["plan", "--config", Program.configuration("tiny"), "--checkpoint", strategy, "--report", path, "--quiet"])
      #expect(run.exitCode == 0, "\(run.errors)")
    }
    #expect(
      try Program.run(["compare", keepAll, sqrt, "--threshold", "1%"]).exitCode == 0, "less memory is no regression")
    let worse = try Program.run(["compare", sqrt, keepAll, "--threshold", "1%"])
    #expect(worse.exitCode == 1)
    #expect(worse.output.contains("activation peak, planned") && worse.output.contains("WORSE"))
    #expect(worse.output.contains("config.checkpoint"))
    #expect(try Program.run(["compare", sqrt, keepAll]).exitCode == 0, "nothing is judged without a threshold")
  }

  @Test func compareRefusesWhatIsNoReport() throws {
    let folder = try TemporaryFolder()
    let broken = try folder.write("{ \"formatVersion\": ", as: "broken.json")
    let other = try folder.write("{}", as: "other.json")
    #expect(try Program.run(["compare", folder.path + "/missing.json", other]).exitCode == 66)
    #expect(try Program.run(["compare", broken, other]).exitCode == 65)
    #expect(try Program.run(["compare", other, other]).exitCode == 65)
    #expect(try Program.run(["compare", other]).exitCode == 64)
    #expect(try Program.run(["compare", other, other, "--threshold", "much"]).exitCode == 64)
  }

  @Test func compareTellsFiguresThatNoMemoryHas() throws {
    let folder = try TemporaryFolder()
    let report = try Program.run(["--config", Program.configuration("tiny"), "--iterations", "2", "--json"]).output
    let usual = try folder.write(report, as: "usual.json")
    var document = try JSONValue(parsing: Array(report.utf8), fileName: "report")
    let measured = try #require(document["memory"]?["process"]?["measuredPeakBytes"]?.integerValue)
    document = try JSONValue(
      parsing: Array(report.replacing("\(measured)", with: "1e30").utf8), fileName: "report")
    let other = try folder.write(document.text(.pretty), as: "other.json")
    let run = try Program.run(["compare", usual, other])
    #expect(run.exitCode == 0 && run.output.contains("1.0000e30"), "\(run.errors)")
  }

  @Test func doctorFindsNothingWrongAndSaysWhatThereIs() throws {
    let run = try Program.run(["doctor", "--json"])
    try #require(run.exitCode == 0, "\(run.errors)")
    let document = try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
    #expect(document["check"]?["passed"] == true)
    let recomputed = document["check"]?["strategies"]?.elements?.compactMap { $0["recomputedProducts"]?.integerValue }
    #expect((recomputed ?? []).contains { $0 > 0 })
    #expect(try #require(document["memory"]?["totalBytes"]?.integerValue) > 1 << 26)
    #expect(document["machine"]?["threads"]?.integerValue ?? 0 >= 1)
    // By whether other tests run just now.
    #expect(["GOMP_SPINCOUNT=1000", "GOMP_SPINCOUNT=30000"].contains(document["waitingThreads"]?.stringValue))
    let alone = try Program.run(["doctor", "--threads", "1"], environment: ["OMP_WAIT_POLICY": "passive"])
    #expect(alone.output.contains("waiting ones do as OMP_WAIT_POLICY=passive says"))
    #expect(alone.exitCode == 0 && alone.output.contains("all kernels compute right here"))
  }
}
