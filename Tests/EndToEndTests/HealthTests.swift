import Configuration
import SystemCalls
import TestSupport
import Testing

/// What the profile says of gradients through depth, and how a run ends whose numbers are not finite.
@Suite struct HealthTests {
  private static let common = [
    "--config", Program.configuration("vanishing"), "--iterations", "12", "--progress", "none",
  ]

  private func document(_ run: Program.Run) throws -> JSONValue {
    #expect(run.exitCode == 0, "\(run.errors)")
    return try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
  }

  @Test func theProfileShowsWhereGradientsVanish() throws {
    let run = try Program.run(Self.common)
    #expect(run.exitCode == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n")
    for line in lines where !line.hasPrefix("parameters sha256:") { #expect(line.count <= 80, "\(line)") }
    for name in ["activation, rms", "cotangent, rms", "gradient, rms", "update / weight"] {
      let line = try #require(lines.first { $0.hasPrefix(name) })
      #expect(line.contains { "▁▂▃▄▅▆▇█".contains($0) }, "a curve: \(line)")
    }
    #expect(lines.contains { $0.hasPrefix("VANISHING: the gradient of stages 0-") })
  }

  @Test func theReportHasEveryStageAndLookingChangesNoBit() throws {
    let looked = try document(Program.run(Self.common + ["--json"]))
    let plain = try document(Program.run(Self.common + ["--json", "--no-health"]))
    #expect(plain["health"] == .null)
    #expect(looked["time"]?["watching"]?["lookCount"] == 1 && plain["time"]?["watching"]?["lookCount"] == 0)
    #expect(plain["time"]?["watching"]?["lookSeconds"]?.doubleValue == 0)
    let watching = try #require(looked["time"]?["watching"])
    let parts = ["clockSeconds", "lookSeconds", "tellingSeconds"].compactMap { watching[$0]?.doubleValue }
    let whole = try #require(watching["iterationSeconds"]?.doubleValue)
    #expect(parts.count == 3 && parts.allSatisfy { $0 > 0 } && parts.reduce(0, +) < whole)
    #expect(looked["training"]?["parametersDigest"] == plain["training"]?["parametersDigest"])
    #expect(looked["time"]?["iterationSeconds"]?["count"] == plain["time"]?["iterationSeconds"]?["count"])
    #expect(
      looked["memory"]?["activations"]?["measuredPeakBytes"] == plain["memory"]?["activations"]?["measuredPeakBytes"])
    let health = try #require(looked["health"])
    #expect(health["iteration"] == 12 && health["factor"]?.doubleValue == 1000)
    let stages = try #require(health["stages"]?.elements)
    #expect(stages.count == looked["stages"]?.elements?.count)
    #expect(stages.first?["flag"] == "vanishing" && stages.last?["flag"] == .null)
    for stage in stages {
      for key in ["activationRms", "cotangentRms", "gradientRms", "gradientNorm", "updateRatio"] {
        #expect((stage[key]?.doubleValue ?? -1) >= 0, "\(key)")
      }
    }
  }

  /// Threads with rows of their own see what one thread sees, but for rounding.
  @Test(arguments: ["none", "sqrt"])
  func threadsAddUp(strategy: String) throws {
    let common = [
      "--config", Program.configuration("tiny"), "--iterations", "3", "--json", "--progress", "none", "--checkpoint",
      strategy,
    ]
    let one = try document(Program.run(common + ["--threads", "1"]))
    let two = try document(Program.run(common + ["--threads", "2"]))
    #expect(two["batch"]?["threadParts"] == 2)
    let pairs = zip(one["health"]?["stages"]?.elements ?? [], two["health"]?["stages"]?.elements ?? [])
    var count = 0
    for (left, right) in pairs {
      count += 1
      for key in ["activationRms", "cotangentRms", "gradientRms", "updateRatio"] {
        let (a, b) = (try #require(left[key]?.doubleValue), try #require(right[key]?.doubleValue))
        #expect(a > 0 && abs(a - b) <= 1e-3 * a, "\(key): \(a) and \(b)")
      }
    }
    #expect(count == 9)
  }

  /// Where instructions run tile by tile, values are looked at in pieces: the figures are those of the reference
  /// kernels, which look at whole ones.
  @Test func tilesAddUp() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      {
        "data": { "type": "synthetic", "samples": 1500, "features": 9, "outputs": 3, "seed": 4 },
        "model": {
          "layers": [
            { "type": "repeat", "count": 5, "layers": [ { "type": "linear", "units": 40 }, { "type": "relu" } ] },
            { "type": "linear", "units": 3 }
          ]
        },
        "loss": "meanSquaredError", "checkpoint": "sqrt", "training": { "batchSize": 1500 }
      }
      """, as: "c.json")
    let common = ["--config", "c.json", "--iterations", "1", "--json", "--progress", "none", "--threads", "1"]
    let tiled = try document(Program.run(common, in: folder.path))
    let exact = try document(Program.run(common + ["--set", "precision=float64"], in: folder.path))
    let pairs = zip(tiled["health"]?["stages"]?.elements ?? [], exact["health"]?["stages"]?.elements ?? [])
    var (count, deadUnits) = (0, 0.0)
    for (left, right) in pairs {
      count += 1
      for key in ["activationRms", "cotangentRms", "gradientRms", "updateRatio"] {
        let (a, b) = (try #require(left[key]?.doubleValue), try #require(right[key]?.doubleValue))
        #expect(a > 0 && abs(a - b) <= 1e-4 * a, "\(key): \(a) and \(b)")
      }
      #expect(left["deadUnits"] == right["deadUnits"])
      deadUnits += left["deadUnits"]?.doubleValue ?? 0
    }
    #expect(count == 6 && deadUnits > 0)
  }

  /// A stage that is executed for what is kept of it alone has its output in the reverse pass first.
  @Test func whatIsKeptDoesNotChangeWhatIsSeen() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      { "data": { "type": "synthetic", "samples": 60, "features": 6 }, "threads": 1, "costs": "flops",
        "model": { "layers": [ { "type": "linear", "units": 8 }, { "type": "batchNorm" }, { "type": "relu" },
          { "type": "elu" }, { "type": "linear", "units": 6 }, { "type": "gelu" }, { "type": "linear", "units": 2 } ] },
        "training": { "batchSize": 60 } }
      """, as: "c.json")
    let stages = try ["none", "optimal", "recursive"].map { strategy in
      let arguments = ["--config", "c.json", "--iterations", "3", "--checkpoint", strategy, "--json"]
      return try document(Program.run(arguments, in: folder.path))["health"]?["stages"]
    }
    #expect(stages[0]?.elements?.count == 3)
    #expect(stages[0]?.elements?.allSatisfy { ($0["activationRms"]?.doubleValue ?? 0) > 0 } == true)
    #expect(stages[1] == stages[0] && stages[2] == stages[0])
  }

  @Test func aRunThatDivergesSaysWhere() throws {
    let run = try Program.run([
      "--config", Program.configuration("tiny"), "--set", "optimizer.learningRate=3e38", "--set",
      "optimizer.type=sgd", "--set", "loss=softmaxCrossEntropy", "--json",
    ])
    #expect(run.exitCode == 1)
    let message = try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")["error"]?["message"]
    let text = try #require(message?.stringValue)
    #expect(text.hasPrefix("training diverged in iteration "))
    #expect(text.contains("; it first appeared in the ") && text.contains(" of layers.") && text.contains(", element "))
  }

  @Test func gradientsThatAreNotFiniteAreNotWritten() throws {
    let folder = try TemporaryFolder()
    try folder.write("a,b,y\n1e30,2,1\n3,4,-1e30\n", as: "d.csv")
    try folder.write(
      """
      { "data": { "type": "csv", "path": "d.csv", "target": "y", "task": "regression" },
        "model": { "layers": [ { "type": "linear", "units": 4 }, { "type": "linear", "units": 1 } ] },
        "loss": "meanSquaredError" }
      """, as: "c.json")
    let run = try Program.run(["gradients", "--config", "c.json", "--output", "g.safetensors"], in: folder.path)
    #expect(run.exitCode == 1)
    #expect(run.errors.contains("the loss is not finite; it first appeared in the forward pass"), "\(run.errors)")
    #expect(folder.names() == ["c.json", "d.csv"])
  }
}
