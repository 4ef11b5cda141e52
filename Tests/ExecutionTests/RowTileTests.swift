import ArenaMemory
import Checkpointing
import ComputationGraph
import Execution
import ExecutionPlanning
import Kernels
import TestSupport
import Testing
import Training

/// Tiles of rows: another order of the same work, with the same bits.
@Suite struct RowTileTests {
  /// Looks at nothing, but says that it does: everything then runs operator by operator.
  private final class Looker: ExecutionObserver {
    let readsValues = true
    func runWillBegin() {}
    func didRun(instruction index: Int) {}
  }

  private static func network(_ seed: Int, elementType: ElementType) -> NetworkDescription {
    let activations: [Activation] = [.gelu(approximation: .none), .tanh, .relu, .silu, .gelu(approximation: .tanh)]
    let width = [64, 48, 33, 200][seed % 4]
    let activation = activations[seed % activations.count]
    return NetworkDescription(
      layers: [
        .linear(units: width, bias: true), .activation(activation),
        .repeated(
          count: 6,
          layers: [
            .residual(layers: [
              .layerNorm(epsilon: 1e-5), .linear(units: 40, bias: seed % 2 == 0), .activation(activation),
              .linear(units: width, bias: true), .dropout(rate: 0.1),
            ]), .linear(units: width, bias: true), .activation(activation),
          ]), .linear(units: 5, bias: true),
      ],
      loss: .softmaxCrossEntropy, inputFeatures: 24, targetColumns: 1, elementType: elementType)
  }

  @Test(.enabled(if: OneDNN.instructionSet.hasAVX512), arguments: 0..<8)
  func gradientsAreEqualInTilesAndOperatorByOperatorUnderEverySchedule(seed: Int) throws {
    let rows = 1024 + 37 * seed
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 1))
    let runner = try NetworkRunner<Float>(
      Self.network(seed, elementType: .float32), rows: rows, seed: UInt64(seed), library: library)
    let exact = try NetworkRunner<Double>(
      Self.network(seed, elementType: .float64), rows: rows, seed: UInt64(seed), library: ReferenceKernels()
    ).gradients(under: .none)
    var expected: [[Float]] = []
    for strategy in [Strategy.none, .sqrt, .recursive, .revolve(3), .mixed(4)] {
      let plan = try runner.plan(strategy)
      try plan.verify()
      for observers in [[], [Looker()]] {
        let arena = try runner.arena(for: plan)
        let executor = try runner.executor(of: plan, in: arena)
        #expect(executor.mingledInstructionCount * 2 > plan.instructions.count, "tiles are mingled at all")
        try runner.storage.gradientBlock.fill(byte: 0xFF)
        try executor.run(RunContext(seed: 5, iteration: 0), observers: observers)
        let gradients = try runner.gradients()
        if expected.isEmpty { expected = gradients }
        #expect(gradients == expected, "seed \(seed), \(strategy), \(observers.count) observers")
        #expect(arena.measuredPeakBytes == plan.peakByteCount, "seed \(seed), \(strategy)")
      }
      #expect(strategy == .none || plan.instructions.contains { $0.phase == .recompute }, "\(strategy)")
    }
    let difference = relativeDifference(expected.map { $0.map(Double.init) }, exact)
    #expect(difference < 1e-4, "seed \(seed): \(difference)")
  }

  typealias Access = TileGroups.Access

  @Test(
    arguments: [
      ("the same rows", Access.rows(0, 64, 16), Access.rows(0, 64, 16, isWritten: true), true),
      ("rows of another length", .rows(0, 64, 16), .rows(0, 64, 32, isWritten: true), false),
      ("other rows", .rows(0, 64, 16), .rows(16, 64, 16, isWritten: true), false),
      ("other rows, nobody writes", .rows(0, 64, 16), .rows(16, 64, 16), true),
      ("bytes apart", .rows(0, 64, 16, isWritten: true), .rows(64, 64, 16, isWritten: true), true),
      ("a sum that is read", .whole(0, 64, isWritten: true), .whole(0, 64), false),
      ("a sum over rows", .rows(0, 64, 16, isWritten: true), .whole(32, 64), false),
      ("two workspaces", .workspace(0, 64), .workspace(32, 64), true),
      ("a workspace over a value", .workspace(0, 64), .rows(32, 64, 16), false),
    ] as [(String, Access, Access, Bool)])
  func whatMayBeMingled(name: String, a: Access, b: Access, isPermitted: Bool) {
    #expect(a.permitsMingling(with: b) == isPermitted, "\(name)")
    #expect(b.permitsMingling(with: a) == isPermitted, "\(name)")
    var groups = TileGroups()
    groups.append(0, tileCount: 4, accesses: [a])
    groups.append(1, tileCount: 4, accesses: [b])
    groups.append(2, tileCount: 4, accesses: [])
    groups.close(before: 3)
    #expect(groups.ranges == (isPermitted ? [0..<3] : [0..<1, 1..<3]), "\(name)")
  }

  @Test func groupsEndWhereTilesDoOrWholeOperandsAreManyBytes() {
    var groups = TileGroups()
    for (index, tileCount) in [1, 4, 4, 3, 3, 1, 1].enumerated() {
      groups.append(index, tileCount: tileCount, accesses: [])
    }
    for index in 7..<12 {
      groups.append(index, tileCount: 4, accesses: [.whole(UInt(index) << 24, 700 << 10)])
    }
    groups.close(before: 12)
    #expect(groups.ranges == [0..<1, 1..<3, 3..<5, 5..<6, 6..<7, 7..<9, 9..<11, 11..<12])
  }
}

extension TileGroups.Access {
  fileprivate static func rows(_ start: UInt, _ count: Int, _ row: Int, isWritten: Bool = false) -> Self {
    Self(start: start, byteCount: count, extent: .rows(byteCount: row), isWritten: isWritten)
  }

  fileprivate static func whole(_ start: UInt, _ count: Int, isWritten: Bool = false) -> Self {
    Self(start: start, byteCount: count, extent: .whole, isWritten: isWritten)
  }

  fileprivate static func workspace(_ start: UInt, _ count: Int) -> Self {
    Self(start: start, byteCount: count, extent: .workspace, isWritten: true)
  }
}
