/// A bound kernel whose work is a closure, made once when it is bound.
final class ClosureKernel: BoundKernel {
  private let body: (RunContext) -> Void

  init(_ body: @escaping (RunContext) -> Void) {
    self.body = body
  }

  func run(_ context: RunContext) {
    body(context)
  }
}

/// A bound kernel whose work is a closure that can be asked for some of the rows.
final class RowsKernel: BoundKernel {
  private let rowCount: Int
  let tiles: RowTiles?
  private let body: (RunContext, Range<Int>) -> Void

  init(rowCount: Int, tiles: RowTiles?, _ body: @escaping (RunContext, Range<Int>) -> Void) {
    self.rowCount = rowCount
    self.tiles = tiles
    self.body = body
  }

  func run(_ context: RunContext) {
    for tile in 0..<(tiles?.count ?? 1) { run(context, tile: tile) }
  }

  func run(_ context: RunContext, tile: Int) {
    body(context, tiles?.rows(ofTile: tile) ?? 0..<rowCount)
  }
}
