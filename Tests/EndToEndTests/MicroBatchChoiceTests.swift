import Configuration
import TestSupport
import Testing

/// `"microBatchSize": "auto"`: size and schedule are chosen together, by planning.
@Suite struct MicroBatchChoiceTests {
  /// 24 layers of width 128, GELU: 25 MiB of activations with 1024 rows.
  private static func text(
    rows: Int = 1024, layers: String = #"{ "type": "gelu" }"#, optimizer: String = #"{ "type": "sgd" }"#
  ) -> String {
    """
    {
      "data": { "type": "synthetic", "samples": \(rows), "features": 32, "outputs": 4 },
      "model": { "layers": [
        { "type": "repeat", "count": 24, "layers": [ { "type": "linear", "units": 128 }, \(layers) ] },
        { "type": "linear", "units": 4 } ] },
      "optimizer": \(optimizer), "training": { "batchSize": \(rows), "microBatchSize": "auto" }, "costs": "flops"
    }
    """
  }

  private func run(_ text: String, _ arguments: [String], exitCode: Int32? = 0) throws -> JSONValue {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, as: "c.json")
    let run = try Program.run(arguments + ["--config", path, "--iterations", "2", "--json", "--quiet"])
    if let exitCode { #expect(run.exitCode == exitCode, "\(arguments): \(run.errors)") }
    return try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
  }

  private func rows(_ report: JSONValue) throws -> Int {
    let rows = try #require(report["batch"]?["microBatchRows"]?.integerValue)
    // The choice stands in the configuration, which gives the same when it is read again.
    #expect(report["config"]?["training"]?["microBatchSize"]?.integerValue == rows)
    #expect(report["batch"]?["choice"]?.stringValue?.isEmpty == false)
    return rows
  }

  @Test func withoutABudgetNothingIsSplit() throws {
    let report = try run(Self.text(), ["plan"])
    #expect(try rows(report) == 1024)
    #expect(report["batch"]?["choice"]?.stringValue?.hasPrefix("the whole batch: ") == true)
  }

  /// By operation counts no fixed size is predicted to be faster, and the chosen one gives the same plan and the same
  /// parameters when it is given.
  @Test(arguments: ["60%", "25%", "6%"]) func noFixedSizeIsFaster(budget: String) throws {
    let chosen = try run(Self.text(), ["train", "--activation-budget", budget])
    let size = try rows(chosen)
    #expect(size < 1024)
    #expect(
      chosen["memory"]?["activations"]?["plannedPeakBytes"] == chosen["memory"]?["activations"]?["measuredPeakBytes"])
    let seconds = try #require(chosen["time"]?["predictedIterationSeconds"]?.doubleValue)
    let keepAll = try run(Self.text(), ["plan"])
    let whole = try #require(keepAll["memory"]?["activations"]?["keepAllBytes"]?.integerValue)
    let bytes = try whole * #require(Int(budget.dropLast())) / 100
    #expect(try #require(chosen["memory"]?["activations"]?["measuredPeakBytes"]?.integerValue) <= bytes)
    for other in [1024, 512, 342, 256, 128, 64, 32, 16] {
      let report = try run(
        Self.text(),
        ["plan", "--activation-budget", "\(bytes)", "--set", "training.microBatchSize=\(other)"],
        exitCode: nil)
      guard let predicted = report["time"]?["predictedIterationSeconds"]?.doubleValue else {
        #expect(report["error"]?["code"] == 69 && other > size, "\(other) rows")
        continue
      }
      #expect(seconds <= predicted * 1.000001, "\(other) rows")
    }
    let given = try run(
      Self.text(), ["train", "--activation-budget", "\(bytes)", "--set", "training.microBatchSize=\(size)"])
    #expect(given["schedule"] == chosen["schedule"])
    #expect(given["training"]?["parametersDigest"] == chosen["training"]?["parametersDigest"])
  }

  /// Of a small network what is least, margins included, is more than what keeping everything takes.
  @Test func allThatKeepingEverythingTakesIsEnough() throws {
    for command in ["plan", "train"] {
      let report = try run(Self.text(rows: 16), [command, "--memory-budget", "100%"])
      let process = report["memory"]?["process"]
      let budget = try #require(process?["budgetBytes"]?.integerValue)
      #expect(try #require(process?["minimumFeasibleBytes"]?.integerValue) <= budget + (1 << 20), "\(command)")
      if command == "train" { #expect(try #require(process?["measuredPeakBytes"]?.integerValue) <= budget) }
    }
  }

  @Test func whatCannotBeSplitIsNot() throws {
    let batchNorm = try run(
      Self.text(layers: #"{ "type": "batchNorm" }, { "type": "relu" }"#), ["plan", "--activation-budget", "50%"])
    #expect(try rows(batchNorm) == 1024)
    #expect(batchNorm["batch"]?["choice"]?.stringValue == "the whole batch: batch norm takes its statistics over it")
    #expect(try #require(batchNorm["schedule"]?["recomputedExecutions"]?.integerValue) > 0)
    let fused = try run(
      Self.text(optimizer: #"{ "type": "sgd", "fused": true }"#), ["plan", "--activation-budget", "50%"])
    #expect(try rows(fused) == 1024)
    #expect(fused["batch"]?["choice"]?.stringValue == "the whole batch: fused updates need whole gradients")
    #expect(try #require(fused["schedule"]?["recomputedExecutions"]?.integerValue) > 0)
  }

  /// A refusal tells the least over all sizes, to the byte for the arena.
  @Test func theLeastOverAllSizes() throws {
    let text = Self.text(rows: 64)
    let refused = try run(text, ["train", "--activation-budget", "1"], exitCode: 69)
    let figure = try #require(refused["error"]?["minimumFeasibleBytes"]?.integerValue)
    #expect(refused["error"]?["message"]?.stringValue?.contains("in micro-batches of any size") == true)
    let report = try run(text, ["train", "--activation-budget", "\(figure)"])
    #expect(report["memory"]?["activations"]?["measuredPeakBytes"]?.integerValue == figure)
    #expect(try #require(report["schedule"]?["recomputedExecutions"]?.integerValue) > 0)
    _ = try run(text, ["train", "--activation-budget", "\(figure - 1)"], exitCode: 69)
    for size in [1, 2, 8, 64] {
      let fixed = try run(text, ["plan", "--set", "training.microBatchSize=\(size)"])
      #expect(try #require(fixed["memory"]?["activations"]?["minimumFeasibleBytes"]?.integerValue) >= figure)
    }
    let minimum = try run(text, ["train", "--activation-budget", "min"])
    #expect(minimum["memory"]?["activations"]?["measuredPeakBytes"]?.integerValue == figure)
  }

  /// The same for the process, of which the figure is measured.
  @Test func theLeastProcess() throws {
    let text = MemoryBudgetTests.wide
    let auto = ["--set", "training.microBatchSize=\"auto\"", "--set", "costs=flops"]
    let refused = try run(text, ["train", "--memory-budget", "1MiB"] + auto, exitCode: 69)
    let figure = try #require(refused["error"]?["minimumFeasibleBytes"]?.integerValue)
    let whole = try run(text, ["train", "--memory-budget", "1MiB"], exitCode: 69)
    #expect(try #require(whole["error"]?["minimumFeasibleBytes"]?.integerValue) > figure + 4 << 20)
    for budget in ["\(figure)", "min"] {
      let report = try run(text, ["train", "--memory-budget", budget] + auto)
      #expect(try rows(report) < 4096)
      let process = report["memory"]?["process"]
      let bytes = try #require(process?["budgetBytes"]?.integerValue)
      #expect(abs(bytes - figure) < 2 << 20)
      #expect(try #require(process?["measuredPeakBytes"]?.integerValue) <= bytes)
    }
  }

  /// A named strategy is refused with what it needs in the size in which it needs least: to the byte for the arena.
  @Test(arguments: ["none", "sqrt"]) func theLeastOfANamedStrategy(strategy: String) throws {
    let text = Self.text(rows: 64)
    let words = ["plan", "--checkpoint", strategy, "--activation-budget"]
    let refused = try run(text, words + ["1"], exitCode: 69)
    let needed = try #require(refused["error"]?["neededBytes"]?.integerValue)
    #expect(try #require(refused["error"]?["minimumFeasibleBytes"]?.integerValue) <= needed)
    #expect(refused["error"]?["message"]?.stringValue?.hasPrefix("\(strategy) in micro-batches of ") == true)
    let report = try run(text, words + ["\(needed)"])
    #expect(report["memory"]?["activations"]?["plannedPeakBytes"]?.integerValue == needed)
    let again = try run(text, words + ["\(needed - 1)"], exitCode: 69)
    #expect(again["error"]?["neededBytes"]?.integerValue == needed)
    for size in [1, 2, 8, 64] {
      let fixed = try run(
        text, ["plan", "--checkpoint", strategy, "--set", "training.microBatchSize=\(size)"])
      #expect(try #require(fixed["memory"]?["activations"]?["plannedPeakBytes"]?.integerValue) >= needed)
    }
  }

  /// What the process needs is measured, and no refusal of one size is told as that of all: a budget is refused with
  /// what is accepted, or accepted.
  @Test func budgetsOfTheProcessForANamedStrategy() throws {
    let words = ["plan", "--checkpoint", "sqrt", "--set", "training.microBatchSize=\"auto\"", "--memory-budget"]
    let text = MemoryBudgetTests.wide
    let refused = try run(text, words + ["1MiB"], exitCode: 69)
    let needed = try #require(refused["error"]?["neededBytes"]?.integerValue)
    for budget in stride(from: needed - 3 << 20, through: needed + 1 << 20, by: 1 << 19) {
      let report = try run(text, words + ["\(budget)"], exitCode: nil)
      guard let error = report["error"] else { continue }
      #expect(budget < needed, "\(error)")
      let figure = try #require(error["neededBytes"]?.integerValue, "\(error)")
      #expect(figure > budget && abs(figure - needed) < 2 << 20)
    }
  }

  /// Measured costs choose too, and keep to the budget.
  @Test func measuredCosts() throws {
    let report = try run(Self.text(), ["train", "--set", "costs=measured", "--activation-budget", "25%"])
    #expect(try rows(report) < 1024)
    let arena = report["memory"]?["activations"]
    #expect(arena?["plannedPeakBytes"] == arena?["measuredPeakBytes"])
  }
}
