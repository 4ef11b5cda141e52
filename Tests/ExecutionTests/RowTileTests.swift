import ArenaMemory
import Checkpointing
import ComputationGraph
import Execution
import ExecutionPlanning
import Kernels
import SystemCalls
import TestSupport
import Testing
import Training

/// Tiles of rows: another order of the same work, with the same bits.
@Suite struct RowTileTests {
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

  @Test(arguments: 0..<8, [ElementType.float32, .bfloat16].filter { RowTiles.areUsed(in: $0) })
  func gradientsAreEqualInTilesAndOperatorByOperatorUnderEverySchedule(seed: Int, elementType: ElementType) throws {
    let rows = 1024 + 37 * seed
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 1))
    let runner = try NetworkRunner<Float>(
      Self.network(seed, elementType: elementType), rows: rows, seed: UInt64(seed), library: library)
    let exact = try NetworkRunner<Double>(
      Self.network(seed, elementType: .float64), rows: rows, seed: UInt64(seed), library: ReferenceKernels()
    ).gradients(under: .none)
    runner.storage.bringRoundedUpToDate(team: .single)
    var expected: [[Float]] = []
    for strategy in [Strategy.none, .sqrt, .recursive, .revolve(3), .mixed(4)] {
      let plan = try runner.plan(strategy)
      try plan.verify()
      let recomputes = plan.instructions.contains { $0.phase == .recompute && !$0.outputs.isEmpty }
      #expect(strategy == .none || recomputes, "\(strategy)")
      for mingles in [false, true] {
        let arena = try runner.arena(for: plan)
        try arena.poison(offset: 0, byteCount: plan.peakByteCount)
        let executor = try runner.executor(of: plan, in: arena, library: mingles ? nil : KernelsInOnePiece(library))
        #expect(
          mingles
            ? executor.mingledInstructionCount * 2 > plan.instructions.count : executor.mingledInstructionCount == 0)
        let listener = RowListener(plan: plan)
        let verifier = RecomputationVerifier(plan: plan, arena: arena)
        for observers in [[], [listener], [verifier]] as [[any ExecutionObserver]] {
          try runner.storage.gradientBlock.fill(byte: 0xFF)
          try executor.run(RunContext(seed: 5, iteration: 0), observers: observers)
          let gradients = try runner.gradients()
          if expected.isEmpty { expected = gradients }
          #expect(gradients == expected, "seed \(seed), \(strategy), \(observers), mingled: \(mingles)")
        }
        #expect(listener.complaint == nil && listener.isComplete, "\(listener.complaint ?? "rows are missing")")
        #expect((listener.partCount > 0) == mingles)
        #expect(verifier.mismatch == nil && verifier.failure == nil, "seed \(seed), \(strategy)")
        #expect((verifier.comparisonCount > 0) == recomputes, "seed \(seed), \(strategy)")
        #expect(arena.measuredPeakBytes == plan.peakByteCount, "seed \(seed), \(strategy)")
      }
    }
    let difference = relativeDifference(expected.map { $0.map(Double.init) }, exact)
    #expect(difference < (elementType == .float32 ? 1e-4 : 0.5), "seed \(seed): \(difference)")
  }

  /// A tile of 128 rows of width 256 and one of 144 rows of width 224: 1024 rows are eight of either.
  @Test(.enabled(if: RowTiles.areUsed(in: .float32)))
  func equallyManyTilesOfOtherRowsAreNotMingled() throws {
    func network(_ type: ElementType) -> NetworkDescription {
      NetworkDescription(
        layers: [
          .repeated(
            count: 3,
            layers: [
              .linear(units: 256, bias: true), .activation(.gelu(approximation: .none)),
              .linear(units: 224, bias: true), .activation(.gelu(approximation: .none)),
            ]), .linear(units: 3, bias: true),
        ],
        loss: .meanSquaredError, inputFeatures: 224, targetColumns: 3, elementType: type)
    }
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 1))
    let runner = try NetworkRunner<Float>(network(.float32), rows: 1024, seed: 1, library: library)
    let exact = try NetworkRunner<Double>(network(.float64), rows: 1024, seed: 1, library: ReferenceKernels())
    let difference = relativeDifference(
      try runner.gradients(under: .none).map { $0.map(Double.init) }, try exact.gradients(under: .none))
    #expect(difference < 1e-4, "\(difference)")
  }

  @Test(.enabled(if: RowTiles.areUsed(in: .float32)))
  func theVerifierSeesARowOfATileThatChanged() throws {
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 1))
    let runner = try NetworkRunner<Float>(
      Self.network(0, elementType: .float32), rows: 1100, seed: 0, library: library)
    let plan = try runner.plan(.sqrt)
    let last = try #require(plan.instructions.lastIndex { $0.phase == .forward })
    let recomputed = try #require(
      plan.instructions.firstIndex { $0.phase == .recompute && $0.inputs.contains(.input) })
    for row in [0, 500, 1099] {
      let arena = try runner.arena(for: plan)
      let verifier = RecomputationVerifier(plan: plan, arena: arena)
      let meddler = InputMeddler(input: runner.input, row: row, columns: 24, afterInstruction: last)
      try runner.executor(of: plan, in: arena).run(
        RunContext(seed: 5, iteration: 0), observers: [meddler, verifier])
      let mismatch = try #require(verifier.mismatch, "row \(row)")
      #expect(mismatch.instruction == recomputed)
      #expect(verifier.failure == nil)
      try meddler.undo()
    }
  }

  /// Two computations of one value that take turns, tile by tile, of rows that end within a block of a checksum.
  @Test func theVerifierTellsRecomputationsThatTakeTurnsApart() throws {
    let network = NetworkDescription(
      layers: [.repeated(count: 12, layers: [.linear(units: 33, bias: true), .activation(.tanh)])],
      loss: .meanSquaredError, inputFeatures: 33, targetColumns: 33)
    let runner = try NetworkRunner<Float>(network, rows: 99, seed: 1, library: ReferenceKernels())
    let plan = try runner.plan(.revolve(2))
    var computations: [ValueID: [Int]] = [:]
    for (index, instruction) in plan.instructions.enumerated() where instruction.phase != .backward {
      for case .buffer(let number) in instruction.outputs {
        if let value = plan.buffers[number].value { computations[value, default: []].append(index) }
      }
    }
    let often = try #require(computations.values.first { $0.count >= 3 }, "nothing is computed again twice")
    let arena = try runner.arena(for: plan)
    try arena.poison(offset: 0, byteCount: plan.peakByteCount)
    let verifier = RecomputationVerifier(plan: plan, arena: arena)
    verifier.runWillBegin()
    verifier.didRun(instruction: often[0], rows: CompletedRows(0..<99, of: 99))
    let tiles = RowTiles(rowCount: 99, rowsOfTile: 32)
    for tile in 0..<tiles.count {
      for index in often[1...2] {
        verifier.didRun(instruction: index, rows: CompletedRows(tiles.rows(ofTile: tile), of: 99))
      }
    }
    #expect(verifier.mismatch == nil && verifier.failure == nil)
    #expect(verifier.comparisonCount == 2)
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
    let tiles = RowTiles(rowCount: 64, rowsOfTile: 16)
    groups.append(0, tiles: tiles, accesses: [a])
    groups.append(1, tiles: tiles, accesses: [b])
    groups.append(2, tiles: tiles, accesses: [])
    groups.close(before: 3)
    #expect(groups.ranges == (isPermitted ? [0..<3] : [0..<1, 1..<3]), "\(name)")
  }

  @Test func groupsEndWhereTilesDoOrWholeOperandsAreManyBytes() {
    var groups = TileGroups()
    // Four tiles of 128 rows of 500, four of 160, three of 240.
    for (index, rows) in [nil, 128, 128, 160, 160, 240, 240, nil, nil].enumerated() {
      groups.append(index, tiles: rows.map { RowTiles(rowCount: 500, rowsOfTile: $0) }, accesses: [])
    }
    for index in 9..<14 {
      groups.append(
        index, tiles: RowTiles(rowCount: 500, rowsOfTile: 128),
        accesses: [.whole(UInt(index) << 24, 700 << 10)])
    }
    groups.close(before: 14)
    #expect(groups.ranges == [0..<1, 1..<3, 3..<5, 5..<7, 7..<8, 8..<9, 9..<11, 11..<13, 13..<14])
  }
}

/// Hears of every instruction's rows: all of them once, in ascending order.
private final class RowListener: ExecutionObserver {
  private var ends: [Int]
  private(set) var complaint: String?
  /// Of rows that were not all rows.
  private(set) var partCount = 0
  private let rowCount: Int

  init(plan: Plan) {
    ends = Array(repeating: 0, count: plan.instructions.count)
    rowCount = plan.graph.batchRows
  }

  var isComplete: Bool { ends.allSatisfy { $0 == rowCount } }

  func runWillBegin() {}

  func didRun(instruction index: Int, rows: CompletedRows) {
    if rows.range.lowerBound != ends[index] || rows.range.isEmpty || rows.count != rowCount {
      complaint = complaint ?? "instruction \(index): rows \(rows.range) after \(ends[index])"
    }
    ends[index] = rows.range.upperBound
    if !rows.areAll { partCount += 1 }
  }
}

/// Changes a row of the batch in the middle of a run.
private final class InputMeddler: ExecutionObserver {
  private let input: MemoryBlock
  private let byteOffset: Int
  private let moment: Int
  private let original: [Float]

  init(input: MemoryBlock, row: Int, columns: Int, afterInstruction moment: Int) {
    self.input = input
    self.moment = moment
    byteOffset = row * columns * MemoryLayout<Float>.stride
    original = (0..<columns).map { input.load(Float.self, atByte: row * columns * 4 + 4 * $0) }
  }

  func runWillBegin() {}

  func didRun(instruction index: Int, rows: CompletedRows) {
    guard index == moment else { return }
    do {
      try input.write(original.map { $0 + 1 }, atByte: byteOffset)
    } catch {
      Issue.record(error)
    }
  }

  func undo() throws { try input.write(original, atByte: byteOffset) }
}

/// A library's kernels, none of which lets another come between its tiles.
private final class KernelsInOnePiece: KernelLibrary {
  private final class Kernel: BoundKernel {
    private let kernel: any BoundKernel

    init(_ kernel: any BoundKernel) { self.kernel = kernel }

    func run(_ context: RunContext) { kernel.run(context) }
  }

  private let library: any KernelLibrary

  init(_ library: any KernelLibrary) { self.library = library }

  var name: String { library.name }

  func scratchpadByteCount(for signature: KernelSignature) throws(KernelError) -> Int {
    try library.scratchpadByteCount(for: signature)
  }

  func bind(
    _ signature: KernelSignature, inputs: [MemoryAddress], outputs: [MemoryAddress], scratchpad: MemoryAddress?
  ) throws(KernelError) -> any BoundKernel {
    Kernel(try library.bind(signature, inputs: inputs, outputs: outputs, scratchpad: scratchpad))
  }

  func library(ofThread index: Int) throws(KernelError) -> any KernelLibrary {
    KernelsInOnePiece(try library.library(ofThread: index))
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
