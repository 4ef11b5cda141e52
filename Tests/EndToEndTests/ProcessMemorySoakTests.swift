import Configuration
import TestSupport
import Testing

/// The account of the process against the kernel: what a plan says the process will need at most is what it needs.
@Suite("Soak: process memory", .serialized) struct ProcessMemorySoakTests {
  /// Cases drawn at random: a few, or what `BPTRAIN_SOAK` says.
  static let seeds = soakSeeds(few: 8)

  /// 2 % or 8 MiB, whichever is larger.
  private static func tolerance(_ bytes: Int) -> Int { max(8 << 20, bytes / 50) }

  private func check(_ configuration: String, _ name: String) throws {
    let planned = try Program.run(["plan", "--config", configuration, "--iterations", "3", "--json", "--quiet"])
    #expect(planned.exitCode == 0, "\(name): \(planned.errors)")
    guard planned.exitCode == 0 else { return }
    let run = try Program.runMeasured(["--config", configuration, "--iterations", "3", "--json", "--quiet"])
    #expect(run.exitCode == 0 || run.diverged, "\(name): \(run.errors)")
    guard run.exitCode == 0 else { return }
    let plan = try report(planned)
    let training = try report(run)
    let foreseen = try #require(plan["memory"]?["process"]?["plannedPeakBytes"]?.integerValue)
    let measured = try #require(training["memory"]?["process"]?["measuredPeakBytes"]?.integerValue)
    // The kernel counts the child's pages again when it has ended.
    #expect(run.peakResidentBytes - measured < 2 << 20, "\(name)")
    #expect(foreseen >= run.peakResidentBytes, "\(name): planned \(foreseen), measured \(run.peakResidentBytes)")
    #expect(
      foreseen - run.peakResidentBytes <= Self.tolerance(run.peakResidentBytes),
      "\(name): planned \(foreseen), measured \(run.peakResidentBytes)")
    let arena = training["memory"]?["activations"]
    #expect(arena?["plannedPeakBytes"] == arena?["measuredPeakBytes"], "\(name)")
    #expect(Program.isSteady(training), "\(name)")
    let categories = try #require(plan["memory"]?["process"]?["categories"]?.elements)
    #expect(categories.count == 8)
    #expect(categories.reduce(0) { $0 + ($1["plannedBytes"]?.integerValue ?? 0) } <= foreseen, "\(name)")
  }

  private func report(_ run: Program.Run) throws -> JSONValue {
    try JSONValue(parsing: Array(run.output.utf8), fileName: "report")
  }

  /// Workloads of the benchmarks: narrow and deep, small; with residual blocks, of a gigabyte, where there is time for
  /// it.
  @Test("workloads", arguments: ["w1", "w5"] + (seeds.count >= 50 ? ["w2", "w3", "w4", "w6"] : []))
  func workload(name: String) throws {
    try check("\(Program.projectFolder)/Benchmarks/workloads/\(name).json", name)
  }

  @Test("the shipped configurations", arguments: ["tiny", "deep", "deep-plain", "vanishing", "neuron"])
  func shipped(name: String) throws {
    try check(Program.configuration(name), name)
  }

  @Test("random configurations", arguments: seeds)
  func random(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let configuration = RandomConfiguration(seed: seed)
    try check(configuration.write(into: folder), "seed \(seed): \(configuration.text)")
  }
}
