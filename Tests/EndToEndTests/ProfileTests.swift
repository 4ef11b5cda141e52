import Configuration
import SystemCalls
import TestSupport
import Testing

/// What the report says of the configurations that come with the project, and what the operating system says.
@Suite(.serialized) struct ProfileTests {
  private func report(_ arguments: [String]) throws -> (document: JSONValue, run: Program.Run) {
    let run = try Program.runMeasured(arguments + ["--json", "--quiet"])
    try #require(run.exitCode == 0, "\(arguments): \(run.errors)")
    return (try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output"), run)
  }

  private func integer(_ value: JSONValue?, _ path: String) throws -> Int {
    let found = path.split(separator: ".").reduce(value) { $0?[String($1)] }
    return try #require(found?.integerValue, "\(path)")
  }

  static let strategies = ["none", "sqrt", "segments:3", "every:7", "recursive", "revolve:4", "mixed:6", "greedy:20%"]

  /// The arena's planned peak is the measured one and what the kernel counts of its pages; the process's peak is the
  /// operating system's own.
  @Test(arguments: ["tiny", "deep", "deep-plain"])
  func plannedIsMeasured(name: String) throws {
    let configuration = Program.configuration(name)
    for strategy in name == "deep-plain" ? ["none", "sqrt"] : Self.strategies {
      let (document, run) = try report(
        ["--config", configuration, "--checkpoint", strategy, "--iterations", "1"])
      let planned = try integer(document, "memory.activations.plannedPeakBytes")
      #expect(try integer(document, "memory.activations.measuredPeakBytes") == planned, "\(strategy)")
      #expect(try integer(document, "memory.activations.lowerBoundBytes") <= planned, "\(strategy)")
      let resident = try integer(document, "memory.activations.residentBytes")
      #expect(resident >= planned && resident < planned + 4096, "\(strategy): \(resident) of \(planned)")
      if strategy == "none" {
        #expect(try integer(document, "memory.activations.keepAllBytes") == planned)
        #expect(try integer(document, "schedule.recomputedExecutions") == 0)
      } else {
        #expect(try integer(document, "schedule.recomputedExecutions") > 0, "\(strategy)")
      }
      let peak = try integer(document, "memory.process.measuredPeakBytes")
      // The report is written after it has been made, and the kernel counts pages a thread at a time.
      #expect(abs(run.peakResidentBytes - peak) < 8 << 20, "\(strategy)")
      #expect(peak > planned)
      let plan = try report(["plan", "--config", configuration, "--checkpoint", strategy]).document
      #expect(plan["memory"]?["activations"]?["measuredPeakBytes"] == .null)
      #expect(try integer(plan, "schedule.forwardExecutions") == integer(document, "schedule.forwardExecutions"))
    }
  }

  /// Program, libraries, generated code and threads, with next to no data and network.
  @Test func theProcessAloneIsSmall() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      """
      { "data": { "type": "synthetic", "samples": 8, "features": 2, "outputs": 1 },
        "model": { "layers": [ { "type": "linear", "units": 2 }, { "type": "relu" }, { "type": "linear", "units": 1 } ] },
        "training": { "batchSize": 4 }, "threads": 2 }
      """, as: "c.json")
    for precision in ["float32", "bfloat16"] {
      let (document, run) = try report(["--config", path, "--set", "precision=\(precision)"])
      #expect(try integer(document, "machine.threads") == 2)
      #expect(run.peakResidentBytes <= 40 << 20, "\(precision): \(run.peakResidentBytes)")
    }
  }

  /// 100 linear layers of equal width: the figures of the README.
  @Test func sqrtOfAHundredStages() throws {
    let configuration = Program.configuration("deep-plain")
    let keepAll = try report(["--config", configuration, "--checkpoint", "none", "--iterations", "8"]).document
    let sqrt = try report(["--config", configuration, "--checkpoint", "sqrt", "--iterations", "8"]).document
    #expect(try integer(keepAll, "schedule.forwardExecutions") == 100)
    #expect(try integer(sqrt, "schedule.forwardExecutions") == 190)
    #expect(try integer(sqrt, "schedule.recomputedExecutions") == 90)
    #expect(try integer(sqrt, "schedule.stages") == 100)
    // On a plain chain the layout is as low as its lower bound.
    for document in [keepAll, sqrt] {
      #expect(
        try integer(document, "memory.activations.plannedPeakBytes")
          == integer(document, "memory.activations.lowerBoundBytes"))
    }
    let kept = try integer(keepAll, "memory.activations.plannedPeakBytes")
    let peak = try integer(sqrt, "memory.activations.plannedPeakBytes")
    #expect(Double(peak) <= 0.22 * Double(kept), "\(peak) of \(kept): 78 % less")
    #expect(
      sqrt["training"]?["parametersDigest"]?.stringValue == keepAll["training"]?["parametersDigest"]?.stringValue)
    for (name, document) in [("none", keepAll), ("sqrt", sqrt)] {
      print("deep-plain, \(name): backward/forward \(document["time"]?["backwardForwardRatio"] ?? .null)")
    }
  }

  /// A thousand stages: about 62 units of memory, and executions as the schedule prescribes.
  @Test func aThousandStages() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      {
        "data": { "type": "synthetic", "samples": 64, "features": 16, "outputs": 16 },
        "model": { "layers": [
          { "type": "repeat", "count": 999, "layers": [ { "type": "linear", "units": 16 }, { "type": "relu" } ] },
          { "type": "linear", "units": 16 } ] },
        "loss": "meanSquaredError", "training": { "batchSize": 64 }
      }
      """, as: "c.json")
    let configuration = folder.path + "/c.json"
    let keepAll = try report(["--config", configuration, "--iterations", "1"]).document
    let sqrt = try report(["--config", configuration, "--checkpoint", "sqrt", "--iterations", "1"]).document
    // 32 segments: 8 of 32 stages, then 24 of 31.
    #expect(try integer(sqrt, "schedule.forwardExecutions") == 2000 - 31)
    #expect(
      try integer(sqrt, "memory.activations.plannedPeakBytes") * 100
        < integer(keepAll, "memory.activations.plannedPeakBytes") * 8)
    #expect(
      sqrt["training"]?["parametersDigest"]?.stringValue == keepAll["training"]?["parametersDigest"]?.stringValue)
  }

  @Test func tenThousandStagesTrainWithoutAStackOverflow() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      {
        "data": { "type": "synthetic", "samples": 4, "features": 4, "outputs": 4 },
        "model": { "layers": [
          { "type": "repeat", "count": 9999, "layers": [ { "type": "linear", "units": 4 }, { "type": "tanh" } ] },
          { "type": "linear", "units": 4 } ] },
        "loss": "meanSquaredError", "training": { "batchSize": 4 }
      }
      """, as: "c.json")
    let document = try report(
      ["--config", folder.path + "/c.json", "--checkpoint", "sqrt", "--iterations", "2"]
    ).document
    #expect(try integer(document, "schedule.forwardExecutions") == 20_000 - 100)
    #expect(
      try integer(document, "memory.activations.plannedPeakBytes")
        == integer(document, "memory.activations.measuredPeakBytes"))
  }
}
