internal import COneDNN

extension CounterBasedGenerator {
  /// Fills `output` with independent standard normal numbers, pair after pair; each is a function of its pair's index,
  /// the lane and the key alone, and the same on every processor.
  ///
  /// - Parameter first: the index of the first pair.
  /// - Precondition: the output has an even number of elements.
  package func fillWithNormals(_ output: inout MutableSpan<Double>, lane: UInt64, first: UInt64) {
    precondition(output.count.isMultiple(of: 2), "normal numbers come in pairs")
    unsafe output.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      unsafe bptrainNormals(start, buffer.count / 2, key.x, key.y, lane, first)
    }
  }
}
