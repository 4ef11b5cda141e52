package import ComputationGraph

/// Rows of the batch that an instruction has computed: all of them, or those of one tile.
package struct CompletedRows: Hashable, Sendable {
  package let range: Range<Int>
  /// Rows of the batch.
  package let count: Int

  package init(_ range: Range<Int>, of count: Int) {
    self.range = range
    self.count = count
  }

  /// Whether the instruction has no later rows: what it sums over rows is complete.
  package var areLast: Bool { range.upperBound == count }
  package var areFirst: Bool { range.lowerBound == 0 }
  package var areAll: Bool { areFirst && areLast }

  /// Which elements of an output are complete now and were not before: those of the rows, or all of a sum over rows
  /// with the last of them.
  package func elements(of value: ValueID, in graph: Graph) -> Range<Int> {
    let shape = graph[value].shape
    guard !areAll else { return 0..<shape.elementCount }
    if case .node(let node) = graph[value].source, graph.nodes[node].operation.isSumOverRows {
      return 0..<(areLast ? shape.elementCount : 0)
    }
    return range.lowerBound * shape.columns..<range.upperBound * shape.columns
  }
}
