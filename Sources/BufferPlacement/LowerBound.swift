/// The largest sum of aligned live bytes at one moment: no placement of `buffers` is lower. `Int.max` where that sum
/// cannot be counted in an `Int`.
///
/// - Complexity: linear where the births lie dense, else that of sorting them.
package func lowerBound(of buffers: [PlacementBuffer]) -> Int {
  PlacementProblem(buffers)?.lowerBound ?? Int.max
}
