import Configuration
import SystemCalls
import TestSupport
import Testing

/// What planning takes stages to cost, as users meet it. No second is asserted.
@Suite(.serialized) struct CostTests {
  static let network = """
    {
      "data": { "type": "synthetic", "samples": 64, "features": 24, "task": "regression", "outputs": 4 },
      "model": { "layers": [
        { "type": "repeat", "count": 12, "layers": [ { "type": "linear", "units": 24 }, { "type": "gelu" } ] },
        { "type": "linear", "units": 4 } ] },
      "loss": "meanSquaredError",
      "optimizer": { "type": "adam", "learningRate": 0.001 },
      "training": { "epochs": 1, "batchSize": 32 },
      "checkpoint": "optimal", "activationBudget": "50%"
    }
    """

  let folder: TemporaryFolder
  let config: String

  init() throws {
    folder = try TemporaryFolder()
    config = try folder.write(Self.network, as: "c.json")
  }

  private func run(_ command: String, _ arguments: String...) throws -> (report: JSONValue, errors: String) {
    let run = try Program.run(
      [command, "--config", config, "--json"] + arguments, environment: ["XDG_CACHE_HOME": folder.path + "/caches"])
    #expect(run.exitCode == 0, "\(run.errors)")
    return (try JSONValue(parsing: Array(run.output.utf8), fileName: "report"), run.errors)
  }

  private func costs(_ report: JSONValue) -> JSONValue? { report["time"]?["predicted"] }

  @Test func plansByOperationCountsAreAFunctionOfTheConfiguration() throws {
    let plans = try (0..<2).map { _ in try run("plan", "--set", "costs=flops").report }
    for key in ["schedule", "stages", "certificate", "time", "explanation", "buffers"] {
      #expect(plans[0][key] != nil && plans[0][key] == plans[1][key], "\(key)")
    }
    let seconds = try #require(plans[0]["time"]?["predictedIterationSeconds"]?.doubleValue)
    let keepAll = try #require(costs(plans[0])?["keepAllIterationSeconds"]?.doubleValue)
    #expect(keepAll > 0 && seconds > keepAll, "half the bytes cost time")
    #expect(costs(plans[0])?["costs"]?.stringValue == "flops")
    // Nothing is measured, so nothing is kept.
    #expect(try !folderExists(atPath: folder.path + "/caches"))
  }

  /// The first run that has the processors to itself keeps what it measures. Once all is known nothing is measured, and
  /// plans and predictions are the same every time.
  @Test func measuredCostsAreKeptForLaterRuns() throws {
    var kept: JSONValue?
    for _ in 0..<8 where kept == nil {
      let (report, errors) = try run("train", "--iterations", "4", "--set", "costs=measured")
      let predicted = try #require(report["time"]?["predictedIterationSeconds"]?.doubleValue)
      #expect(predicted > 0)
      #expect(!errors.contains("bptrain:"), "\(errors)")
      #expect(costs(report)?["costs"]?.stringValue == "measured")
      #expect(costs(report)?["knownCosts"]?.integerValue == 0)
      #expect(try #require(costs(report)?["measuredCosts"]?.integerValue) > 0)
      let notes = try #require(costs(report)?["notes"]?.elements)
      if notes.isEmpty { kept = report } else { #expect(try !folderExists(atPath: folder.path + "/caches")) }
    }
    // Where other programs never rest there is nothing to look up.
    guard let kept else { return }
    #expect(costs(kept)?["knownCosts"]?.integerValue == 0)
    var settled: JSONValue?
    for _ in 0..<8 where settled == nil {
      // Costs that were reckoned when the first plan was chosen may choose another one as measured.
      let (plan, _) = try run("plan", "--set", "costs=measured")
      #expect(try #require(costs(plan)?["knownCosts"]?.integerValue) > 0)
      if costs(plan)?["measuredCosts"]?.integerValue == 0 { settled = plan }
    }
    guard let settled else { return }
    #expect(costs(settled)?["measuringSeconds"]?.doubleValue == 0)
    let (plan, _) = try run("plan", "--set", "costs=measured")
    #expect(plan["schedule"] == settled["schedule"] && plan["time"] == settled["time"])

    // A spoiled file is told and does no harm.
    let name = try #require(TemporaryFolder.names(at: folder.path + "/caches/bptrain").first)
    try folder.write("bptrain costs 1\nsomething else", as: "caches/bptrain/\(name)")
    let (again, errors) = try run("plan", "--set", "costs=measured")
    #expect(errors.contains(name) && errors.contains("measured anew"), "\(errors)")
    #expect(try #require(costs(again)?["measuredCosts"]?.integerValue) > 0)
    #expect(try #require(costs(again)?["notes"]?.elements).count >= 1)
  }

  @Test func costsChangeNoBitAndNoPromiseOfBytes() throws {
    var digests: Set<String> = []
    for source in ["measured", "flops"] {
      let (report, _) = try run("train", "--iterations", "4", "--set", "costs=\(source)")
      digests.insert(try #require(report["training"]?["parametersDigest"]?.stringValue))
      #expect(try #require(report["schedule"]?["recomputedExecutions"]?.integerValue) > 0)
      let bytes = try #require(report["memory"]?["activations"])
      #expect(bytes["measuredPeakBytes"] == bytes["plannedPeakBytes"])
      // The memory that measuring took is in the account.
      let process = try #require(report["memory"]?["process"])
      let planned = try #require(process["plannedPeakBytes"]?.integerValue)
      #expect(try #require(process["measuredPeakBytes"]?.integerValue) <= planned)
    }
    #expect(digests.count == 1)
  }

  /// What measuring leaves in memory must not push a process past its budget.
  @Test func aTightMemoryBudgetIsNotSpentOnMeasuring() throws {
    let (tight, _) = try run("train", "--iterations", "3", "--set", "costs=measured", "--memory-budget", "min")
    #expect(costs(tight)?["costs"]?.stringValue == "flops")
    #expect(costs(tight)?["notes"]?.elements?.count == 1)
    let process = try #require(tight["memory"]?["process"])
    let budget = try #require(process["budgetBytes"]?.integerValue)
    #expect(try #require(process["measuredPeakBytes"]?.integerValue) <= budget)
    let (ample, _) = try run("train", "--iterations", "3", "--set", "costs=measured", "--memory-budget", "1GiB")
    #expect(try #require(costs(ample)?["measuredCosts"]?.integerValue) > 0)
  }

  @Test func referencePrecisionTakesOperationCounts() throws {
    let (report, _) = try run(
      "train", "--iterations", "3", "--set", "costs=measured", "--set", "precision=float64")
    #expect(costs(report)?["costs"]?.stringValue == "flops")
    #expect(try #require(report["time"]?["predictedIterationSeconds"]?.doubleValue) > 0)
  }

  @Test func aPlanTellsTheTimeAndWhatItIsMadeFrom() throws {
    let run = try Program.run(["plan", "--config", config])
    #expect(run.exitCode == 0)
    #expect(run.output.contains("time by operation counts") && run.output.contains("keeping everything"))
  }
}
