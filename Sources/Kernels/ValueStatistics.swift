internal import COneDNN
package import ComputationGraph
package import SystemCalls

/// What is asked of values while they stand in memory: sums of squares, and which columns are never positive.
package final class ValueStatistics {
  private let sums: OptimizerKernels

  /// - Parameter team: who computes; a team of one thread inside somebody's parallel region.
  package init(team: ThreadTeam) {
    sums = OptimizerKernels(team: team)
  }

  /// The sum of the squares of `count` elements, in double precision. Allocates nothing.
  package func sumOfSquares(at address: MemoryAddress, count: Int, elementType: ElementType) -> Double {
    sums.sumOfSquares(at: address, count: count, elementType: elementType)
  }

  /// Sets the mark of every column of a matrix [rows, columns], row-major, that has a positive element. Allocates nothing.
  ///
  /// - Parameter first: where the columns' marks begin among all.
  package func markPositiveColumns(
    at address: MemoryAddress, shape: Shape, elementType: ElementType, marks: inout [UInt8], from first: Int
  ) {
    precondition(first >= 0 && shape.columns <= marks.count - first, "there is a mark for each column")
    unsafe marks.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let start = unsafe base + first
      switch elementType {
      case .float32:
        unsafe bptrainMarkPositive32(
          start, UnsafePointer<Float>(bitPattern: address.bitPattern)!, shape.rows, shape.columns)
      case .bfloat16:
        unsafe bptrainMarkPositiveBFloat16(start, ActivationPointer(address, .bfloat16) + 0, shape.rows, shape.columns)
      case .float64:
        unsafe bptrainMarkPositive64(
          start, UnsafePointer<Double>(bitPattern: address.bitPattern)!, shape.rows, shape.columns)
      }
    }
  }
}
