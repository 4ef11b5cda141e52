/// Lowers a placement, of any number of items, by ejections alone: each search begins with the lowest placement that is
/// known.
///
/// It goes down by small parts of what may be gained, in rounds of longer and longer searches. A round is over when what
/// was found and what was not are near to each other: what a short search does not find in one round a longer one may
/// in the next. How long a search is does not depend on the steps there are in all, so that with more of them no
/// placement is higher.
struct EjectionDescent {
  private(set) var offsets: [Int]
  private(set) var height: Int
  private var ejections: EjectionSearch
  private let itemCount: Int
  private var seed: UInt64 = 0

  /// Of each search of the first round, by item, and how many times as many there are in each later one.
  private static let (firstSteps, growth) = (20, 3)
  /// With which, by item, it is worth to begin.
  private static let fewestSteps = 60
  /// Parts of what may be gained: how much lower each search aims, and what is left when a round ends.
  private static let (drop, smallestRest) = (4, 8)

  /// Begins with a known placement.
  init(_ problem: PlacementProblem, offsets: [Int], height: Int) {
    self.offsets = offsets
    self.height = height
    itemCount = problem.items.count
    ejections = EjectionSearch(problem)
  }

  /// - Parameters:
  ///   - lowest: no placement is lower, or none is wanted.
  ///   - granularity: what divides every height.
  mutating func run(lowest: Int, granularity: Int, stepLimit: Int) {
    guard stepLimit >= Self.fewestSteps * itemCount else { return }
    var steps = Self.firstSteps * itemCount
    while height > lowest && ejections.steps < stepLimit {
      descend(to: lowest, granularity: granularity, steps: steps, stepLimit: stepLimit)
      steps *= Self.growth
    }
  }

  /// One round.
  private mutating func descend(to lowest: Int, granularity: Int, steps: Int, stepLimit: Int) {
    var givenUp = lowest - granularity
    while ejections.steps < stepLimit, height - givenUp > max(granularity, (height - lowest) / Self.smallestRest) {
      let aim = height - (height - givenUp) / Self.drop
      let capacity = max(givenUp + granularity, min(height - granularity, aim / granularity * granularity))
      seed += 1
      let isFound = ejections.run(
        capacity: capacity, from: offsets, seed: seed, stepLimit: min(steps, stepLimit - ejections.steps))
      if isFound {
        offsets = ejections.offsets
        height = ejections.height
      } else {
        givenUp = capacity
      }
    }
  }
}
