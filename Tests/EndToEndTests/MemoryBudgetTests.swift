import Configuration
import RandomNumbers
import SystemCalls
import TestSupport
import Testing

/// Budgets of the process that cannot be kept, and memory that the system does not give.
@Suite struct MemoryBudgetTests {
  /// 48 layers of width 256 with 1024 rows: 50 MiB of activations, 12 MiB of parameters.
  static let deep = """
    {
      "data": { "type": "synthetic", "samples": 1024, "features": 16, "outputs": 4 },
      "model": { "layers": [
        { "type": "repeat", "count": 48, "layers": [ { "type": "linear", "units": 256 }, { "type": "tanh" } ] },
        { "type": "linear", "units": 4 } ] },
      "optimizer": { "type": "sgd" }, "training": { "batchSize": 1024 }
    }
    """
  /// Few layers with many rows, of which several are live under any schedule.
  static let wide = """
    {
      "data": { "type": "synthetic", "samples": 4096, "features": 8, "outputs": 4 },
      "model": { "layers": [
        { "type": "linear", "units": 512 }, { "type": "gelu" }, { "type": "linear", "units": 512 },
        { "type": "gelu" }, { "type": "linear", "units": 4 } ] },
      "optimizer": { "type": "sgd" }, "training": { "batchSize": 4096 }
    }
    """

  private func error(_ arguments: [String], exitCode: Int32) throws -> JSONValue? {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.deep, as: "c.json")
    let run = try Program.run(
      ["train", "--config", path, "--iterations", "2", "--json", "--quiet", "--output", "\(folder.path)/out"]
        + arguments)
    #expect(run.exitCode == exitCode, "\(arguments): \(run.errors)")
    #expect(folder.names() == ["c.json"], "nothing is written")
    guard !run.output.isEmpty else { return nil }
    return try JSONValue(parsing: Array(run.output.utf8), fileName: "report")["error"]
  }

  @Test(arguments: ["0", "1", "1MiB", "10%"])
  func belowTheFixedPart(budget: String) throws {
    let error = try #require(try error(["--memory-budget", budget], exitCode: 69))
    let figure = try #require(error["minimumFeasibleBytes"]?.integerValue)
    #expect(figure > 16 << 20)
    let message = try #require(error["message"]?.stringValue)
    #expect(message.hasPrefix("the memory budget of "))
    #expect(message.contains(" is below the least feasible \(figure) bytes for this run"))
  }

  /// The records of epochs and the document that is made of them are memory too.
  @Test(arguments: [[], ["--json"]])
  func manyEpochsFit(options: [String]) throws {
    let words =
      ["train", "--config", Program.configuration("neuron"), "--set", "training.epochs=50000", "--progress", "none"]
      + options
    let refused = try Program.run(words + ["--memory-budget", "1KiB"])
    #expect(refused.exitCode == 69)
    let figure = try #require(refused.errors.firstMatch(of: /least feasible (\d+) bytes/).flatMap { Int($0.1) })
    let run = try Program.runMeasured(words + ["--memory-budget", "\(figure)B"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.peakResidentBytes <= figure)
    #expect(run.peakResidentBytes > figure / 2)
  }

  /// Of two budgets neither gives way to the other.
  @Test func anActivationBudgetHoldsBesideOneOfTheProcess() throws {
    let process = ["--memory-budget", "4GiB"]
    let error = try #require(try error(["--activation-budget", "4096"] + process, exitCode: 69))
    let figure = try #require(error["minimumFeasibleBytes"]?.integerValue)
    #expect(error["message"]?.stringValue?.hasPrefix("the activation budget of 4096 bytes ") == true)
    _ = try self.error(["--activation-budget", "\(figure - 1)"] + process, exitCode: 69)
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.deep, as: "c.json")
    let run = try Program.run(
      ["plan", "--config", path, "--checkpoint", "optimal", "--json", "--activation-budget", "\(figure)"] + process)
    #expect(run.exitCode == 0, "\(run.errors)")
    let report = try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
    #expect(report["memory"]?["activations"]?["plannedPeakBytes"]?.integerValue == figure)
  }

  /// Executions that an activation budget asks for are in the figure that is named, which is then enough.
  @Test func theFigureBesideAnActivationBudgetIsEnough() throws {
    try expectBudgetIsKept(
      layerCount: 300, activation: "relu", rows: 8, activationBudget: "36KiB", seed: 7, bytesBeyondLeast: 0)
  }

  /// What the search for a schedule takes near the least bytes counts to the budget: where it has no room there is
  /// none, and a budget beyond the least is as good as the least.
  @Test(arguments: [0, 20, 30, 45])
  func theSearchKeepsToTheBudgetToo(mebibytesBeyond: Int) throws {
    try expectBudgetIsKept(
      layerCount: 200, activation: "gelu", rows: 256, activationBudget: "min", seed: 200,
      bytesBeyondLeast: mebibytesBeyond << 20)
  }

  /// Instructions that share a bound kernel, as most do of plans that execute each stage a hundred times, take little:
  /// reckoned as if each had its own the figure would be 1.7 times what such a run needs.
  @Test func theFigureBesideAnActivationBudgetIsNear() throws {
    let (figure, peak) = try expectBudgetIsKept(
      layerCount: 500, activation: "gelu", rows: 8, activationBudget: "min", seed: 3, bytesBeyondLeast: 0)
    #expect(Double(figure) <= 1.4 * Double(peak), "\(figure) for \(peak)")
  }

  /// Trains layers of random widths within an activation budget and one of the process, the latter so far beyond the
  /// least that a refusal names; that figure, and what the kernel counted.
  @discardableResult
  private func expectBudgetIsKept(
    layerCount: Int, activation: String, rows: Int, activationBudget: String, seed: UInt64, bytesBeyondLeast: Int
  ) throws -> (figure: Int, peakByteCount: Int) {
    let folder = try TemporaryFolder()
    var random = SplitMix64(seed: seed)
    let layers = (0..<layerCount).map { _ in
      #"{"type": "linear", "units": \#(Int.random(in: 3...64, using: &random))}, {"type": "\#(activation)"}"#
    }
    let path = try folder.write(
      """
      {"data": {"type": "synthetic", "task": "regression", "samples": \(2 * rows), "features": 20, "outputs": 2},
       "model": {"layers": [\(layers.joined(separator: ", ")), {"type": "linear", "units": 2}]},
       "training": {"batchSize": \(rows), "epochs": 1}, "checkpoint": "optimal",
       "activationBudget": "\(activationBudget)", "costs": "flops", "threads": 1}
      """, as: "c.json")
    let words = ["train", "--config", path, "--progress", "none", "--memory-budget"]
    let refused = try Program.run(words + ["1MiB"])
    #expect(refused.exitCode == 69, "\(refused.errors)")
    let figure = try #require(refused.errors.firstMatch(of: /least feasible (\d+) bytes/).flatMap { Int($0.1) })
    let budget = figure + bytesBeyondLeast
    let run = try Program.runMeasured(words + ["\(budget)B"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.peakResidentBytes <= budget)
    return (figure, run.peakResidentBytes)
  }

  /// Others fit, with some megabytes to spare: without AVX-512 programs are allowed three more, and the least is 60
  /// MiB.
  @Test func aStrategyThatDoesNotFit() throws {
    let error = try #require(
      try error(["--checkpoint", "none", "--memory-budget", "64MiB"], exitCode: 69))
    let message = try #require(error["message"]?.stringValue)
    let figure = try #require(error["minimumFeasibleBytes"]?.integerValue)
    #expect(figure < 64 << 20)
    #expect(message.hasPrefix("with none the process needs "))
    #expect(message.hasSuffix("leave the choice to optimal, for which the least feasible is \(figure) bytes"))
    let needed = try #require(error["neededBytes"]?.integerValue)
    #expect(message.contains("needs \(needed) bytes") && needed >= figure)
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.deep, as: "c.json")
    let planned = try Program.run(["plan", "--config", path, "--checkpoint", "none", "--memory-budget", "\(needed)"])
    #expect(planned.exitCode == 0, "\(planned.errors)")
  }

  /// Blocks of hundreds of layers, whose schedules have many instructions for an execution, and thousands of values in a
  /// single block: planning takes no more than so many mebibytes.
  @Test(arguments: [(blocks: 100, layers: 200, storage: "float32", mebibytes: 320), (1, 6000, "bfloat16", 140)])
  func planningBlocksOfManyLayers(blocks: Int, layers: Int, storage: String, mebibytes: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      """
      { "data": { "type": "synthetic", "samples": 64, "features": 4 }, "storage": "\(storage)", "costs": "flops",
        "model": { "layers": [
          { "type": "linear", "units": 4 },
          { "type": "repeat", "count": \(blocks), "layers": [ { "type": "residual", "layers": [
            { "type": "repeat", "count": \(layers), "layers": [ { "type": "linear", "units": 4 }, { "type": "gelu" } ] }
          ] } ] },
          { "type": "linear", "units": 2 } ] } }
      """, as: "c.json")
    let run = try Program.runMeasured(["plan", "--config", path, "--checkpoint", "none", "--quiet"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.peakResidentBytes < mebibytes << 20, "\(run.peakResidentBytes)")
  }

  @Test(arguments: ["", "x", "-1", "12XB", "automatic", "1e3"])
  func noSizeAtAll(budget: String) throws {
    _ = try error(["--memory-budget", budget], exitCode: 64)
    if !budget.isEmpty { _ = try error(["--set", "memoryBudget=\"\(budget)\""], exitCode: 78) }
  }

  @Test func moreThanAnyMachineHas() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.deep, as: "c.json")
    for budget in ["1000TiB", "99999999TiB", "auto"] {
      let run = try Program.run([
        "--config", path, "--iterations", "2", "--json", "--quiet", "--memory-budget", budget,
      ])
      #expect(run.exitCode == 0, "\(budget): \(run.errors)")
      let report = try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
      #expect(report["schedule"]?["recomputedExecutions"] == 0, "\(budget)")
      #expect(report["config"]?["memoryBudget"] != .null)
    }
  }

  /// Gradients of fused updates take no memory of their own; what threads with rows of their own have is added up
  /// first.
  @Test(arguments: [(width: 256, batch: 256, parts: 1), (width: 32, batch: 64, parts: 2)])
  func fusedUpdatesTrainTheSame(width: Int, batch: Int, parts: Int) throws {
    let folder = try TemporaryFolder()
    let text = """
      {
        "data": { "type": "synthetic", "samples": \(batch + 20), "features": 16, "outputs": 4, "task": "classification",
                  "validationFraction": 0.1 },
        "model": { "layers": [
          { "type": "repeat", "count": 12, "layers": [ { "type": "linear", "units": \(width) }, { "type": "relu" } ] },
          { "type": "linear", "units": 4 } ] },
        "optimizer": { "type": "adam" }, "training": { "batchSize": \(batch), "epochs": 3 }, "threads": 2
      }
      """
    let path = try folder.write(text, as: "c.json")
    func report(_ arguments: [String]) throws -> JSONValue {
      let run = try Program.runMeasured(["--config", path, "--json", "--quiet"] + arguments)
      #expect(run.exitCode == 0, "\(arguments): \(run.errors)")
      return try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
    }
    let ordinary = try report([])
    #expect(ordinary["batch"]?["threadParts"]?.integerValue == parts, "what the case is for")
    let digest = try #require(ordinary["training"]?["parametersDigest"]?.stringValue)
    for strategy in ["none", "sqrt", "optimal"] {
      let fused = try report(["--set", "optimizer.fused=true", "--checkpoint", strategy, "--verify"])
      #expect(fused["training"]?["parametersDigest"]?.stringValue == digest, "\(strategy)")
      let memory = fused["memory"]
      let arena = memory?["activations"]
      #expect(arena?["plannedPeakBytes"] == arena?["measuredPeakBytes"], "\(strategy)")
      #expect((memory?["gradientsBytes"] == 0) == (parts == 1))
      let process = memory?["process"]
      #expect(
        try #require(process?["measuredPeakBytes"]?.integerValue)
          <= #require(process?["plannedPeakBytes"]?.integerValue))
      #expect(Program.isSteady(fused))
      let recomputed = fused["schedule"]?["recomputedExecutions"]?.integerValue ?? 0
      if strategy != "optimal" { #expect((recomputed > 0) == (strategy == "sqrt")) }
    }
  }

  /// Rows are fetched from a file of 512 MiB as batches need them: the process stays within an eighth of that.
  @Test func samplesFarAboveTheBudget() throws {
    let folder = try TemporaryFolder()
    try AddressLimitTests.writeZeros(rows: 1 << 17, columns: 1024, as: "x.npy", in: folder)
    try AddressLimitTests.writeZeros(rows: 1 << 17, columns: 4, as: "y.npy", in: folder)
    let path = try folder.write(
      """
      { "data": { "type": "npy", "features": "x.npy", "targets": "y.npy", "task": "regression" },
        "model": { "layers": [ { "type": "linear", "units": 64 }, { "type": "relu" }, { "type": "linear", "units": 4 } ] },
        "training": { "batchSize": 256 } }
      """, as: "c.json")
    let run = try Program.runMeasured([
      "--config", path, "--iterations", "20", "--memory-budget", "64MiB", "--json", "--quiet",
    ])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.peakResidentBytes <= 64 << 20)
    let report = try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
    #expect(try #require(report["memory"]?["datasetBytes"]?.integerValue) < 8 << 20)
    #expect(report["training"]?["iterations"] == 20)
  }

  /// Some hundred equal blocks, whose search takes more than all that a few schedules need.
  @Test func deepBlocksFitWhatTheirRefusalNamesAndMore() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      """
      { "data": { "type": "synthetic", "samples": 64, "features": 16, "outputs": 4, "task": "regression" },
        "model": { "layers": [ { "type": "linear", "units": 16 }, { "type": "repeat", "count": 300, "layers": [
          { "type": "residual", "layers": [ { "type": "layerNorm" }, { "type": "linear", "units": 16 },
            { "type": "gelu" }, { "type": "linear", "units": 16 } ] } ] }, { "type": "linear", "units": 4 } ] },
        "training": { "batchSize": 32 } }
      """, as: "c.json")
    let refused = try Program.run(["--config", path, "--memory-budget", "30MB", "--json", "--quiet"])
    #expect(refused.exitCode == 69, "\(refused.errors)")
    let error = try JSONValue(parsing: Array(refused.output.utf8), fileName: "error")["error"]
    let least = try #require(error?["minimumFeasibleBytes"]?.integerValue)
    for budget in [least, least + (3 << 20), least + (8 << 20)] {
      let run = try Program.runMeasured([
        "--config", path, "--iterations", "2", "--memory-budget", "\(budget)", "--json", "--quiet",
      ])
      #expect(run.exitCode == 0, "\(budget): \(run.errors)")
      #expect(run.peakResidentBytes <= budget)
    }
  }

  /// Huge pages can be turned off, which changes nothing but pages.
  @Test func hugePagesAreAnOption() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.deep, as: "c.json")
    var digests: Set<String?> = []
    for (setting, isExpected) in [("true", HugePages.current().map { $0.mode != .never } ?? false), ("false", false)] {
      let run = try Program.run([
        "--config", path, "--iterations", "2", "--set", "hugePages=\(setting)", "--json", "--quiet",
      ])
      #expect(run.exitCode == 0, "\(run.errors)")
      let report = try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
      #expect(report["memory"]?["activations"]?["hugePages"] == .bool(isExpected))
      digests.insert(report["training"]?["parametersDigest"]?.stringValue)
    }
    #expect(digests.count == 1 && !digests.contains(nil))
  }

  /// What a refusal says that fused updates save they save.
  @Test func theSavingThatIsNamedIsMade() throws {
    let named = try #require(
      try error(["--set", "optimizer.type=adam", "--memory-budget", "1MiB"], exitCode: 69))
    let message = try #require(named["message"]?.stringValue)
    let words = message.split(separator: " ").map(String.init)
    let position = try #require(words.firstIndex(of: "save"), "\(message)")
    let saved = try #require(Int(words[position + 1]), "\(message)")
    let fused = try #require(
      try error(
        ["--set", "optimizer.type=adam", "--set", "optimizer.fused=true", "--memory-budget", "1MiB"], exitCode: 69))
    let before = try #require(named["minimumFeasibleBytes"]?.integerValue)
    let after = try #require(fused["minimumFeasibleBytes"]?.integerValue)
    #expect(saved > 8 << 20 && abs(before - saved - after) < 2 << 20, "\(before) - \(saved) and \(after)")
  }

  /// A budget beyond all bytes that there are is no budget, and no overflow.
  @Test func theLargestBudgetIsKept() throws {
    for rest in [[], ["--set", "training.microBatchSize=auto"]] {
      let run = try Program.run(
        ["plan", "--config", Program.configuration("tiny"), "--memory-budget", "10000000TiB", "--json"] + rest)
      #expect(run.exitCode == 0, "\(run.errors)")
    }
  }

  /// Of thousands of stages weights and documents are as large as plans; without AVX-512, whose allowance is larger,
  /// as well.
  @Test(arguments: [[], ["--json"], ["--output", "out"], ["--report", "r.json"]])
  func whatIsSavedOfManyStagesIsWithinTheBudget(options: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      { "data": { "type": "synthetic", "samples": 64, "features": 2, "outputs": 2 },
        "model": { "layers": [
          { "type": "repeat", "count": 12000, "layers": [ { "type": "linear", "units": 2 }, { "type": "layerNorm" } ] },
          { "type": "linear", "units": 2 } ] },
        "training": { "batchSize": 16, "epochs": 1 }, "threads": 2, "costs": "flops" }
      """, as: "c.json")
    let words = ["--config", "c.json", "--progress", "none", "--memory-budget"]
    let refused = try Program.run(words + ["1MiB"] + options, in: folder.path)
    #expect(refused.exitCode == 69, "\(refused.errors)")
    let figure = try #require(refused.errors.firstMatch(of: /least feasible (\d+) bytes/).flatMap { Int($0.1) })
    let run = try Program.runMeasured(words + ["\(figure)B"] + options, in: folder.path)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.peakResidentBytes <= figure, "\(options)")
  }

  /// A search that does not find room in the budget is not begun: what it left behind would count.
  @Test(arguments: [
    #"{"type": "residual", "layers": [{"type": "layerNorm"}, {"type": "linear", "units": 64}, {"type": "gelu"}, "#
      + #"{"type": "linear", "units": 64}]}, {"type": "linear", "units": 64}, {"type": "gelu"}"#,
    #"{"type": "linear", "units": 64}, {"type": "batchNorm"}, {"type": "gelu"}, {"type": "linear", "units": 64}, "#
      + #"{"type": "dropout", "rate": 0.1}"#,
  ])
  func everyFigureThatIsNamedIsEnough(block: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      """
      {"data": {"type": "synthetic", "samples": 64, "features": 64},
       "model": {"layers": [{"type": "linear", "units": 64},
         {"type": "repeat", "count": 12, "layers": [\(block)]}, {"type": "linear", "units": 1}]}, "costs": "flops"}
      """, as: "c.json")
    let words = ["plan", "--config", path, "--checkpoint", "optimal", "--memory-budget"]
    let refused = try Program.run(words + ["1MiB"])
    #expect(refused.exitCode == 69, "\(refused.errors)")
    let figure = try #require(refused.errors.firstMatch(of: /least feasible (\d+) bytes/).flatMap { Int($0.1) })
    for budget in ["min", "\(figure)", "\(figure + 1 << 20)", "\(figure + 8 << 20)", "\(figure + 20 << 20)", "100%"] {
      let run = try Program.run(words + [budget])
      #expect(run.exitCode == 0, "\(budget): \(run.errors)")
    }
  }
}
