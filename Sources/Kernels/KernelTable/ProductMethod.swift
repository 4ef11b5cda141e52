/// A way to compute a matrix product, most of them with oneDNN's primitives. All give the same product, but not the
/// same bits.
package enum ProductMethod: String, Hashable, Sendable, CaseIterable {
  /// The matmul primitive on both matrices as they stand.
  case matmul
  /// The matmul primitive after B was brought into the layout that it likes best.
  case packedMatmul
  /// The inner product primitive after B was brought into the layout that it likes best.
  case innerProduct
  /// A 1 x 1 convolution after B was brought into the layout that it likes best.
  case convolution
  /// AᵀB as a sum of 1 x 1 convolutions over blocks of rows.
  case blockedConvolution
  /// AᵀB by the inner product's own gradient of weights, brought into row-major order afterwards.
  case weightGradient
  /// Own kernels for few rows of the batch, on both matrices as they stand.
  case fewRows
}

/// Which of a linear layer's three products.
package enum ProductDirection: String, Hashable, Sendable, CaseIterable {
  /// x Wᵀ
  case forward
  /// dy W
  case inputGradient
  /// dyᵀ x
  case weightGradient
}

/// The sizes of a linear layer, rounded: products of one class are computed by one method.
package struct ProductClass: Hashable, Sendable, Comparable {
  package let direction: ProductDirection
  package let threads: Int
  /// Powers of 4, at least 4 and at most 4096.
  package let batch: Int
  /// Powers of 2.
  package let units: Int
  package let inputs: Int

  package init(_ direction: ProductDirection, threads: Int, batch: Int, units: Int, inputs: Int) {
    self.direction = direction
    self.threads = threads
    self.batch = Self.nearestPower(of: 2, to: batch, in: 1...6)
    self.units = Self.nearestPower(of: 1, to: units, in: 0...20)
    self.inputs = Self.nearestPower(of: 1, to: inputs, in: 0...20)
  }

  /// 2 to the `bits` x n for the nearest n in the range, by ratio; halfway up.
  private static func nearestPower(of bits: Int, to size: Int, in exponents: ClosedRange<Int>) -> Int {
    var exponent = exponents.lowerBound
    // size >= 2^(bits (n + 1/2)), squared
    while exponent < exponents.upperBound,
      size >= 1 << 31 || size * size >= 1 << (bits * (2 * exponent + 1))
    {
      exponent += 1
    }
    return 1 << (bits * exponent)
  }

  package static func < (a: ProductClass, b: ProductClass) -> Bool { a.sortKey.lexicographicallyPrecedes(b.sortKey) }

  private var sortKey: [Int] {
    [ProductDirection.allCases.firstIndex(of: direction) ?? 0, threads, units, inputs, batch]
  }
}
