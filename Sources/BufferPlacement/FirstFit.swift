/// Puts the items one after another, in the given order, at the lowest offset that is free during their whole lives.
///
/// - Complexity: quadratic in the number of items.
func firstFit(_ items: [PlacementProblem.Item], order: [Int]) -> (offsets: [Int], height: Int) {
  var offsets = [Int](repeating: 0, count: items.count)
  var placed: [Int] = []
  placed.reserveCapacity(items.count)
  var height = 0
  for index in order {
    let item = items[index]
    var offset = 0
    for other in placed where items[other].lower < item.upper && item.lower < items[other].upper {
      if offset + item.size <= offsets[other] { break }
      offset = max(offset, (offsets[other] + items[other].size + item.alignment - 1) & ~(item.alignment - 1))
    }
    offsets[index] = offset
    height = max(height, offset + item.size)
    var low = 0
    var high = placed.count
    while low < high {
      let middle = (low + high) / 2
      if offsets[placed[middle]] < offset { low = middle + 1 } else { high = middle }
    }
    placed.insert(index, at: low)
  }
  return (offsets, height)
}
