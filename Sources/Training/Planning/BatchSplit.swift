import ExecutionPlanning
import Kernels

/// Whether threads divide the rows of a batch among themselves, each carrying its own through the whole network, or all
/// work together on one operator after the other.
///
/// ```
/// together    thread 0   | half of layer 0 | half of layer 1 | half of layer 2 |   all wait at every bar
///             thread 1   | half of layer 0 | half of layer 1 | half of layer 2 |
///
/// divided     thread 0   | layers 0, 1, 2, ... of rows  0..<64 |                   all wait once
///             thread 1   | layers 0, 1, 2, ... of rows 64..<128 |
/// ```
///
/// Divided rows need a copy of the parameters' gradients for each thread but the first; the copies are added up in the
/// order of the threads. Their gradients differ from undivided ones by rounding, which is why nothing that a schedule
/// or a budget changes decides between the two.
package struct BatchSplit: Hashable, Sendable {
  /// Threads with rows of their own; 1 where all work together.
  package let partCount: Int

  package static let none = BatchSplit(partCount: 1)

  /// - Precondition: `partCount` is at least 1.
  package init(partCount: Int) {
    precondition(partCount >= 1, "somebody has to have the rows")
    self.partCount = partCount
  }

  /// The rows of each part of `rows` rows: they differ by at most one, the first are the longer ones, none is empty.
  package func parts(of rows: Int) -> [Range<Int>] {
    let count = min(partCount, rows)
    return (0..<count).map { ThreadTeam.range(of: rows, part: $0, parts: count) }
  }

  /// What a part may take of a budget that covers what all parts need: its own need, and of what is left a share by
  /// what it has use for, in whole cache lines. Where the budget is enough for all to keep everything, each can.
  ///
  /// - Parameters:
  ///   - needed: least feasible bytes of each part.
  ///   - keepAll: bytes of each part that keeps everything.
  package static func share(of budget: Int, part: Int, needed: [Int], keepAll: [Int]) -> Int {
    let uses = zip(keepAll, needed).map { max(0, $0 - $1) }
    let total = uses.reduce(0, +)
    let spare = max(0, budget - needed.reduce(0, +))
    let own: Int
    if spare < total {
      // As whole numbers: a part that has use for all is to have all, to the byte.
      let product = UInt(uses[part]).multipliedFullWidth(by: UInt(spare))
      own = Int(UInt(total).dividingFullWidth(product).quotient)
    } else {
      own = uses[part] + (spare - total) / needed.count
    }
    return needed[part] + own / bufferAlignment * bufferAlignment
  }
}
