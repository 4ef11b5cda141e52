import ArenaMemory
import ExecutionPlanning
import Testing
import Training

/// What a session takes, as jemalloc counts it, against the account that was made before.
@Suite struct SessionAccountTests {
  @Test(arguments: [false, true], ["float32", "bfloat16"])
  func jemallocCountsWhatTheAccountSays(fused: Bool, precision: String) throws {
    let run = try TrainingRun<Float>(
      """
      {
        "precision": "\(precision)",
        "data": { "type": "synthetic", "samples": 512, "features": 64, "outputs": 8 },
        "model": { "layers": [
          { "type": "repeat", "count": 6, "layers": [ { "type": "linear", "units": 256 }, { "type": "gelu" } ] },
          { "type": "linear", "units": 8 } ] },
        "optimizer": { "type": "adam", "fused": \(fused) }, "training": { "batchSize": 512 }
      }
      """)
    let account = SessionMemory(of: run.session.plans, samples: run.session.samples, optimizerStateCount: 2)
    let counted = try run.session.allocatedBytes()
    let rounded = precision == "bfloat16" ? account.layout.blockByteCount / 2 : 0
    #expect(account.layout.parametersByteCount == account.layout.blockByteCount + rounded)
    #expect(account.gradientsByteCount == (fused ? 0 : account.layout.blockByteCount))
    // jemalloc's classes of sizes are a quarter apart at most, and each block has its own.
    #expect(counted >= account.totalByteCount)
    #expect(counted <= account.totalByteCount + account.totalByteCount / 4 + 64 << 10)
    let before = try run.session.allocatedBytes()
    _ = try run.train()
    #expect(try run.session.allocatedBytes() == before, "training takes no more")
  }
}
