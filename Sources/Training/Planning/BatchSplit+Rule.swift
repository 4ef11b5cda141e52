package import ComputationGraph
import Kernels

extension BatchSplit {
  /// Divides rows where layers are so small that threads would wait for one another longer than they compute, and where
  /// batches are so tall that a thread carries them through the network in tiles of rows, which stay in its cache; by
  /// shapes, instruction set (only some have tiles) and thread count alone.
  ///
  /// Not with batch norm, whose statistics need the whole batch.
  ///
  /// - Parameter rows: what goes through the network at once: the batch, or a full micro-batch.
  package init(for network: NetworkDescription, rows: Int, threads: Int) throws(GraphError) {
    self = try BatchSplit.decided(for: network, rows: rows, threads: threads).split
  }

  /// The same, with the training graph of the first part's rows where it was needed to decide.
  static func decided(
    for network: NetworkDescription, rows: Int, threads: Int
  ) throws(GraphError) -> (split: BatchSplit, graph: Graph?) {
    guard threads > 1, rows >= threads * fewestRows, network.elementType != .float64 else { return (.none, nil) }
    let divided = BatchSplit(partCount: threads)
    let part = try Graph(network, batchRows: divided.parts(of: rows)[0].count, mode: .training)
    let products = part.nodes.filter(\.operation.isProduct)
    guard !part.needsWholeBatch, !products.isEmpty else { return (.none, part) }
    // Of all rows: operations are in proportion to them.
    let ofAll = Double(rows) / Double(part.batchRows)
    let operations = ofAll * products.reduce(0) { $0 + Double(part.flops(of: $1)) } / Double(products.count)
    let isDivided =
      operations / Double(threads) <= mostOperations || carriesTiles(part, products, rows: rows, threads: threads)
    return (isDivided ? divided : .none, part)
  }

  /// Whether most of a thread's products are computed in tiles, and the copies of the gradients are small beside the
  /// values that go through the network.
  private static func carriesTiles(_ part: Graph, _ products: [Node], rows: Int, threads: Int) -> Bool {
    let tiled = products.filter { KernelSignature(of: $0, in: part).isComputedInTiles }
    let flops = (
      all: products.reduce(0) { $0 + Double(part.flops(of: $1)) },
      tiled: tiled.reduce(0) { $0 + Double(part.flops(of: $1)) }
    )
    let parameters = part.parameters.reduce(0) { $0 + $1.shape.elementCount }
    let valuesOfARow = products.reduce(0) { sum, node in
      sum + part.outputShapes(of: node).reduce(0) { $0 + $1.columns }
    }
    return 2 * flops.tiled >= flops.all && valuesOfACopy * (threads - 1) * parameters <= valuesOfARow * rows
  }

  /// Values that go through the network for each gradient that is copied, at least.
  private static let valuesOfACopy = 8

  /// Rows of a thread below which its products are no longer efficient.
  private static let fewestRows = 4

  /// Operations of one thread in an average product up to which rows are divided: twice those of 1000 layers of width
  /// 64 with 128 rows. 64 layers of width 128 with 16 rows take 0.56 ms divided and 0.63 ms together (2 Zen 5 cores).
  private static let mostOperations = 1e6
}
