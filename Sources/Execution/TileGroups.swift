import ComputationGraph
import ExecutionPlanning
package import Kernels

/// Neighbouring instructions that run tile by tile: all of them on the first rows, then all of them on the next.
///
/// ```
/// linear  x -> u        rows 0..<512 of all three, then rows 512..<1024 of all three, ...: what one leaves to the
/// gelu    u -> h        next is still in the cache
/// linear  h -> v
/// ```
///
/// That is no different computation, but another order of the same tiles. It is allowed where no tile then finds what
/// it did not find before: operands of two instructions share bytes only if nobody writes there, or if both have the
/// same rows at the same addresses. Values of different live ranges share addresses, so every two operands are
/// compared.
package struct TileGroups {
  /// Bytes that an instruction reads or writes.
  package struct Access {
    package enum Extent: Hashable {
      /// A row for each row of the batch, so many bytes long.
      case rows(byteCount: Int)
      case whole
      /// Of nobody else's interest before and afterwards.
      case workspace
    }

    let start: UInt
    let byteCount: Int
    let extent: Extent
    let isWritten: Bool

    package init(start: UInt, byteCount: Int, extent: Extent, isWritten: Bool) {
      self.start = start
      self.byteCount = byteCount
      self.extent = extent
      self.isWritten = isWritten
    }

    private var end: UInt { start + UInt(byteCount) }

    /// Whether the tiles of two instructions may be mingled as far as these accesses go.
    package func permitsMingling(with other: Access) -> Bool {
      if start >= other.end || other.start >= end { return true }
      if !isWritten, !other.isWritten { return true }
      switch (extent, other.extent) {
      case (.rows(let bytes), .rows(let otherBytes)): return start == other.start && bytes == otherBytes
      case (.workspace, .workspace): return true
      default: return false
      }
    }
  }

  /// Bytes of operands that are read or summed up whole: they are gone through with every tile. 128 layers of width 256
  /// with GELU take 1.27 of the floor with 640 KiB, 1.15 with 2 MiB and 1.27 with 8 MiB (2 Zen 5 cores, 1 MiB of
  /// second-level cache each).
  static let mostWholeByteCount = 2 << 20
  /// Bounds the comparisons.
  static let mostInstructions = 64

  /// Instructions that run tile by tile, and lone ones.
  package private(set) var ranges: [Range<Int>] = []
  private var first = 0
  private var tiles: RowTiles?
  private var accesses: [Access] = []
  private var wholeByteCount = 0

  package init() {}

  /// Takes the next instruction.
  ///
  /// - Parameter tiles: how its rows are cut. Kernels of different widths may have equally many tiles of different
  ///   rows: one would then read rows that the other has not computed yet.
  package mutating func append(_ instruction: Int, tiles: RowTiles?, accesses: [Access]) {
    let joins =
      instruction > first && tiles != nil && tiles == self.tiles
      && instruction - first < Self.mostInstructions
      && wholeByteCount + furtherWholeByteCount(accesses) <= Self.mostWholeByteCount
      && accesses.allSatisfy { access in self.accesses.allSatisfy { access.permitsMingling(with: $0) } }
    if !joins {
      close(before: instruction)
      self.tiles = tiles
    }
    wholeByteCount += furtherWholeByteCount(accesses)
    self.accesses += accesses
  }

  /// Bytes of operands that are read or summed up whole and that no instruction of the group has yet.
  private func furtherWholeByteCount(_ accesses: [Access]) -> Int {
    accesses.reduce(0) { sum, access in
      access.extent == .whole && !self.accesses.contains { $0.start == access.start } ? sum + access.byteCount : sum
    }
  }

  /// Ends the last group.
  package mutating func close(before instruction: Int) {
    if instruction > first { ranges.append(first..<instruction) }
    first = instruction
    accesses.removeAll(keepingCapacity: true)
    wholeByteCount = 0
  }
}
