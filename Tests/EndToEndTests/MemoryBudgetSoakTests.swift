import Configuration
import RandomNumbers
import TestSupport
import Testing

/// Budgets of the whole process, held to the kernel's own count of the child (`ru_maxrss`).
@Suite("Soak: memory budgets", .serialized) struct MemoryBudgetSoakTests {
  /// Cases drawn at random: a few, or what `BPTRAIN_SOAK` says.
  static let seeds = soakSeeds(few: 8)

  private func report(_ run: Program.Run) throws -> JSONValue {
    try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
  }

  private func train(_ configuration: String, _ budget: String, _ options: [String] = []) throws -> Program.Run {
    try Program.runMeasured(
      [
        "--config", configuration, "--set", "checkpoint=optimal", "--set", "costs=flops", "--iterations", "3",
        "--memory-budget", budget, "--json", "--quiet",
      ] + options)
  }

  /// Trains within a budget and gives the report.
  @discardableResult
  private func expectKept(_ budget: Int, _ configuration: String, _ name: String) throws -> JSONValue? {
    let run = try train(configuration, "\(budget)")
    #expect(run.exitCode == 0, "\(name): \(run.errors)")
    guard run.exitCode == 0 else { return nil }
    #expect(run.peakResidentBytes <= budget, "\(name): budget \(budget), measured \(run.peakResidentBytes)")
    let document = try report(run)
    let process = document["memory"]?["process"]
    #expect(process?["budgetBytes"]?.integerValue == budget, "\(name)")
    #expect(try #require(process?["plannedPeakBytes"]?.integerValue) <= budget, "\(name)")
    let arena = document["memory"]?["activations"]
    #expect(arena?["plannedPeakBytes"] == arena?["measuredPeakBytes"], "\(name)")
    return document
  }

  /// Random networks: a budget between the least and all is kept to and changes no bit; one below the least is refused
  /// with a figure which is then accepted.
  @Test(arguments: seeds) func random(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let configuration = RandomConfiguration(seed: seed)
    let path = try configuration.write(into: folder)
    let name = "seed \(seed): \(configuration.text)"
    let planned = try Program.run([
      "--config", path, "--set", "checkpoint=none", "--iterations", "3", "--json", "--quiet",
    ])
    if planned.diverged { return }
    try #require(planned.exitCode == 0, "\(name): \(planned.errors)")
    let keepAll = try report(planned)
    let process = try #require(keepAll["memory"]?["process"])
    let least = try #require(process["minimumFeasibleBytes"]?.integerValue)
    let all = try #require(process["plannedPeakBytes"]?.integerValue)
    var random = SplitMix64(seed: seed)
    let budget = Int.random(in: least...max(least, all + all / 10), using: &random)
    let kept = try #require(try expectKept(budget, path, name))
    // Where the planner chooses micro-batches a budget may choose others, which round otherwise.
    let isChosen = configuration.text.contains("\"microBatchSize\": \"auto\"")
    if configuration.roundsKept {
      let again = try #require(try expectKept(budget, path, name))
      // Least bytes are measured and may differ by pages, and with them what is kept.
      if again["schedule"] == kept["schedule"], again["batch"] == kept["batch"] {
        #expect(kept["training"]?["parametersDigest"] == again["training"]?["parametersDigest"], "\(name)")
      }
    } else if kept["batch"]?["microBatchRows"] == keepAll["batch"]?["microBatchRows"] {
      #expect(kept["training"]?["parametersDigest"] == keepAll["training"]?["parametersDigest"], "\(name)")
    } else {
      #expect(isChosen, "\(name)")
    }

    let refused = try train(path, "\(Int(Double(least) * Double.random(in: 0.2...0.85, using: &random)))")
    #expect(refused.exitCode == 69, "\(name): \(refused.errors)")
    let figure = try #require(report(refused)["error"]?["minimumFeasibleBytes"]?.integerValue, "\(name)")
    // Planning without a budget of the process takes more memory, and its figure may be higher.
    #expect(
      figure < least + 2 << 20 && (isChosen || figure > least * 4 / 5), "\(name): told \(figure), planned \(least)")
    try expectKept(figure, path, name)
  }

  /// Deep narrow networks and runs that leave documents behind: the least budget is accepted and kept to.
  @Test(arguments: seeds) func randomDeep(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let run = RandomDeepRun(seed: seed, in: folder)
    let path = try folder.write(run.configuration, as: "c.json")
    let name = "seed \(seed), \(run.options): \(run.configuration.prefix(2000))"
    let trained = try train(path, "min", run.options)
    let isOtherwiseInfeasible =
      trained.diverged || trained.exitCode == 69 && trained.errors.contains("activation budget")
      || trained.exitCode == 65 && trained.errors.contains("atch norm")
    if isOtherwiseInfeasible { return }
    try #require(trained.exitCode == 0, "\(name): \(trained.errors)")
    let memory = try #require(report(trained)["memory"])
    let budget = try #require(memory["process"]?["budgetBytes"]?.integerValue)
    #expect(trained.peakResidentBytes <= budget, "\(name): budget \(budget), measured \(trained.peakResidentBytes)")
    #expect(memory["activations"]?["plannedPeakBytes"] == memory["activations"]?["measuredPeakBytes"], "\(name)")
  }

  /// Threads that have rows of their own share the kernels of hundreds of layers of which no two are alike, whose code
  /// is most of the process.
  @Test func kernelsOfUnequalLayersAreCounted() throws {
    let folder = try TemporaryFolder()
    var random = SplitMix64(seed: 17)
    let layers = (0..<250).map { _ in
      "{ \"type\": \"linear\", \"units\": \(Int.random(in: 2...60, using: &random)) }, { \"type\": \"tanh\" },"
    }
    let path = try folder.write(
      """
      {
        "data": { "type": "synthetic", "samples": 300, "features": 16, "outputs": 2, "validationFraction": 0 },
        "model": { "layers": [ \(layers.joined()) { "type": "linear", "units": 2 } ] },
        "optimizer": { "type": "adam" }, "training": { "batchSize": 16 }, "threads": 2, "precision": "bfloat16"
      }
      """, as: "c.json")
    try expectEveryBudgetIsKept(path, "250 unequal layers")
  }

  /// A deep network whose activations are most of the process: a quarter of keep-all's needs recomputation.
  @Test func recomputesWhereItMust() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(MemoryBudgetTests.deep, as: "c.json")
    var executions: [Int] = []
    var digests: Set<String?> = []
    for budget in ["100%", "60%", "min"] {
      let run = try train(path, budget)
      try #require(run.exitCode == 0, "\(budget): \(run.errors)")
      let document = try report(run)
      #expect(
        try run.peakResidentBytes
          <= #require(document["memory"]?["process"]?["budgetBytes"]?.integerValue), "\(budget)")
      executions.append(try #require(document["schedule"]?["recomputedExecutions"]?.integerValue))
      digests.insert(document["training"]?["parametersDigest"]?.stringValue)
    }
    #expect(executions[1] > 0 && executions[2] > executions[1], "\(executions)")
    #expect(executions[0] <= 2)
    #expect(digests.count == 1 && !digests.contains(nil))
  }

  /// What is deep and narrow, where instructions weigh more than activations, and what is wide: under the least budget,
  /// one in the middle and `auto` the kernel never counts more than the budget, and one below the least is refused with
  /// a figure which is then accepted.
  @Test(arguments: [("6,000 narrow stages", 6_000)] + (seeds.count >= 50 ? [("100,000 narrow stages", 100_000)] : []))
  func thousandsOfNarrowStages(name: String, count: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      """
      {
        "data": { "type": "synthetic", "samples": 64, "features": 8, "outputs": 2 },
        "model": { "layers": [
          { "type": "repeat", "count": \(count), "layers": [ { "type": "linear", "units": 8 }, { "type": "tanh" } ] },
          { "type": "linear", "units": 2 } ] },
        "optimizer": { "type": "sgd" }, "training": { "batchSize": 64 }, "threads": 1
      }
      """, as: "c.json")
    try expectEveryBudgetIsKept(path, name)
  }

  @Test(.enabled(if: seeds.count >= 50)) func residualBlocksOfAGigabyte() throws {
    try expectEveryBudgetIsKept("\(Program.projectFolder)/Benchmarks/workloads/w6.json", "w6")
  }

  private func expectEveryBudgetIsKept(_ path: String, _ name: String) throws {
    let planned = try Program.run([
      "plan", "--config", path, "--set", "checkpoint=none", "--set", "costs=flops", "--iterations", "3", "--json",
      "--quiet",
    ])
    try #require(planned.exitCode == 0, "\(name): \(planned.errors)")
    let process = try #require(report(planned)["memory"]?["process"])
    let least = try #require(process["minimumFeasibleBytes"]?.integerValue)
    let all = try #require(process["plannedPeakBytes"]?.integerValue)
    // What is least is measured, and may be a megabyte more in the next run.
    for budget in ["min", "\((least + max(least, all)) / 2 + 2 << 20)", "auto"] {
      let run = try train(path, budget)
      #expect(run.exitCode == 0, "\(name), \(budget): \(run.errors)")
      guard run.exitCode == 0 else { continue }
      let memory = try #require(report(run)["memory"])
      let bytes = try #require(memory["process"]?["budgetBytes"]?.integerValue)
      #expect(run.peakResidentBytes <= bytes, "\(name), \(budget): \(run.peakResidentBytes) of \(bytes)")
      #expect(memory["activations"]?["plannedPeakBytes"] == memory["activations"]?["measuredPeakBytes"])
      print("\(name), \(budget): budget \(bytes), measured \(run.peakResidentBytes)")
    }
    let refused = try train(path, "\(least * 8 / 10)")
    #expect(refused.exitCode == 69, "\(name): \(refused.errors)")
    let figure = try #require(report(refused)["error"]?["minimumFeasibleBytes"]?.integerValue, "\(name)")
    try expectKept(figure, path, name)
  }

  /// What the refusal says would fit does fit.
  @Test func theMicroBatchesThatAreNamedFit() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(MemoryBudgetTests.wide, as: "c.json")
    let least = try #require(
      report(train(path, "min"))["memory"]?["process"]?["minimumFeasibleBytes"]?.integerValue)
    let budget = least * 8 / 10
    let refused = try train(path, "\(budget)")
    #expect(refused.exitCode == 69)
    let words = refused.errors.split(separator: " ").map(String.init)
    let position = try #require(words.firstIndex(of: "micro-batches"), "\(refused.errors)")
    let rows = try #require(Int(words[position + 2]), "\(refused.errors)")
    #expect(rows < 4096)
    let run = try Program.runMeasured([
      "--config", path, "--set", "training.microBatchSize=\(rows)", "--iterations", "3", "--memory-budget",
      "\(budget)", "--quiet",
    ])
    #expect(run.exitCode == 0, "\(rows) rows: \(run.errors)")
    #expect(run.peakResidentBytes <= budget)
  }
}
