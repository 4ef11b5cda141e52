package import BufferPlacement
package import Checkpointing

/// The plans of a network to choose from under a byte budget.
///
/// A schedule's replay says what it needs; what decides is its plan. Of up to 64 stages, or 256 of linear layers and
/// activations alone, plans decide, and a larger budget never gives a slower one (``PlannedFront``). Of more, schedules
/// are ordered by the seconds that a replay counts: a larger budget never gives one of more such seconds, and what a
/// plan leaves out or rounds differs by a part of a percent.
package struct PlanChoices {
  /// A schedule with its plan.
  package struct Choice: Sendable {
    package let schedule: Schedule
    package let plan: Plan
    /// What more bytes would gain and fewer would cost, where that is known.
    package var neighbours: Neighbours

    package init(schedule: Schedule, plan: Plan, neighbours: Neighbours = Neighbours()) {
      self.schedule = schedule
      self.plan = plan
      self.neighbours = neighbours
    }
  }

  /// The next schedules on either side of a chosen one, in bytes and predicted seconds.
  package struct Neighbours: Hashable, Sendable {
    package struct Point: Hashable, Sendable {
      package var byteCount: Int
      package var seconds: Double
      package var schedule: Schedule
    }

    package var faster: Point?
    package var smaller: Point?

    package init(faster: Point? = nil, smaller: Point? = nil) {
      self.faster = faster
      self.smaller = smaller
    }

    /// The same with other bytes, those left out that are no longer beyond the schedule's own.
    package func withBytes(beyond ownByteCount: Int, _ byteCount: (Point) throws -> Int) rethrows -> Neighbours {
      func changed(_ point: Point?, where isBeyond: (Int, Int) -> Bool) throws -> Point? {
        guard var point else { return nil }
        point.byteCount = try byteCount(point)
        return isBeyond(point.byteCount, ownByteCount) ? point : nil
      }
      return Neighbours(faster: try changed(faster, where: >), smaller: try changed(smaller, where: <))
    }
  }

  let planner: Planner
  /// The least bytes in which the network can be planned: the height of the plan of `smallestSchedule`. They depend on
  /// neither costs nor budget.
  package let leastFeasibleByteCount: Int
  /// The schedule that takes them.
  package let smallestSchedule: Schedule
  /// With which the smallest schedule is laid out in the least feasible bytes.
  private let effort: PlacementEffort
  /// What was looked at beside the smallest schedule: each takes more bytes and fewer executions than the one before.
  let nearlySmallest: [(bytes: Int, schedule: Schedule)]
  /// What looking for layouts in the least bytes may take.
  let search: PlacementEffort
  /// How closely the fastest schedule is looked for.
  let scope: SearchScope
  private let planned: PlannedFrontMemory
  /// Of the planner's chain at its costs, where it was made ahead.
  private(set) var table: BudgetTable?
  private let identity = Identity()

  private final class Identity {}

  /// Finds out what is feasible: plans the schedules of least bytes, so that what is said to suffice does suffice, and
  /// a byte less is refused.
  ///
  /// - Parameters:
  ///   - effort: what finding the layouts may take; with less than the standard effort the bytes may be more than the
  ///     least.
  ///   - scope: how closely the fastest schedule is looked for; the least bytes do not depend on it.
  ///   - fronts: keeps what was planned of the choices that were asked last, of all that share it.
  /// - Complexity: that of a few plans and of one search for a layout.
  package init(
    of planner: Planner, effort: PlacementEffort = .standard, scope: SearchScope = .full,
    fronts: PlannedFrontMemory = PlannedFrontMemory()
  ) throws {
    self.planner = planner
    self.scope = scope
    planned = fronts
    search = min(effort, planner.chain.count < PlanChoices.manyStages ? .long : .short)
    var found: [Smallest] = []
    var searches = PlanChoices.mostSearchesOfMany
    let candidates = try schedulesOfLeastBytes(planner.chain, count: PlanChoices.mostOfLeastBytes)
    var tried: Set<Schedule> = []
    for (bytes, schedule) in candidates where tried.insert(schedule).inserted {
      // A replay may count a few bytes too many, so that one further down needs less; looked at where it is cheap.
      let isCheap = planner.replayMayCountTooMany && schedule.actions.count <= PlanChoices.fewActions
      if !isCheap, let least = found.map(\.byteCount).min(), least <= bytes { break }
      // Where actions are many a search takes hardly longer than the plan, and spares those of further schedules.
      let isSearched = schedule.actions.count > PlanChoices.manyActions && searches > 0
      searches -= isSearched ? 1 : 0
      found.append(try Smallest(schedule, planner, effort: isSearched ? min(effort, .medium) : .sweepsOnly))
    }
    guard var least = found.min() else { throw PlanningError("no schedule executes the stages seldom enough") }
    found += try planner.namedSchedulesOfFewBytes(below: least.byteCount).map {
      try Smallest($0, planner, effort: .sweepsOnly)
    }
    let varied = try planner.smallestOfVariedChains().map { try Smallest($0, planner, effort: .sweepsOnly) }
    // Where sizes are unequal a layout may be some percent above its bound, and a search is worth its time: a short one
    // of some, a long one of the best.
    for candidates in [found, varied] {
      least = candidates.reduce(least, min)
      for candidate in candidates.sorted().prefix(PlanChoices.mostSearchedOfLeastBytes)
      where candidate.mayBe(below: least) {
        least = min(least, try candidate.searched(planner, effort: .brief))
      }
    }
    if least.mayBe(below: least) { least = min(least, try least.searched(planner, effort: search)) }
    leastFeasibleByteCount = least.byteCount
    smallestSchedule = least.schedule
    self.effort = least.effort
    nearlySmallest =
      PlannedFront.isFor(planner) ? [] : PlanChoices.ofFewerExecutions(candidates, than: least.schedule)
  }

  /// The same choices at other costs.
  ///
  /// - Parameter planner: of the same network and rows.
  package func priced(by planner: Planner) -> PlanChoices { PlanChoices(self, planner: planner) }

  /// The same choices with a table at hand.
  ///
  /// - Parameter table: of the planner's chain.
  package func looking(in table: BudgetTable?) -> PlanChoices {
    var choices = self
    choices.table = table
    return choices
  }

  private init(_ other: PlanChoices, planner: Planner) {
    self.planner = planner
    planned = other.planned
    leastFeasibleByteCount = other.leastFeasibleByteCount
    smallestSchedule = other.smallestSchedule
    effort = other.effort
    nearlySmallest = other.nearlySmallest
    search = other.search
    scope = other.scope
  }

  /// The plan of the smallest schedule in the least feasible bytes.
  func smallest() throws -> Choice {
    Choice(schedule: smallestSchedule, plan: try planner.plan(for: smallestSchedule, effort: effort))
  }

  /// A schedule of few bytes with what its layout takes.
  private struct Smallest: Comparable {
    let schedule: Schedule
    let byteCount: Int
    let lowerBoundByteCount: Int
    let effort: PlacementEffort

    init(_ schedule: Schedule, _ planner: Planner, effort: PlacementEffort) throws(PlanningError) {
      let plan = try planner.plan(for: schedule, effort: effort)
      self.schedule = schedule
      byteCount = plan.peakByteCount
      lowerBoundByteCount = plan.lowerBoundByteCount
      self.effort = effort
    }

    private var order: (Int, Int) { (byteCount, schedule.actions.count) }

    /// Of fewer bytes; of equal ones of fewer actions.
    static func < (left: Self, right: Self) -> Bool { left.order < right.order }

    static func == (left: Self, right: Self) -> Bool { left.order == right.order }

    /// Whether another layout of it may make it smaller than one that is known; of many actions none is looked for
    /// again.
    func mayBe(below known: Self) -> Bool {
      let isShorter = schedule.actions.count < known.schedule.actions.count
      let limit = isShorter ? known.byteCount : known.byteCount - 1
      return lowerBoundByteCount < byteCount && lowerBoundByteCount <= limit
        && schedule.actions.count <= PlanChoices.manyActions
    }

    /// With the layout of a search.
    func searched(_ planner: Planner, effort: PlacementEffort) throws(PlanningError) -> Self {
      try Smallest(schedule, planner, effort: effort)
    }
  }

  /// Of schedules of more and more bytes those that execute stages less often than all before them, as many as are
  /// replayed in little time.
  private static func ofFewerExecutions(
    _ candidates: [(bytes: Int, schedule: Schedule)], than smallest: Schedule
  ) -> [(bytes: Int, schedule: Schedule)] {
    var front: [(bytes: Int, schedule: Schedule)] = []
    var fewest = smallest.actions.count
    var actionCount = 0
    for candidate in candidates where candidate.schedule.actions.count < fewest {
      fewest = candidate.schedule.actions.count
      actionCount += fewest
      guard actionCount <= mostNearlySmallestActions else { break }
      front.append(candidate)
    }
    return front
  }

  private static let mostOfLeastBytes = 64
  private static let mostSearchedOfLeastBytes = 16
  private static let mostNearlySmallestActions = 1 << 17
  static let fewActions = 500
  private static let mostSearchesOfMany = 2
  /// Plans of more actions are laid out without a search while they are only compared.
  static let manyActions = 4000
  private static let manyStages = 128

  /// The plan of least predicted seconds within so many bytes, of equal ones the smallest.
  ///
  /// - Returns: nil below the least feasible bytes, and never else.
  package func fastest(withinBytes budget: Int) throws -> Choice? {
    guard budget >= leastFeasibleByteCount else { return nil }
    if scope == .few { return try fastestOfFew(withinBytes: budget) }
    if let front = try plannedFront(for: budget) { return try front.fastest(withinBytes: budget) }
    let found = try fastestOfCounted(withinBytes: budget)
    return try named(fasterThan: found, withinBytes: budget) ?? found
  }

  /// The plan of fewest bytes that takes no longer than so many predicted seconds; nil where there is none in so many
  /// bytes, or plans do not decide.
  package func smallest(noSlowerThan seconds: Double, withinBytes bytes: Int) throws -> Choice? {
    guard bytes >= leastFeasibleByteCount, let front = try plannedFront(for: bytes) else { return nil }
    return try front.smallest(noSlowerThan: seconds, withinBytes: bytes)
  }

  /// Nil of a longer chain.
  func plannedFront(for budget: Int) throws -> PlannedFront? {
    let isNearLeast = planner.chain.isNearLeast(bytes: budget)
    return try planned.front(of: identity, isNearLeast: isNearLeast) {
      try PlannedFront(
        of: planner, isNearLeast: isNearLeast, smallest: smallest, effort: effort, search: search, scope: scope)
    }
  }
}
