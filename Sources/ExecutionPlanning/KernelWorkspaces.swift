/// What the kernels of a graph's nodes need beside their operands while they run.
package struct KernelWorkspaces: Hashable, Sendable {
  /// By node.
  package var byteCounts: [Int]
  /// Whether all have one and the same bytes, which nothing else is ever in: for kernels that take turns tile by tile.
  /// A workspace of one instruction's own takes bytes of values that follow it.
  package var areShared: Bool

  package init(byteCounts: [Int], areShared: Bool) {
    self.byteCounts = byteCounts
    self.areShared = areShared
  }

  var largestByteCount: Int { byteCounts.max() ?? 0 }
}
