import Configuration
import RandomNumbers
import TestSupport
import Testing

/// Runs under a limit on addresses: what the system refuses is told, and what stays in files leaves room.
@Suite struct AddressLimitTests {
  private func runWithAddresses(kibibytes: Int, _ words: [String]) throws -> Program.Run {
    try Program(
      ["-c", "ulimit -v \(kibibytes) && exec \"$0\" \"$@\"", Program.path] + words, executable: "/bin/sh"
    ).end()
  }

  /// A file of zeros that were never written and take no room on the disk.
  static func writeZeros(rows: Int, columns: Int, as name: String, in folder: TemporaryFolder) throws {
    try folder.write(RandomConfiguration.npyHeader(rows: rows, columns: columns), as: name)
    let grown = try Program(
      ["-s", "\(128 + 4 * rows * columns)", "\(folder.path)/\(name)"], executable: "/usr/bin/truncate"
    ).end()
    #expect(grown.exitCode == 0, "\(grown.errors)")
  }

  /// Without a budget too samples stay in their file where the system leaves no room for them beside the run.
  @Test func samplesStayInTheirFileBesideALargeRun() throws {
    let folder = try TemporaryFolder()
    try Self.writeZeros(rows: 51_200, columns: 1024, as: "x.npy", in: folder)
    try Self.writeZeros(rows: 51_200, columns: 4, as: "y.npy", in: folder)
    let path = try folder.write(
      """
      { "data": { "type": "npy", "features": "x.npy", "targets": "y.npy", "task": "regression" },
        "model": { "layers": [
          { "type": "repeat", "count": 48, "layers": [ { "type": "linear", "units": 1024 }, { "type": "tanh" } ] },
          { "type": "linear", "units": 4 } ] },
        "optimizer": { "type": "sgd" }, "training": { "batchSize": 256 } }
      """, as: "c.json")
    let words = ["--config", path, "--iterations", "1", "--json", "--quiet"]
    for (kibibytes, isLoaded) in [(720_000, false), (2_000_000, true)] {
      let run = try runWithAddresses(kibibytes: kibibytes, words)
      #expect(run.exitCode == 0, "\(kibibytes): \(run.errors)")
      let report = try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
      #expect((try #require(report["memory"]?["datasetBytes"]?.integerValue) > 200 << 20) == isLoaded)
    }
  }

  /// Under a limit on addresses the program trains, or ends with 71 and a sentence; never with a trap.
  @Test(arguments: [80_000, 92_000, 100_000, 110_000, 130_000, 160_000, 400_000])
  func aLimitOnAddresses(kibibytes: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(MemoryBudgetTests.deep, as: "c.json")
    let run = try runWithAddresses(
      kibibytes: kibibytes, ["--config", path, "--iterations", "2", "--quiet", "--output", "\(folder.path)/out"])
    if run.exitCode == 0 {
      #expect(kibibytes > 100_000)
      return
    }
    #expect(run.exitCode == 71, "\(run.errors)")
    #expect(run.errors.hasPrefix("bptrain: "), "\(run.errors)")
    #expect(!run.errors.contains("Fatal error"))
    #expect(folder.names() == ["c.json"])
  }

  /// The same where kernels of many shapes are made, and where planning takes large blocks: oneDNN and jemalloc would
  /// end the process in their own ways.
  @Test(arguments: [96_000, 104_000, 110_000, 126_000, 150_000, 180_000])
  func aLimitOnAddressesWhilePlanning(kibibytes: Int) throws {
    let folder = try TemporaryFolder()
    var random = SplitMix64(seed: 5)
    let layers = (0..<700).map { _ in
      "{ \"type\": \"linear\", \"units\": \(Int.random(in: 4...96, using: &random)) }, { \"type\": \"gelu\" },"
    }
    let path = try folder.write(
      """
      { "data": { "type": "synthetic", "samples": 64, "features": 8 },
        "model": { "layers": [ \(layers.joined()) { "type": "linear", "units": 2 } ] } }
      """, as: "c.json")
    for budget in [[], ["--activation-budget", "5%"], ["--memory-budget", "auto"]] {
      let run = try runWithAddresses(kibibytes: kibibytes, ["plan", "--config", path, "--quiet"] + budget)
      if run.exitCode == 0 { continue }
      #expect(run.exitCode == 71 || !budget.isEmpty && run.exitCode == 69, "\(budget): \(run.errors)")
      #expect(run.errors.hasPrefix("bptrain: "), "\(run.errors)")
    }
  }

  /// `auto` plans for what a limit on addresses leaves.
  @Test func automaticBudgetsHeedTheLimitOnAddresses() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(MemoryBudgetTests.deep, as: "c.json")
    let planned = try runWithAddresses(
      kibibytes: 180_000,
      ["--config", path, "--iterations", "2", "--json", "--quiet", "--memory-budget", "auto"])
    #expect(planned.exitCode == 0, "\(planned.errors)")
    let report = try JSONValue(parsing: Array(planned.output.utf8), fileName: "report")
    let budget = try #require(report["memory"]?["process"]?["budgetBytes"]?.integerValue)
    #expect(budget < 180_000 << 10)
  }
}
