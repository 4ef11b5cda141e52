import Checkpointing
import ComputationGraph
import Kernels
import Testing
import Training

@Suite struct ProcessAccountTests {
  private func account(
    resident: Int, before: Int, planHeap: Int, batch: Int = 64, optimizerStateCount: Int = 0
  ) throws -> ProcessAccount {
    let network = NetworkDescription(
      layers: [
        .repeated(count: 40, layers: [.linear(units: 32, bias: true), .activation(.tanh)]),
        .linear(units: 4, bias: true),
      ], loss: .meanSquaredError, inputFeatures: 8, targetColumns: 4, elementType: .float32)
    let plans = try TrainingPlans(
      network: network, sizes: BatchSizes(training: batch), strategy: .none, library: ReferenceKernels())
    let samples = Samples<Float>(
      features: Array(repeating: 0, count: 8 * batch), featureCount: 8, targets: Array(repeating: 0, count: 4 * batch),
      targetCount: 4, sampleCount: batch, task: .regression, featureNames: [], origin: SampleOrigin(path: "made"))
    return ProcessAccount(
      residentByteCount: resident, residentByteCountBeforePlanning: before, earlierPeakByteCount: resident,
      earlierPeakOfOthersByteCount: resident,
      planHeapByteCount: planHeap, datasetByteCount: samples.byteCount, laterOrderByteCount: 512,
      laterPlanByteCount: 100_000,
      session: SessionMemory(of: plans, samples: samples, optimizerStateCount: optimizerStateCount),
      initializationByteCount: 0, needs: plans.runNeeds)
  }

  /// Arrays that have reserved more than they use are not in memory as a whole: they are no reason for a program of
  /// negative size.
  @Test(arguments: [0, 1 << 20, 30 << 20, 1 << 40])
  func noCategoryIsNegative(planHeap: Int) throws {
    let account = try account(resident: 20 << 20, before: 18 << 20, planHeap: planHeap)
    for category in MemoryCategory.allCases { #expect(account.byteCount(of: category) >= 0, "\(category)") }
    #expect(account.byteCount(of: .program) >= 17 << 20)
    #expect(
      MemoryCategory.allCases.reduce(0) { $0 + account.byteCount(of: $1) }
        == account.fixedByteCount + account.session.arenaByteCount)
  }

  /// Every budget from the least on leaves an arena for which a plan is known, and none below does.
  @Test(arguments: [8, 256, 4096]) func budgets(batch: Int) throws {
    let account = try account(resident: 20 << 20, before: 18 << 20, planHeap: 1 << 20, batch: batch)
    let least = account.minimumFeasibleByteCount()
    #expect(least > account.fixedByteCount)
    #expect(least <= account.peakByteCount + account.budgetMargin)
    let arenas = stride(from: least, through: 2 * least, by: 1 << 18).map {
      account.largestArenaByteCount(withinBytes: $0)
    }
    var last = 0
    for arena in arenas {
      let arena = try #require(arena)
      #expect(arena >= last)
      last = arena
    }
    #expect(account.largestArenaByteCount(withinBytes: least / 2) == nil)
    // Where activations are many, recomputing saves more than its instructions take; where they are few it does not.
    #expect((least < account.peakByteCount) == (batch > 256))
  }
}
