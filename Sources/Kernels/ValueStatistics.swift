internal import COneDNN
package import ComputationGraph
package import SystemCalls

/// What is asked of values while they stand in memory: sums of squares, and which columns are never positive.
package final class ValueStatistics {
  private let sums: OptimizerKernels
  /// Waking the other threads takes longer than to add up a small value alone.
  private let smallSums = OptimizerKernels(team: .ofOneThread())
  private static let mostSmallElements = 1 << 15

  /// - Parameter team: who computes; a team of one thread inside somebody's parallel region.
  package init(team: ThreadTeam) {
    sums = OptimizerKernels(team: team)
  }

  /// The sum of the squares of `count` elements, in double precision. Allocates nothing.
  package func sumOfSquares(at address: MemoryAddress, count: Int, elementType: ElementType) -> Double {
    let sums = count <= Self.mostSmallElements ? smallSums : sums
    return sums.sumOfSquares(at: address, count: count, elementType: elementType)
  }

  /// Reads the entries of a value that stand for all of it: one of each stretch of equal length, as many as there is
  /// room for, at a different place in each, since at equal ones a matrix would be judged by a single column.
  ///
  /// - Parameter places: which of `samples` are the value's, at most `count`.
  package func sample(
    at address: MemoryAddress, count: Int, elementType: ElementType, into samples: inout [Double], _ places: Range<Int>
  ) {
    let stride = count / max(1, places.count)
    switch elementType {
    case .float32:
      let values = unsafe UnsafePointer<Float>(bitPattern: address.bitPattern)!
      for place in places {
        samples[place] = unsafe Double(values[Self.entry(place - places.lowerBound, stride)])
      }
    case .float64:
      let values = unsafe UnsafePointer<Double>(bitPattern: address.bitPattern)!
      for place in places { samples[place] = unsafe values[Self.entry(place - places.lowerBound, stride)] }
    case .bfloat16: preconditionFailure("nothing that outlives an iteration is bfloat16")
    }
  }

  private static func entry(_ sample: Int, _ stride: Int) -> Int {
    let share = UInt64(truncatingIfNeeded: sample) &* 0x9E37_79B9_7F4A_7C15
    return sample * stride + Int(truncatingIfNeeded: share.multipliedFullWidth(by: UInt64(stride)).high)
  }

  /// Sets the mark of every column of a matrix [rows, columns], row-major, that has a positive element. Allocates
  /// nothing.
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
