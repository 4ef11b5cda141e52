internal import ComputationGraph

/// Programs that compute a signature tile by tile; see ``RowTiles``.
final class OneDNNTiles {
  let tiles: RowTiles
  /// Of the first tile, those between, and the last.
  private let programs: [OneDNNProgram]
  /// Bytes from one row to the next of each input, 0 where it is read whole, and of the output, 0 where it is a sum.
  private let inputRowBytes: InlineArray<3, Int>
  private let outputRowBytes: Int

  init(_ signature: KernelSignature, tiles: RowTiles, programs: [OneDNNProgram]) {
    precondition(programs.count == 3, "the first tile's program, the middle ones', the last one's")
    self.tiles = tiles
    self.programs = programs
    var rowBytes: InlineArray<3, Int> = [0, 0, 0]
    let types = signature.inputTypes
    for index in signature.operation.rowwiseInputs ?? [] {
      rowBytes[index] = types[index].byteCount * signature.inputs[index].columns
    }
    inputRowBytes = rowBytes
    outputRowBytes =
      signature.operation.isSumOverRows ? 0 : signature.outputTypes[0].byteCount * signature.outputs[0].columns
  }

  /// The tiles of which ``init(_:tiles:programs:)`` takes the programs.
  static func representatives(of tiles: RowTiles) -> [Int] { [0, 1, tiles.count - 1] }

  var scratchpadByteCount: Int { programs.reduce(0) { max($0, $1.scratchpadByteCount) } }
  var implementationNames: [String] { programs[0].implementationNames }

  func run(tile: Int, at addresses: OneDNNAddresses) {
    let row = tiles.rows(ofTile: tile).lowerBound
    var inputs: InlineArray<3, Int> = [0, 0, 0]
    for index in inputs.indices { inputs[index] = row * inputRowBytes[index] }
    let program = programs[tile == 0 ? 0 : tile == tiles.count - 1 ? 2 : 1]
    program.run(at: addresses.advanced(inputs: inputs, output: row * outputRowBytes))
  }
}

/// Programs of tiles with addresses.
final class OneDNNTiledKernel: BoundKernel {
  private let programs: OneDNNTiles
  private let addresses: OneDNNAddresses

  init(programs: OneDNNTiles, addresses: OneDNNAddresses) {
    self.programs = programs
    self.addresses = addresses
  }

  var tiles: RowTiles? { programs.tiles }

  func run(_ context: RunContext) {
    for tile in 0..<programs.tiles.count { programs.run(tile: tile, at: addresses) }
  }

  func run(_ context: RunContext, tile: Int) { programs.run(tile: tile, at: addresses) }
}
