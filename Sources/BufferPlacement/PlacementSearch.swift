/// Lowers a placement: searches for one at the lower bound first, then in the middle between what was found and what
/// was given up or is known to be impossible, until all steps are used. Two searches take turns: `ValleySearch`, which
/// may find that there is none, and `EjectionSearch`, which finds more of those there are.
struct PlacementSearch {
  private(set) var offsets: [Int]
  private(set) var height: Int
  private let items: [PlacementProblem.Item]
  private var forwards: ValleySearch
  private var backwards: ValleySearch
  /// Nil for more items than it is for.
  private var ejections: EjectionSearch?
  private var seed: UInt64 = 0
  /// What found the last placement, nil for ejections.
  private var winner: Way?

  private struct Way {
    let preference: Preference
    let isForwards: Bool
  }

  private static let ways: [Way] = Preference.allCases.flatMap { preference in
    [true, false].map { Way(preference: preference, isForwards: $0) }
  }

  private var steps: Int { forwards.steps + backwards.steps + (ejections?.steps ?? 0) }

  /// Begins with a known placement.
  init(_ problem: PlacementProblem, offsets: [Int], height: Int) {
    self.offsets = offsets
    self.height = height
    items = problem.items
    forwards = ValleySearch(problem)
    backwards = ValleySearch(problem.mirrored)
    ejections = items.count <= EjectionSearch.mostItems ? EjectionSearch(problem) : nil
  }

  /// - Parameters:
  ///   - lowerBound: no placement is lower.
  ///   - granularity: what divides every height.
  mutating func run(lowerBound: Int, granularity: Int, stepLimit: Int) {
    var impossible = lowerBound - granularity
    var givenUp = impossible
    var remaining = stepLimit
    // Most bounds can be met: no other height is given as many steps.
    var limit = max(1, stepLimit / 5 * 2)
    var capacity = lowerBound
    while remaining > 0 && height - granularity > impossible {
      let before = steps
      switch search(within: capacity, stepLimit: limit) {
      case .found: break
      case .impossible:
        impossible = capacity
        givenUp = max(givenUp, capacity)
      case .outOfSteps: givenUp = max(givenUp, capacity)
      }
      remaining -= steps - before
      if height - granularity <= givenUp { givenUp = impossible }
      let middle = givenUp + (height - givenUp) / 2
      capacity = max(givenUp + granularity, middle / granularity * granularity)
      limit = max(1, remaining / 4)
    }
  }

  /// Takes turns, each longer than the one before: each preference in both directions of time, after the first round
  /// with noise, where what found the last placement gets every second run; then ejections.
  private mutating func search(within capacity: Int, stepLimit: Int) -> ValleySearch.Outcome {
    let lastStep = steps + stepLimit
    var stepsPerItem = 500
    // Where going in order leads to lower placements, little is to be had by ejections.
    var ejectionStepsPerItem = winner == nil ? 30_000 : 3_000
    var noise = 0.0
    while true {
      for way in Self.ways {
        for turn in [way, winner] {
          guard let turn else { continue }
          if steps >= lastStep { return .outOfSteps }
          let outcome = run(
            turn, capacity: capacity, noise: noise, stepLimit: min(lastStep - steps, stepsPerItem * items.count))
          if outcome == .found { winner = turn }
          if outcome != .outOfSteps { return outcome }
        }
      }
      if steps >= lastStep { return .outOfSteps }
      if eject(within: capacity, stepLimit: min(lastStep - steps, ejectionStepsPerItem * items.count)) { return .found }
      stepsPerItem = min(4 * stepsPerItem, 8000)
      ejectionStepsPerItem += ejectionStepsPerItem / 2
      noise = 0.2
    }
  }

  private mutating func run(_ way: Way, capacity: Int, noise: Double, stepLimit: Int) -> ValleySearch.Outcome {
    seed += 1
    let outcome =
      way.isForwards
      ? forwards.run(
        capacity: capacity, preference: way.preference, noise: noise, seed: seed, stepLimit: stepLimit)
      : backwards.run(
        capacity: capacity, preference: way.preference, noise: noise, seed: seed, stepLimit: stepLimit)
    if outcome == .found { keep(way.isForwards ? forwards.offsets : backwards.offsets) }
    return outcome
  }

  private mutating func eject(within capacity: Int, stepLimit: Int) -> Bool {
    seed += 1
    guard ejections?.run(capacity: capacity, seed: seed, stepLimit: stepLimit) == true, let ejections else {
      return false
    }
    keep(ejections.offsets)
    winner = nil
    return true
  }

  private mutating func keep(_ found: [Int]) {
    offsets = found
    height = zip(items, found).reduce(0) { max($0, $1.1 + $1.0.size) }
  }
}
