internal import COneDNN
package import ComputationGraph
package import SystemCalls

/// Adds up the gradients that threads have made from rows of their own: the others' blocks are added to the first
/// thread's, one after another. One pass over memory, which gives the square of the sum's norm as well.
///
/// The order of the additions depends on the blocks' size and the thread count alone. Made once; a sum allocates
/// nothing.
@safe package final class GradientSum {
  private let team: ThreadTeam
  private let partialSums: PartialSums
  private let elementType: ElementType
  private let total: UnsafeMutableRawPointer
  private let copies: UnsafeMutablePointer<UnsafeRawPointer>
  private let copyCount: Int

  /// - Parameters:
  ///   - total: the first thread's block, where the sum is left.
  ///   - copies: the other threads' blocks, of the same size.
  package init(total: MemoryAddress, copies: [MemoryAddress], elementType: ElementType, team: ThreadTeam) {
    self.team = team
    self.elementType = elementType
    partialSums = PartialSums(team: team)
    unsafe self.total = UnsafeMutableRawPointer(bitPattern: total.bitPattern)!
    copyCount = copies.count
    unsafe self.copies = .allocate(capacity: max(1, copies.count))
    for (index, copy) in copies.enumerated() {
      unsafe (self.copies + index).initialize(to: UnsafeRawPointer(bitPattern: copy.bitPattern)!)
    }
  }

  deinit {
    unsafe copies.deallocate()
  }

  /// Adds the first `copyCount` copies, of `count` elements each, to the total.
  ///
  /// - Returns: the sum of the squares of what the total holds then, in double precision.
  package func add(copyCount: Int, count: Int) -> Double {
    precondition(copyCount <= self.copyCount, "there are only \(self.copyCount) copies")
    return partialSums.sum(of: count, granularity: 16, elements: count) { part in
      switch elementType {
      case .float32:
        unsafe bptrainAddCopies32(
          total.assumingMemoryBound(to: Float.self),
          UnsafeRawPointer(copies).assumingMemoryBound(to: UnsafePointer<Float>.self), copyCount, part.lowerBound,
          part.upperBound)
      case .bfloat16: preconditionFailure("nothing that outlives an iteration is bfloat16")
      case .float64:
        unsafe bptrainAddCopies64(
          total.assumingMemoryBound(to: Double.self),
          UnsafeRawPointer(copies).assumingMemoryBound(to: UnsafePointer<Double>.self), copyCount, part.lowerBound,
          part.upperBound)
      }
    }
  }
}
