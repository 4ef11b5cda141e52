/// Philox4x32-10: random words as a pure function of a key and a counter, without state.
///
/// A dropout mask computed again, on another thread or in another order, is therefore the same mask.
/// Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011).
package struct CounterBasedGenerator: Hashable, Sendable {
  package let key: SIMD2<UInt32>

  /// The generator of one seed.
  package init(seed: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// Four random words for one counter value.
  @inline(__always)
  package func words(at counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var c = counter
    var k = key
    for _ in 0..<10 {
      let product0 = UInt64(0xD251_1F53) &* UInt64(c.x)
      let product1 = UInt64(0xCD9E_8D57) &* UInt64(c.z)
      c = SIMD4(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ c.y ^ k.x,
        UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ c.w ^ k.y,
        UInt32(truncatingIfNeeded: product0))
      k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return c
  }
}
