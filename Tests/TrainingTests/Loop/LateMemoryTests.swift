import ArenaMemory
import Checkpointing
import ComputationGraph
import Kernels
import SystemCalls
import Testing
import Training

/// Memory that is there when a run is planned and gone when it is to be used: the run is refused with a sentence, and
/// nothing has been brought into memory.
@Suite struct LateMemoryTests {
  /// A control group of version 2 whose limit is lowered between two looks at it.
  private final class ShrinkingGroup {
    var limits: [Int]
    private(set) var looks = 0

    init(_ limits: [Int]) {
      self.limits = limits
    }

    func memoryLimits() throws(SystemCallError) -> MemoryLimits {
      let limit = limits[min(looks, limits.count - 1)]
      looks += 1
      let files = ["/g/memory.max": "\(limit)\n", "/g/memory.current": "\(1 << 20)\n"]
      return MemoryLimits(
        totalBytes: 1 << 40, availableBytes: 1 << 39,
        controlGroup: ControlGroupMemory(groups: [ControlGroup(version: 2, folders: ["/g"])]) { files[$0] },
        addressSpaceBytes: nil, usedAddressSpaceBytes: 1 << 30)
    }
  }

  private static let network = NetworkDescription(
    layers: [
      .repeated(count: 8, layers: [.linear(units: 128, bias: true), .activation(.relu)]), .linear(units: 2, bias: true),
    ], loss: .meanSquaredError, inputFeatures: 128, targetColumns: 2)

  private static let rows: Samples<Float> = samples(
    [[Float]](repeating: Array(repeating: 1, count: 128), count: 4), [[Float]](repeating: [0, 1], count: 4))

  /// - Returns: what there was to say of memory, nil where the session was made.
  private func refusal(_ group: ShrinkingGroup, optimizerStateCount: Int = 2) throws -> ArenaMemoryError? {
    let library = ReferenceKernels()
    let plans = try TrainingPlans(
      network: Self.network, sizes: BatchSizes(training: 4096), strategy: .none, library: library)
    do {
      _ = try NetworkSession(
        plans: plans, samples: Self.rows, optimizerStateCount: optimizerStateCount, library: library, team: .single,
        memoryLimits: group.memoryLimits)
      return nil
    } catch let error as ArenaMemoryError {
      return error
    }
  }

  @Test func aLimitThatStays() throws {
    let group = ShrinkingGroup([1 << 30])
    #expect(try refusal(group) == nil)
    #expect(group.looks == 2)
  }

  @Test func aLimitLoweredBeforeAnythingIsTaken() throws {
    let group = ShrinkingGroup([8 << 20])
    let error = try #require(try refusal(group))
    guard case .insufficientMemory(let needed, let available) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(group.looks == 1 && available == 7 << 20 && needed > available)
    #expect(error.description == "\(needed) bytes of memory are needed and \(available) are available")
  }

  /// Parameters are in memory by then, and are not needed a second time.
  @Test func aLimitLoweredWhileParametersAreDrawn() throws {
    let group = ShrinkingGroup([1 << 30, 8 << 20])
    guard case .insufficientMemory(let needed, let available)? = try refusal(group) else {
      Issue.record("the session was made")
      return
    }
    #expect(group.looks == 2 && available == 7 << 20 && needed > 16 << 20)
  }
}
