/// Lowers a placement: searches for one of the lowest height first, then in the middle between what was found and what
/// was given up or is known to be impossible, until all steps are used. Two searches take turns: `ValleySearch`, which
/// may find that there is none, and `EjectionSearch`, which finds more of those there are.
struct PlacementSearch {
  private(set) var offsets: [Int]
  private(set) var height: Int
  private let items: [PlacementProblem.Item]
  /// Forwards and backwards in time.
  private var valleys: [ValleySearch]
  private var ejections: EjectionSearch
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

  /// More cannot be gone through in order again and again.
  static let mostItems = 4096
  /// Of a search for ejections from what is known, by item.
  private static let firstEjectionSteps = 8_000
  /// With which, by item, it is worth to begin with what is known, and with nothing placed.
  private static let (fewestStepsFromKnown, fewestSteps) = (60, 5_000)

  private var steps: Int { ejections.steps + valleys.reduce(0) { $0 + $1.steps } }

  /// Begins with a known placement.
  init(_ problem: PlacementProblem, offsets: [Int], height: Int) {
    self.offsets = offsets
    self.height = height
    items = problem.items
    valleys = [problem, problem.mirrored].map { ValleySearch($0) }
    ejections = EjectionSearch(problem)
  }

  /// - Parameters:
  ///   - lowest: no placement is lower, or none is wanted.
  ///   - granularity: what divides every height.
  mutating func run(lowest: Int, granularity: Int, stepLimit: Int) {
    var impossible = lowest - granularity
    var givenUp = impossible
    var remaining = stepLimit < Self.fewestStepsFromKnown * items.count ? 0 : stepLimit
    // Most of these can be reached: no other height is given as many steps.
    var limit = max(1, stepLimit / 5 * 2)
    var capacity = lowest
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

  /// Takes turns, each longer than the one before: ejections; then each preference in both directions of time, after the
  /// first round with noise, where what found the last placement gets every second run. Every second search for
  /// ejections begins with what is known.
  private mutating func search(within capacity: Int, stepLimit: Int) -> ValleySearch.Outcome {
    let lastStep = steps + stepLimit
    var stepsPerItem = 500
    // Where going in order leads to lower placements, little is to be had by ejections.
    var ejectionStepsPerItem = winner == nil ? 30_000 : 3_000
    var noise = 0.0
    var fromKnown = true
    if eject(within: capacity, fromKnown: true, Self.firstEjectionSteps, lastStep) { return .found }
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
      fromKnown = !fromKnown || lastStep - steps < Self.fewestSteps * items.count
      if eject(within: capacity, fromKnown: fromKnown, ejectionStepsPerItem, lastStep) { return .found }
      stepsPerItem = min(4 * stepsPerItem, 8000)
      ejectionStepsPerItem += ejectionStepsPerItem / 2
      noise = 0.2
    }
  }

  private mutating func run(_ way: Way, capacity: Int, noise: Double, stepLimit: Int) -> ValleySearch.Outcome {
    seed += 1
    let index = way.isForwards ? 0 : 1
    let outcome = valleys[index].run(
      capacity: capacity, preference: way.preference, noise: noise, seed: seed, stepLimit: stepLimit)
    if outcome == .found {
      offsets = valleys[index].offsets
      height = items.height(at: offsets)
    }
    return outcome
  }

  private mutating func eject(
    within capacity: Int, fromKnown: Bool, _ stepsPerItem: Int, _ lastStep: Int
  ) -> Bool {
    seed += 1
    guard
      ejections.run(
        capacity: capacity, from: fromKnown ? offsets : nil, seed: seed,
        stepLimit: min(lastStep - steps, stepsPerItem * items.count))
    else { return false }
    (offsets, height) = (ejections.offsets, ejections.height)
    winner = nil
    return true
  }
}
