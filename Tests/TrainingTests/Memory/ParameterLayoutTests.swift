import ArenaMemory
import ComputationGraph
import Testing
import Training

@Suite struct ParameterLayoutTests {
  @Test func saysWhatTheStorageTakes() throws {
    for optimizerStateCount in 0...2 {
      let network = NetworkDescription(
        layers: [
          .linear(units: 7, bias: true), .batchNorm(momentum: 0.1, epsilon: 1e-5), .linear(units: 3, bias: true),
        ],
        loss: .meanSquaredError, inputFeatures: 5, targetColumns: 3)
      let graph = try Graph(network, batchRows: 4, mode: .training)
      let layout = ParameterLayout(of: graph, optimizerStateCount: optimizerStateCount)
      let arena = try JemallocArena()
      let storage = try ParameterStorage<Float>(for: graph, optimizerStateCount: optimizerStateCount, in: arena)
      #expect(layout.offsets.allSatisfy { $0 % 64 == 0 })
      #expect(layout.parametersByteCount == storage.parameterBlock.byteCount + storage.stateBlock.byteCount)
      #expect(layout.gradientsByteCount == storage.gradientBlock.byteCount)
      #expect(layout.optimizerByteCount == storage.optimizerBlocks.reduce(0) { $0 + $1.byteCount })
      // jemalloc rounds small sizes up by a quarter at most.
      let bytes = layout.parametersByteCount + layout.gradientsByteCount + layout.optimizerByteCount
      let allocated = try arena.statistics().allocatedBytes
      #expect((bytes...bytes * 5 / 4).contains(allocated))
    }
  }
}
