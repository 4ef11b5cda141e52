/// Where every buffer of a list stands inside one block of memory.
///
///     height  ┌───────────────┐
///             │    ┌───┐┌────┐│   bytes upwards, moments to the right:
///             │┌───┤ C ││ D  ││   no two rectangles overlap
///             ││ B └───┴┴────┤│
///             │├─────────────┤│
///          0  └┴──────A──────┴┘
package struct Placement: Hashable, Sendable {
  /// The offset of every buffer from the start of the block in bytes, in the order in which the buffers were given.
  package let offsets: [Int]
  /// The bytes of the block. `Int.max` says that the bytes live at one moment cannot be counted in an `Int`: the
  /// offsets then mean nothing, and no block is that large.
  package let height: Int
  /// The largest sum of aligned live bytes at one moment; no placement is lower.
  package let lowerBound: Int

  package init(offsets: [Int], height: Int, lowerBound: Int) {
    self.offsets = offsets
    self.height = height
    self.lowerBound = lowerBound
  }
}
