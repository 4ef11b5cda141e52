import Configuration
import SystemCalls
import TestSupport
import Testing

/// What schedules cost in measured time, as ratios of runs of one network that take turns; and what was predicted
/// against what was measured. They want the machine for themselves, and run where `BPTRAIN_TIMES` is set.
@Suite("Time ratios", .serialized, .enabled(if: environmentVariable("BPTRAIN_TIMES") != nil))
struct TimeRatioTests {
  /// What runs of one configuration took, a strategy each, all strategies once in each round.
  private struct Rounds {
    /// Enough for kept costs to be corrected.
    private let iterations = ["--iterations", "8"]
    /// By round, then by strategy.
    private(set) var reports: [[JSONValue]] = []

    /// - Parameters:
    ///   - network: the configuration.
    ///   - strategies: arguments of each.
    init(_ network: String, _ strategies: [[String]], rounds: Int = 3) throws {
      let folder = try TemporaryFolder()
      let config = try folder.write(network, as: "network.json")
      // What stages cost is measured, and corrected if need be, in runs that are not counted.
      for round in 0...rounds {
        let reports = try strategies.map { strategy in
          let run = try Program.run(
            ["train", "--config", config, "--set", "costs=measured", "--json", "--quiet"] + strategy + iterations,
            environment: ["XDG_CACHE_HOME": folder.path + "/caches"])
          #expect(run.exitCode == 0, "\(strategy): \(run.errors)")
          return try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
        }
        if round > 0 { self.reports.append(reports) }
      }
    }

    func numbers(_ strategy: Int, _ number: (JSONValue) -> Double?) throws -> [Double] {
      try reports.map { try #require(number($0[strategy])) }
    }

    /// What one strategy's iteration takes by what another's takes, each in the round in which it was least disturbed.
    func ratio(of strategy: Int, to other: Int) throws -> Double {
      let least = try [strategy, other].map { try #require(try numbers($0, iterationSeconds).min()) }
      return least[0] / least[1]
    }

    /// The median over rounds of predicted by measured seconds.
    func accuracy(of strategy: Int) throws -> Double {
      let ratios = zip(try numbers(strategy, predictedSeconds), try numbers(strategy, iterationSeconds)).map { $0 / $1 }
      return ratios.sorted()[ratios.count / 2]
    }

    func predicted(_ strategy: Int) throws -> Double { try #require(numbers(strategy, predictedSeconds).last) }

    subscript(strategy: Int) -> JSONValue { reports[reports.count - 1][strategy] }
  }

  private static func chain(_ layerCount: Int, width: Int, _ activation: String, rows: Int) -> String {
    """
    {
      "data": {
        "type": "synthetic", "samples": \(2 * rows), "features": \(width), "task": "regression", "outputs": 16
      },
      "model": { "layers": [
        { "type": "repeat", "count": \(layerCount - 1), "layers": [
          { "type": "linear", "units": \(width) }, { "type": "\(activation)" } ] },
        { "type": "linear", "units": 16 } ] },
      "loss": "meanSquaredError", "optimizer": { "type": "sgd", "learningRate": 0.0001 },
      "training": { "epochs": 1, "batchSize": \(rows) }
    }
    """
  }

  private func peakBytes(_ report: JSONValue) throws -> Int {
    let activations = try #require(report["memory"]?["activations"])
    #expect(activations["plannedPeakBytes"] == activations["measuredPeakBytes"])
    return try #require(activations["measuredPeakBytes"]?.integerValue)
  }

  private func expectPredictionsWithinTenPercent(_ rounds: Rounds, _ strategies: [String]) throws {
    for (index, strategy) in strategies.enumerated() {
      let accuracy = try rounds.accuracy(of: index)
      print("\(strategy): predicted / measured \(accuracy)")
      #expect(abs(accuracy - 1) <= 0.1, "\(strategy)")
    }
  }

  @Test("1,000 equal stages in a twentieth of keep-all's bytes")
  func mixedOfThousandStages() throws {
    let network = Self.chain(1000, width: 256, "tanh", rows: 512)
    let mixed = ["--checkpoint", "mixed:50"]
    let bytes = try peakBytes(Rounds(network, [mixed], rounds: 1)[0])
    let optimal = ["--checkpoint", "optimal", "--activation-budget", "\(bytes)"]
    let strategies = [["--checkpoint", "none"], mixed, optimal]
    let rounds = try Rounds(network, strategies)
    #expect(rounds[1]["schedule"]?["forwardExecutions"]?.integerValue == 1974)
    #expect(Double(bytes) <= 0.055 * Double(try peakBytes(rounds[0])))
    let (ratio, ofOptimal) = (try rounds.ratio(of: 1, to: 0), try rounds.ratio(of: 2, to: 1))
    print("mixed:50 takes \(ratio) of keep-all's time, optimal \(ofOptimal) of mixed:50's")
    #expect(ratio <= 1.4)
    #expect(try peakBytes(rounds[2]) <= bytes)
    #expect(try rounds.predicted(2) <= rounds.predicted(1))
    // What measuring itself varies by.
    #expect(ofOptimal <= 1.05)
    try expectPredictionsWithinTenPercent(rounds, strategies.map { $0[1] })
  }

  /// Not of networks of small layers: what these take differs by a quarter from process to process.
  @Test("predictions for a workload of the benchmarks")
  func predictions() throws {
    let network = try String(
      decoding: readFile(atPath: "\(Program.projectFolder)/Benchmarks/workloads/w2.json"), as: UTF8.self)
    let strategies = ["none", "sqrt", "revolve:4"]
    let rounds = try Rounds(network, strategies.map { ["--checkpoint", $0] })
    try expectPredictionsWithinTenPercent(rounds, strategies)
  }

  @Test("GELU layers that keep pre-activations alone")
  func preActivationsAlone() throws {
    let network = Self.chain(100, width: 512, "gelu", rows: 512)
    // In more bytes than keep-all's the activations are held as well.
    let strategies = [["--checkpoint", "none"], ["--checkpoint", "optimal", "--activation-budget", "200%"]]
    let rounds = try Rounds(network, strategies, rounds: 5)
    let bytes = Double(try peakBytes(rounds[0])) / Double(try peakBytes(rounds[1]))
    let ratio = try rounds.ratio(of: 0, to: 1)
    print("pre-activations alone: \(bytes) of the bytes, \(ratio) of the time of keeping both")
    #expect(rounds[0]["schedule"]?["recomputedExecutions"]?.integerValue == 0)
    #expect(bytes <= 0.53)
    #expect(ratio <= 1.05)
    try expectPredictionsWithinTenPercent(rounds, strategies.map { $0[1] })
  }
}

/// Median seconds of an iteration.
private func iterationSeconds(_ report: JSONValue) -> Double? {
  report["time"]?["iterationSeconds"]?["median"]?.doubleValue
}

private func predictedSeconds(_ report: JSONValue) -> Double? {
  report["time"]?["predictedIterationSeconds"]?.doubleValue
}
