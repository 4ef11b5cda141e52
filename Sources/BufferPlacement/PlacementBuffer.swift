/// One buffer of a plan: how many bytes it needs and when.
///
/// It is live at the moments `lower ..< upper`, moments being instruction indices: born by instruction `lower`, read
/// for the last time by instruction `upper - 1`. It occupies `byteCount` rounded up to a multiple of its alignment, and
/// its offset is a multiple of its alignment. A buffer without bytes occupies nothing and conflicts with nothing.
package struct PlacementBuffer: Hashable, Sendable {
  /// Bytes asked for, 0 or more.
  package let byteCount: Int
  /// A power of two.
  package let alignment: Int
  /// First moment at which the buffer is live.
  package let lower: Int
  /// First moment at which it is live no more.
  package let upper: Int

  /// - Precondition: `byteCount >= 0`, `alignment` is a power of two, `lower < upper`.
  package init(byteCount: Int, alignment: Int, lower: Int, upper: Int) {
    precondition(byteCount >= 0, "a buffer has no fewer than 0 bytes")
    precondition(alignment > 0 && alignment & (alignment - 1) == 0, "an alignment is a power of two")
    precondition(lower < upper, "a live range is not empty")
    self.byteCount = byteCount
    self.alignment = alignment
    self.lower = lower
    self.upper = upper
  }

  /// `byteCount` rounded up to a multiple of `alignment`; `Int.max` where that is not countable.
  package var alignedByteCount: Int {
    let (sum, overflow) = byteCount.addingReportingOverflow(alignment - 1)
    return overflow ? Int.max : sum & ~(alignment - 1)
  }
}
