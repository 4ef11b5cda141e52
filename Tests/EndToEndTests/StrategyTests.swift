import Configuration
import TestSupport
import Testing

/// Every strategy on the command line: the same training, planned bytes kept, and its schedule carried out again from a
/// file.
@Suite(.serialized) struct StrategyTests {
  /// Residual blocks, one in another, batch norm and dropout; five full batches and a shorter one.
  static let network = """
    {
      "data": { "type": "synthetic", "samples": 86, "features": 6, "task": "classification", "outputs": 3 },
      "model": { "layers": [
        { "type": "linear", "units": 12 }, { "type": "batchNorm" }, { "type": "relu" },
        { "type": "repeat", "count": 3, "layers": [
          { "type": "linear", "units": 12 }, { "type": "gelu" }, { "type": "dropout", "rate": 0.2 } ] },
        { "type": "repeat", "count": 3, "layers": [
          { "type": "residual", "layers": [
            { "type": "layerNorm" }, { "type": "linear", "units": 16 }, { "type": "silu" },
            { "type": "residual", "layers": [ { "type": "linear", "units": 16 }, { "type": "tanh" } ] },
            { "type": "dropout", "rate": 0.1 }, { "type": "linear", "units": 12 } ] } ] },
        { "type": "linear", "units": 9 }, { "type": "batchNorm" }, { "type": "elu" },
        { "type": "linear", "units": 3 } ] },
      "training": { "epochs": 2, "batchSize": 16 },
      "costs": "flops"
    }
    """

  private func document(_ arguments: [String]) throws -> JSONValue {
    let run = try Program.run(arguments + ["--json"])
    #expect(run.exitCode == 0, "\(arguments): \(run.errors)")
    return try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
  }

  private struct Figures: Equatable {
    var executions: Int?
    var elided: Int?
    var planned: Int?
    var measured: Int?
    var digest: String?

    init(_ report: JSONValue) {
      executions = report["schedule"]?["forwardExecutions"]?.integerValue
      elided = report["schedule"]?["elidedExecutions"]?.integerValue
      planned = report["memory"]?["activations"]?["plannedPeakBytes"]?.integerValue
      measured = report["memory"]?["activations"]?["measuredPeakBytes"]?.integerValue
      digest = report["training"]?["parametersDigest"]?.stringValue
    }
  }

  @Test func everyStrategyTrainsTheSameAndReplaysFromAFile() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(Self.network, as: "c.json")
    let keepAll = Figures(try document(["train", "--config", config]))
    let stages = try #require(keepAll.executions)
    _ = try #require(keepAll.digest)
    for strategy in [
      "none", "sqrt", "segments:2", "every:3", "recursive", "revolve:1", "revolve:3", "mixed:1", "mixed:3", "mixed:99",
      "greedy:4kB", "greedy:30%", "greedy:min",
    ] {
      let plan = try document(["plan", "--config", config, "--checkpoint", strategy])
      let trained = Figures(try document(["train", "--config", config, "--checkpoint", strategy, "--verify"]))
      #expect(trained.digest == keepAll.digest, "\(strategy)")
      #expect(trained.measured == trained.planned && trained.planned == Figures(plan).planned, "\(strategy)")
      let recomputes = strategy != "none" && strategy != "mixed:99"
      #expect(((trained.executions ?? 0) > stages) == recomputes, "\(strategy): \(trained)")

      _ = try folder.write(plan.text(.pretty), as: "s.json")
      _ = try folder.write(plan["schedule"]?.text(.compact) ?? "", as: "schedule.json")
      let replayed = Figures(try document(["train", "--config", config, "--set", "checkpoint=file:s.json"]))
      #expect(replayed == trained, "\(strategy)")
      let alone = try document(["plan", "--config", config, "--checkpoint", "file:\(folder.path)/schedule.json"])
      #expect(alone["schedule"]?["actions"] == plan["schedule"]?["actions"], "\(strategy)")
    }
  }

  @Test func theLeastFeasibleBytesAreTheNetworksWhateverTheStrategy() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(
      """
      {
        "data": { "type": "synthetic", "samples": 16, "features": 64, "outputs": 4 },
        "model": { "layers": [
          { "type": "repeat", "count": 299, "layers": [ { "type": "linear", "units": 64 }, { "type": "relu" } ] },
          { "type": "linear", "units": 4 } ] },
        "training": { "epochs": 1, "batchSize": 16 },
        "costs": "flops"
      }
      """, as: "deep.json")
    func figures(_ strategy: String) throws -> (least: Int, planned: Int) {
      let memory = try document(["plan", "--config", config, "--checkpoint", strategy])["memory"]?["activations"]
      return (
        try #require(memory?["minimumFeasibleBytes"]?.integerValue),
        try #require(memory?["plannedPeakBytes"]?.integerValue)
      )
    }
    let least = try figures("none").least
    for strategy in ["sqrt", "optimal", "mixed:40", "revolve:1"] { #expect(try figures(strategy).least == least) }
    // 150 executions of a stage on average are more than what is least is looked for among.
    let fewer = try figures("revolve:1").planned
    #expect(fewer < least)
    let kept = ["--activation-budget", "\(fewer)B"]
    let plan = try document(["plan", "--config", config, "--checkpoint", "revolve:1"] + kept)
    #expect(Figures(plan).planned == fewer)
    let refused = try Program.run(["plan", "--config", config, "--checkpoint", "sqrt", "--json"] + kept)
    #expect(refused.exitCode == 69)
    let error = try JSONValue(parsing: Array(refused.output.utf8), fileName: "report")["error"]
    #expect(error?["minimumFeasibleBytes"]?.integerValue == least)
  }

  @Test func aScheduleFileThatIsMissingIs66AndAWrongOne65() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(Self.network, as: "c.json")
    let missing = try Program.run(["plan", "--config", config, "--checkpoint", "file:none.json"])
    #expect(missing.exitCode == 66)
    #expect(missing.errors.contains("/none.json"))
    let wrong = try folder.write(
      "{ \"actions\": [\n{ \"do\": \"backward\", \"stage\": 0 } ] }", as: "wrong.json")
    let broken = try Program.run(["train", "--config", config, "--checkpoint", "file:\(wrong)"])
    #expect(broken.exitCode == 65)
    #expect(
      broken.errors.hasPrefix("\(wrong):2:1: actions.0: action 0 of the schedule breaks the law that"))
  }
}
