package import ComputationGraph

/// How much of a network is compared with difference quotients: rows of the batch, and entries of each parameter.
///
/// Every entry costs two evaluations of the network from the parameter's layer on. As many are taken as a stated number
/// of operations allows, up to 8 entries on 8 rows; at least 1 entry on 2 rows, whatever that costs.
package struct CheckEffort: Hashable, Sendable {
  package var rowCount: Int
  package var entriesPerTensor: Int

  /// Some ten seconds of the reference kernels.
  package static let operationBudget = 12_000_000_000

  /// - Parameter batchSize: rows that are there.
  package init(for network: NetworkDescription, batchSize: Int) throws(GraphError) {
    let perRow = try CheckEffort.operationsPerEntry(of: Graph(network, batchRows: 1, mode: .training))
    var rows = min(batchSize, 8)
    while rows > 2, 2 * perRow * rows > CheckEffort.operationBudget { rows /= 2 }
    rowCount = rows
    entriesPerTensor = min(max(1, CheckEffort.operationBudget / max(1, perRow * rows)), 8)
  }

  /// Operations of comparing one entry of every parameter.
  private static func operationsPerEntry(of graph: Graph) -> Int {
    var suffix = 0
    var sum = 0
    for node in graph.nodes.reversed() {
      suffix += graph.flops(of: node)
      let parameterCount = node.inputs.count { value in
        if case .parameter = graph[value].source { true } else { false }
      }
      let (product, overflow) = suffix.multipliedReportingOverflow(by: 2 * parameterCount)
      guard !overflow, product < Int.max / 64 - sum else { return Int.max / 64 }
      sum += product
    }
    return sum
  }
}
