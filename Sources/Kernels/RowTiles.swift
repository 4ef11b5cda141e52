package import ComputationGraph

/// A batch in tiles of rows, each small enough to stay in a core's second-level cache while several operators follow
/// one another on it.
///
/// ```
/// operator by operator    linear rows 0..<4096   gelu rows 0..<4096           4 MiB go to memory and back
/// tile by tile            linear rows 0..<128    gelu rows 0..<128    linear rows 128..<256   ...
/// ```
///
/// Whether and how a kernel's rows are cut is a function of its signature, the thread count and the instruction set, so
/// that its bits are the same whether or not another kernel comes between two of its tiles. Only a thread that has the
/// rows to itself computes in tiles: threads that share every product would wait for each other after each.
package struct RowTiles: Hashable, Sendable {
  package let rowCount: Int
  /// Rows of every tile but the last, which may have fewer.
  package let rowsOfTile: Int

  package init(rowCount: Int, rowsOfTile: Int) {
    self.rowCount = rowCount
    self.rowsOfTile = rowsOfTile
  }

  package var count: Int { (rowCount + rowsOfTile - 1) / rowsOfTile }

  package func rows(ofTile tile: Int) -> Range<Int> {
    tile * rowsOfTile..<min((tile + 1) * rowsOfTile, rowCount)
  }

  /// Nil where the kernel computes all rows at once.
  init?(of signature: KernelSignature, threads: Int) {
    guard threads == 1, Self.areUsed(in: signature.elementType), let rowwise = signature.operation.rowwiseInputs
    else { return nil }
    let rows = signature.inputs[0].rows
    let outputs = signature.operation.isSumOverRows ? [] : signature.outputs
    let columns = (rowwise.map { signature.inputs[$0] } + outputs).reduce(1) { max($0, $1.columns) }
    guard columns <= Self.mostColumns else { return nil }
    // Multiples of what sums over rows are blocked by.
    let ofTile = min(Self.mostBytes / (signature.elementType.byteCount * columns), Self.mostRows) / 16 * 16
    guard rows >= Self.fewestTiles * ofTile else { return nil }
    rowCount = rows
    rowsOfTile = ofTile
  }

  /// Whether kernels of the processor at hand compute in tiles.
  package static func areUsed(in elementType: ElementType) -> Bool {
    switch elementType {
    case .float32: OneDNN.instructionSet.hasAVX512
    case .bfloat16: OneDNN.instructionSet.multipliesBFloat16
    case .float64: false
    }
  }

  /// Wider layers have weights that do not fit a core's cache beside a tile.
  private static let mostColumns = 256
  /// Of one value. A thread with 4096 rows of 256 columns, 128 layers with GELU, takes 1.15 of the floor with 128 KiB,
  /// 1.21 with 256 KiB, and 1.41 without tiles (2 Zen 5 cores with 1 MiB of second-level cache each).
  private static let mostBytes = 128 << 10
  private static let mostRows = 256
  private static let fewestTiles = 4

  /// What the cut depends on beside the signature, for the name of the kernel table.
  static let description = "tiles \(mostColumns) \(mostBytes) \(mostRows) \(fewestTiles)"

  /// The same kernel for the rows of one tile.
  func signature(_ signature: KernelSignature, ofTile tile: Int) -> KernelSignature {
    let count = rows(ofTile: tile).count
    let isSum = signature.operation.isSumOverRows
    var inputs = signature.inputs
    for index in signature.operation.rowwiseInputs ?? [] {
      inputs[index] = Shape(rows: count, columns: inputs[index].columns)
    }
    let outputs = isSum ? signature.outputs : signature.outputs.map { Shape(rows: count, columns: $0.columns) }
    return KernelSignature(
      operation: signature.operation, inputs: inputs, outputs: outputs, elementType: signature.elementType,
      addsToOutputs: isSum && (signature.addsToOutputs || tile > 0))
  }
}

extension KernelSignature {
  /// Whether a thread that has the rows to itself computes them in tiles.
  package var isComputedInTiles: Bool { mostTiles(threads: 1) > 1 }

  /// Tiles in which so many threads together compute it, where there are kernels for it that can; 1 where they compute
  /// all rows at once.
  package func mostTiles(threads: Int) -> Int { RowTiles(of: self, threads: threads)?.count ?? 1 }
}
