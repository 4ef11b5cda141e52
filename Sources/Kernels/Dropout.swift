/// Which elements dropout keeps: a pure function of (seed, iteration, layer, element), so that a mask computed again,
/// in other pieces, in another order or on another thread is the same mask.
///
/// Element e = row * columns + column of the whole batch takes word e mod 4 of Philox at the counter
///
/// ```
/// x: e / 4, low 32 bits      y: layer      z: iteration, low 32 bits
/// w: e / 4, bits 32 to 47, below bits 32 to 47 of the iteration
/// ```
///
/// keyed by the seed. It is kept where that word is at least `threshold` = rate 2³², rounded: the rate is met to within
/// 2⁻³³. Kept elements are scaled by 1 / (1 - rate).
package struct DropoutMask: Hashable, Sendable {
  /// Words below it drop their element.
  package let threshold: UInt32
  /// 1 / (1 - rate)
  package let scale: Double
  package let generator: CounterBasedGenerator
  /// Words y, z and the upper half of w of the counter; x is free.
  let base: SIMD4<UInt32>
  /// The whole batch's index of the first element at hand.
  package let firstElement: Int

  /// - Parameter rate: the share of elements to drop, 0 <= rate < 1.
  /// - Parameter columns: the width of the rows, of which `context.firstRow` stand before those at hand.
  package init(rate: Double, layer: Int, columns: Int, context: RunContext) {
    threshold = UInt32(min((rate * 0x1p32).rounded(), 0x1p32 - 1))
    scale = 1 / (1 - rate)
    generator = CounterBasedGenerator(seed: context.seed)
    let highIteration = UInt32(truncatingIfNeeded: context.iteration >> 32) << 16
    base = SIMD4(0, UInt32(truncatingIfNeeded: layer), UInt32(truncatingIfNeeded: context.iteration), highIteration)
    firstElement = context.firstRow * columns
  }

  /// The words of the four elements 4 `block` ... 4 `block` + 3 of the whole batch.
  @inline(__always)
  package func words(ofBlock block: Int) -> SIMD4<UInt32> {
    var counter = base
    counter.x = UInt32(truncatingIfNeeded: block)
    counter.w |= UInt32(truncatingIfNeeded: block >> 32) & 0xFFFF
    return generator.words(at: counter)
  }

  /// Whether an element is kept.
  ///
  /// - Parameter index: its place among the elements at hand, row-major.
  package func keeps(_ index: Int) -> Bool {
    let element = firstElement + index
    return words(ofBlock: element / 4)[element % 4] >= threshold
  }
}
