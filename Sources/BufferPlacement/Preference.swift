/// Which of the items that fit a valley a search tries first.
enum Preference: CaseIterable {
  /// The one that dies last, as in `ValleySweep`.
  case lateDeath
  case longLife
  case largeArea
  /// A large one that touches the valley's ends and is level with their walls.
  case largeAndFitting
  /// One that dies late, touches the valley's later end and is level with its wall.
  case lateAndFitting

  /// What an item is worth in a valley, more than 0; the largest comes first.
  ///
  /// - Parameters:
  ///   - rank: its number in the order of `ContainmentTree`, 0 first.
  ///   - top: the item's upper end.
  func score(_ item: PlacementProblem.Item, rank: Int, top: Int, in valley: Valley) -> Double {
    let touchesStart = Int(item.lower) == valley.start
    let touchesEnd = Int(item.upper) == valley.end
    let life = Double(item.upper - item.lower)
    switch self {
    // Neighbours in rank differ by less than the noise.
    case .lateDeath: return 1 / Double(10 + rank)
    case .longLife: return life
    case .largeArea: return life * Double(item.size)
    case .largeAndFitting:
      let ends = (touchesStart ? 1.0 : 0) + (touchesEnd ? 1 : 0)
      let walls = (touchesStart && top == valley.wallBefore ? 1.0 : 0) + (touchesEnd && top == valley.wallAfter ? 1 : 0)
      return Double(item.size) * (1 + ends) * (1 + walls)
    case .lateAndFitting:
      return Double(Int(item.upper) - valley.start) * (touchesEnd ? (top == valley.wallAfter ? 6 : 2) : 1)
    }
  }
}
