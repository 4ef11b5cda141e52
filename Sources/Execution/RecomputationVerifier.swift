package import ArenaMemory
import ComputationGraph
package import ExecutionPlanning

/// Watches a run and proves two things of its plan: a value computed again has the bits of its first computation, and
/// no instruction reads bytes whose value was discarded.
///
/// Each forward value's checksum is taken when it is first computed in a run of the plan and compared at every later
/// computation from the same values: one from a copy that was rounded while it was kept is compared with others from
/// that copy (``ComputationNumbers``). Rows are looked at as they are computed: where instructions run tile by tile a
/// value may never stand there whole. Bytes whose value has been read for the last time are filled with NaN, so that a
/// read of them spoils the loss, a gradient or a checksum.
package final class RecomputationVerifier: ExecutionObserver {
  /// A value that was computed again with other bits.
  package struct Mismatch: Hashable, Sendable {
    package let instruction: Int
    package let stage: Int
    package let operation: String
  }

  /// The first mismatch since the verifier was made.
  package private(set) var mismatch: Mismatch?
  /// Comparisons made: 0 in a run without recomputation.
  package private(set) var comparisonCount = 0
  /// An access to the arena that failed, which is a defect of the plan.
  package private(set) var failure: ArenaMemoryError?

  private let plan: Plan
  private let arena: Arena
  private let arenaOffset: Int
  /// By number of a computation: the checksum of the first, nil before it.
  private var checksums: [UInt64?]
  /// By buffer: of its rows that have been computed so far. Two computations of one value may take turns.
  private var pieces: [Checksum]
  private let numbers: ComputationNumbers
  /// Buffers that end with each instruction and that no other takes over in place.
  private let endings: [[Int]]

  /// Bytes of a verifier of a plan.
  package static func byteCount(of plan: Plan) -> Int {
    ComputationNumbers.byteCount(of: plan)
      + plan.buffers.count * MemoryLayout<Checksum>.stride
      + plan.instructions.count * MemoryLayout<[Int]>.stride
      + plan.buffers.count * 48
  }

  /// - Parameter arenaOffset: where in the arena the plan's buffers begin, in bytes.
  package init(plan: Plan, arena: Arena, arenaOffset: Int = 0) {
    self.plan = plan
    self.arena = arena
    self.arenaOffset = arenaOffset
    numbers = ComputationNumbers(of: plan)
    checksums = Array(repeating: nil, count: numbers.count)
    pieces = Array(repeating: Checksum(), count: plan.buffers.count)
    var endings: [[Int]] = Array(repeating: [], count: plan.instructions.count)
    for (index, buffer) in plan.buffers.enumerated() where !buffer.isOverwritten {
      endings[buffer.liveRange.upperBound - 1].append(index)
    }
    self.endings = endings
  }

  package func runWillBegin() {
    for index in checksums.indices { checksums[index] = nil }
  }

  package func didRun(instruction index: Int, rows: CompletedRows) {
    do throws(ArenaMemoryError) {
      if plan.instructions[index].phase != .backward { try compareOutputs(of: index, rows) }
      for ending in endings[index] {
        let bytes = bytes(of: plan.buffers[ending], in: rows, padded: true)
        try arena.poison(offset: bytes.lowerBound, byteCount: bytes.count)
      }
    } catch {
      failure = failure ?? error
    }
  }

  private func compareOutputs(of index: Int, _ rows: CompletedRows) throws(ArenaMemoryError) {
    for case .buffer(let number) in plan.instructions[index].outputs {
      let bytes = bytes(of: plan.buffers[number], in: rows, padded: false)
      if rows.areFirst { pieces[number] = Checksum() }
      guard rows.areLast else {
        try arena.block.addPiece(atByte: bytes.lowerBound, byteCount: bytes.count, to: &pieces[number])
        continue
      }
      let checksum = try arena.block.checksum(
        atByte: bytes.lowerBound, byteCount: bytes.count, endingPieces: &pieces[number])
      let computation = numbers.number(ofBuffer: number)
      guard let first = checksums[computation] else {
        checksums[computation] = checksum
        continue
      }
      comparisonCount += 1
      if first != checksum, mismatch == nil {
        let instruction = plan.instructions[index]
        mismatch = Mismatch(
          instruction: index, stage: instruction.stage,
          operation: plan.graph.nodes[instruction.node].operation.name)
      }
    }
  }

  /// Where in the arena the rows of a buffer stand, or all of one that has none, with the last of the rows.
  ///
  /// - Parameter padded: whether what the buffer takes beyond its value belongs to the last rows.
  private func bytes(of buffer: PlannedBuffer, in rows: CompletedRows, padded: Bool) -> Range<Int> {
    let start = arenaOffset + buffer.offset
    let end = start + (padded ? buffer.alignedByteCount : buffer.byteCount)
    guard let value = buffer.value else { return start..<(rows.areLast ? end : start) }
    let elements = rows.elements(of: value, in: plan.graph)
    let elementByteCount = plan.graph.elementType(of: value).byteCount
    let first = start + elements.lowerBound * elementByteCount
    return first..<(rows.areLast ? end : start + elements.upperBound * elementByteCount)
  }
}
