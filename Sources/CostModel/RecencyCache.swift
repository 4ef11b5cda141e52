/// A cache that replaces what was used least recently, told what is touched: which items it still holds.
///
/// ```
/// most recent   item 7 - item 2 - item 9 - item 4   least recent: leaves first
/// ```
///
/// Each touch takes constant time.
struct RecencyCache {
  private let capacity: Int
  private let byteCounts: [Int]
  private var heldByteCount = 0
  private var isHeld: [Bool]
  /// Neighbours in the order of the last touches, a ring through `ring` past the last item: behind it stands the most
  /// recent one, before it the least.
  private var older: [Int32]
  private var newer: [Int32]
  private var ring: Int { byteCounts.count }

  /// - Parameters:
  ///   - capacity: bytes of all items that are held together.
  ///   - byteCounts: of each item; one above the capacity is never held.
  init(capacity: Int, byteCounts: [Int]) {
    self.capacity = capacity
    self.byteCounts = byteCounts
    isHeld = Array(repeating: false, count: byteCounts.count)
    older = Array(repeating: Int32(byteCounts.count), count: byteCounts.count + 1)
    newer = older
  }

  /// Whether the item was held when it is touched now.
  mutating func touch(_ item: Int) -> Bool {
    let wasHeld = isHeld[item]
    if wasHeld { unlink(item) }
    let front = Int(older[ring])
    (older[item], newer[item]) = (Int32(front), Int32(ring))
    (older[ring], newer[front]) = (Int32(item), Int32(item))
    isHeld[item] = true
    heldByteCount += byteCounts[item]
    while heldByteCount > capacity { unlink(Int(newer[ring])) }
    return wasHeld
  }

  private mutating func unlink(_ item: Int) {
    let (before, behind) = (Int(newer[item]), Int(older[item]))
    older[before] = Int32(behind)
    newer[behind] = Int32(before)
    isHeld[item] = false
    heldByteCount -= byteCounts[item]
  }
}
