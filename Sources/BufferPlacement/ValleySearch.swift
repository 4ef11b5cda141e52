import RandomNumbers

/// Looks for a placement within a given capacity: the choices of `ValleySweep`, gone through in a depth-first search.
///
/// In a valley the search chooses the last of the items that stand on its floor; behind it the valley is then empty up
/// to the lower of its wall and the item's top, and is raised to it. Or no item stands on the floor, and the valley is
/// raised to its lower wall. Every placement that cannot be lowered item by item is the outcome of such choices, in
/// whatever order the valleys are taken (the *canonical solutions* of Moffitt, MiniMalloc, ASPLOS 2023).
///
/// A choice is refused where
/// - at a moment that is raised the bytes still to be placed would not fit below the capacity, or
/// - an item not placed would fit into the gap (the placement with that item lowered is found elsewhere).
///
/// The valley taken is one that stands in the way of the fullest moment that is not complete, so that what must fit
/// exactly is decided first. Where no choice is left, the search returns to the last choice at moments that the failure
/// depends on, and skips those at other moments.
///
/// A search may be run again, with another capacity or preference. It counts its steps, and ends where it has had as
/// many as it was given.
struct ValleySearch {
  enum Outcome {
    case found
    /// No placement is within the capacity.
    case impossible
    case outOfSteps
  }

  private let items: [PlacementProblem.Item]
  /// Moments, the fullest first.
  private let momentsByFullness: [Int32]
  private let smallestSize: Int
  private var skyline: Skyline
  private var unplaced: ContainmentTree
  /// Bytes of the items not placed, by moment.
  private var missing: RangeMaximum
  private var remaining: Int
  private var decisions: [Decision] = []
  /// What each decision has left to choose from, the last first: leaves of `unplaced`, and -1 for the raising of the
  /// valley.
  private var choices: [Int32] = []
  private var candidates: [Candidate] = []

  private var capacity = 0
  private var preference = Preference.lateDeath
  private var noise = 0.0
  private var random = SplitMix64(seed: 0)
  private var hasSkippedChoices = false

  /// Offsets of the items, complete where a search has found a placement.
  private(set) var offsets: [Int]
  /// The work done since the search was made, in units of about a nanosecond.
  private(set) var steps = 0

  /// More candidates than this in one valley are not looked at.
  private static let largestCandidateCount = 64

  private struct Decision {
    let valley: Valley
    let firstChoice: Int
    /// Whether `choices` holds all there are, or the preferred one alone.
    var isGathered = false
    /// The leaf chosen, -1 where the valley is raised as a whole.
    var leaf = -1
    /// Moments on which the failures so far depend.
    var causes: Range<Int>
    /// The position in `momentsByFullness` of the first moment that is not complete.
    let focus: Int
  }

  private struct Candidate {
    let leaf: Int32
    let score: Double
  }

  init(_ problem: PlacementProblem) {
    items = problem.items
    let live = problem.liveBytes
    momentsByFullness = (0..<Int32(live.count)).sorted { (live[Int($0)], $1) > (live[Int($1)], $0) }
    smallestSize = problem.items.reduce(Int.max) { min($0, $1.size) }
    skyline = Skyline(momentCount: problem.momentCount)
    unplaced = ContainmentTree(problem.items, momentCount: problem.momentCount)
    missing = RangeMaximum(live)
    remaining = items.count
    offsets = Array(repeating: 0, count: items.count)
  }

  /// Searches from the beginning.
  ///
  /// - Parameters:
  ///   - capacity: the lower bound or more.
  ///   - noise: by which part a score may rise by chance.
  ///   - stepLimit: the most steps of this run.
  mutating func run(
    capacity: Int, preference: Preference, noise: Double, seed: UInt64, stepLimit: Int
  ) -> Outcome {
    while let decision = decisions.popLast() { undo(decision) }
    choices.removeAll(keepingCapacity: true)
    self.capacity = capacity
    self.preference = preference
    self.noise = noise
    random = SplitMix64(seed: seed)
    hasSkippedChoices = false
    let lastStep = steps + stepLimit
    while remaining > 0 {
      if steps > lastStep { return .outOfSteps }
      decide()
      while !takeNextChoice() {
        guard fallBack() else { return hasSkippedChoices ? .outOfSteps : .impossible }
      }
    }
    return .found
  }

  // MARK: Decisions

  private mutating func decide() {
    var focus = decisions.last?.focus ?? 0
    while missingBytes(Int(momentsByFullness[focus]), Int(momentsByFullness[focus]) + 1) == 0 { focus += 1 }
    let start = skyline.valley(from: skyline.step(at: Int(momentsByFullness[focus])))
    let valley = skyline.surroundings(of: start)
    decisions.append(
      Decision(valley: valley, firstChoice: choices.count, causes: valley.start - 1..<valley.end + 1, focus: focus))
    // What the sweep would choose can be had without looking at the others.
    if preference == .lateDeath && noise == 0, let leaf = nextCandidate(in: valley, before: nil),
      gap(behind: leaf, in: valley).isAllowed, fits(items[Int(unplaced.order[leaf])], in: valley)
    {
      choices.append(Int32(leaf))
    } else {
      gatherChoices()
    }
  }

  /// Makes the next choice of the last decision, `false` where none is left.
  private mutating func takeNextChoice() -> Bool {
    let last = decisions.count - 1
    if choices.count == decisions[last].firstChoice && !decisions[last].isGathered { gatherChoices() }
    guard choices.count > decisions[last].firstChoice else { return false }
    decisions[last].leaf = Int(choices.removeLast())
    let valley = decisions[last].valley
    guard decisions[last].leaf >= 0 else {
      skyline.cover(valley.start, lower: valley.start, upper: valley.end, level: valley.lowerWall)
      return true
    }
    let leaf = decisions[last].leaf
    let index = Int(unplaced.order[leaf])
    let item = items[index]
    let top = self.top(of: item, in: valley)
    unplaced.remove(leaf: leaf)
    missing.add(-item.size, from: Int(item.lower), to: Int(item.upper))
    remaining -= 1
    offsets[index] = top - item.size
    if item.upper < valley.end {
      skyline.cover(valley.start, lower: Int(item.upper), upper: valley.end, level: min(valley.wallAfter, top))
    }
    skyline.cover(valley.start, lower: Int(item.lower), upper: Int(item.upper), level: top)
    steps += 100
    return true
  }

  /// Gives up the last decision and returns to the last one before it that its failure depends on.
  private mutating func fallBack() -> Bool {
    let failed = decisions.removeLast()
    while let decision = decisions.popLast() {
      undo(decision)
      if decision.valley.start < failed.causes.upperBound && failed.causes.lowerBound < decision.valley.end {
        var resumed = decision
        resumed.causes =
          min(
            decision.causes.lowerBound, failed.causes.lowerBound)..<max(
            decision.causes.upperBound, failed.causes.upperBound)
        decisions.append(resumed)
        return true
      }
      choices.removeLast(choices.count - decision.firstChoice)
    }
    return false
  }

  private mutating func undo(_ decision: Decision) {
    let valley = decision.valley
    guard decision.leaf >= 0 else {
      skyline.restore(valley, lower: valley.start, upper: valley.end)
      return
    }
    let item = items[Int(unplaced.order[decision.leaf])]
    let (lower, upper) = (Int(item.lower), Int(item.upper))
    skyline.restore(valley, lower: lower, upper: upper)
    unplaced.restore(leaf: decision.leaf, of: item)
    missing.add(item.size, from: lower, to: upper)
    remaining += 1
    steps += 100
  }

  // MARK: Choices

  /// Puts every choice of the last decision on `choices`, the preferred one last, but one that was taken before.
  private mutating func gatherChoices() {
    let last = decisions.count - 1
    let valley = decisions[last].valley
    let taken = decisions[last].leaf
    decisions[last].isGathered = true
    candidates.removeAll(keepingCapacity: true)
    let firstChoice = choices.count
    var scores: [Candidate] = []
    var position: Int?
    while let leaf = nextCandidate(in: valley, before: position) {
      position = leaf
      let gap = gap(behind: leaf, in: valley)
      if gap.isTooHighForAll { break }
      let item = items[Int(unplaced.order[leaf])]
      let isAllowed =
        gap.isAllowed && fits(item, in: valley) && !holdsCandidate(from: Int(item.upper), below: gap.level, in: valley)
        && !isLikeTheLastCandidate(item)
      candidates.append(Candidate(leaf: Int32(leaf), score: 0))
      if isAllowed && leaf != taken {
        var score = preference.score(item, rank: scores.count, top: top(of: item, in: valley), in: valley)
        if noise > 0 { score *= 1 + noise * random.nextFraction() }
        scores.append(Candidate(leaf: Int32(leaf), score: score))
      }
      if candidates.count == Self.largestCandidateCount {
        hasSkippedChoices = true
        break
      }
    }
    if valley.lowerWall < Int.max {
      let most = missingBytes(valley.start, valley.end)
      if most == 0 || valley.lowerWall <= capacity - most,
        !holdsCandidate(from: valley.start, below: valley.lowerWall, in: valley)
      {
        choices.append(-1)
      }
    }
    scores.sort { ($0.score, $1.leaf) < ($1.score, $0.leaf) }
    for candidate in scores { choices.append(candidate.leaf) }
    steps += 20 * (choices.count - firstChoice)
  }

  /// The next of the unplaced items whose lives lie in the valley, late deaths first.
  private mutating func nextCandidate(in valley: Valley, before leaf: Int?) -> Int? {
    steps += 20
    return unplaced.lastLeaf(before: leaf ?? unplaced.leaves(dyingBy: valley.end), bornFrom: valley.start)
  }

  /// What becomes of the moments of the valley behind an item: the level to which they are raised, whether what is
  /// missing there still fits, and whether it would not for any item that dies as early.
  private mutating func gap(
    behind leaf: Int, in valley: Valley
  ) -> (level: Int, isAllowed: Bool, isTooHighForAll: Bool) {
    let item = items[Int(unplaced.order[leaf])]
    guard item.upper < valley.end else { return (valley.level, true, false) }
    let level = min(valley.wallAfter, top(of: item, in: valley))
    let most = missingBytes(Int(item.upper), valley.end)
    let highest = most == 0 ? Int.max : capacity - most
    return (level, level <= highest, min(valley.wallAfter, valley.level + smallestSize) > highest)
  }

  /// Whether what is missing still fits above an item. It does, unless the item's alignment lifts it above the floor.
  private mutating func fits(_ item: PlacementProblem.Item, in valley: Valley) -> Bool {
    let lift = top(of: item, in: valley) - item.size - valley.level
    return lift == 0 || valley.level + lift + missingBytes(Int(item.lower), Int(item.upper)) <= capacity
  }

  /// Whether a candidate seen so far that was born at a moment or later would stand on the valley's floor below a
  /// level.
  private mutating func holdsCandidate(from moment: Int, below level: Int, in valley: Valley) -> Bool {
    steps += candidates.count
    return candidates.contains { candidate in
      let item = items[Int(unplaced.order[Int(candidate.leaf)])]
      return item.lower >= moment && top(of: item, in: valley) <= level
    }
  }

  private func isLikeTheLastCandidate(_ item: PlacementProblem.Item) -> Bool {
    guard let last = candidates.last else { return false }
    let other = items[Int(unplaced.order[Int(last.leaf)])]
    return item.lower == other.lower && item.upper == other.upper && item.size == other.size
      && item.alignment == other.alignment
  }

  /// The upper end of an item on the valley's floor.
  private func top(of item: PlacementProblem.Item, in valley: Valley) -> Int {
    ((valley.level + item.alignment - 1) & ~(item.alignment - 1)) + item.size
  }

  private mutating func missingBytes(_ lower: Int, _ upper: Int) -> Int {
    steps += 20
    return missing.maximum(from: lower, to: upper)
  }
}
