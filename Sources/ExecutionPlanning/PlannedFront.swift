import BufferPlacement
import Checkpointing

/// The plans of a short chain to choose from: the bytes of their layouts and the seconds of their instructions, none
/// worse than another in both.
///
/// A replay counts what a schedule holds and executes. Its plan may need less: of normalizations, residual blocks and
/// rounded copies fewer bytes, and of executions only the parts that somebody reads; what it rounds it must copy. Where
/// every schedule worth looking at can be planned, plans decide, so that more bytes never give a slower one, and what
/// the next one is said to take and to gain is what it takes and gains.
struct PlannedFront {
  /// A schedule with what its plan takes.
  struct Point {
    let schedule: Schedule
    /// With which it was laid out.
    let effort: PlacementEffort
    let byteCount: Int
    /// As ``Planner/seconds(of:)``.
    let seconds: Double
  }

  /// Fastest first; each later one takes fewer bytes.
  private let points: [Point]

  /// Nil of a longer chain.
  ///
  /// - Parameters:
  ///   - smallest: makes the plan of least bytes. A plan that turns out to need less is taken to need as much.
  ///   - effort: with which it is laid out.
  ///   - search: what looking for layouts in the least bytes may take.
  init?(
    of planner: Planner, smallest: () throws -> PlanChoices.Choice, effort: PlacementEffort, search: PlacementEffort
  ) throws {
    guard planner.chain.count <= PlannedFront.mostStages else { return nil }
    let smallest = try smallest()
    let need = planner.replayMayCountTooMany ? LeastNeed.ofAny : .ofPlainChains
    let secondsOfNode = planner.secondsOfNodes()
    let least = smallest.plan.peakByteCount
    var points = [
      Point(
        schedule: smallest.schedule, effort: effort, byteCount: least,
        seconds: planner.seconds(of: smallest.plan, secondsOfNode: secondsOfNode))
    ]
    for candidate in try PlannedFront.candidates(planner) {
      let (fewestBytes, leastSeconds) = need.of(candidate)
      // It cannot be better than one that is known.
      if points.contains(where: { $0.byteCount <= fewestBytes && $0.seconds <= leastSeconds }) { continue }
      let schedule = candidate.schedule()
      let (plan, ownEffort) = try planner.plan(
        for: schedule, countedBytes: candidate.peakBytes, within: least, search: search)
      points.append(
        Point(
          schedule: schedule, effort: ownEffort, byteCount: max(least, plan.peakByteCount),
          seconds: planner.seconds(of: plan, secondsOfNode: secondsOfNode)))
    }
    points.sort { ($0.seconds, $0.byteCount) < ($1.seconds, $1.byteCount) }
    var front: [Point] = []
    for point in points where point.byteCount < front.last?.byteCount ?? Int.max { front.append(point) }
    self.points = front
  }

  /// What a replay counts of a schedule, and the schedule once it is wanted.
  private struct Candidate {
    let peakBytes: Int
    let seconds: Double
    let schedule: () -> Schedule
  }

  /// What a plan may need at least of the bytes and seconds that a replay counts.
  private struct LeastNeed {
    let bytesLessAtMost: Double
    let secondsLessAtMost: Double

    /// Bytes are counted exactly, and little of an execution is read by nobody.
    static let ofPlainChains = LeastNeed(bytesLessAtMost: 0, secondsLessAtMost: 0.02)
    static let ofAny = LeastNeed(bytesLessAtMost: 1.0 / 3, secondsLessAtMost: 0.1)

    func of(_ candidate: Candidate) -> (bytes: Int, seconds: Double) {
      (
        candidate.peakBytes - Int(Double(candidate.peakBytes) * bytesLessAtMost),
        candidate.seconds * (1 - secondsLessAtMost)
      )
    }
  }

  /// The optima and the named schedules, fastest first.
  private static func candidates(_ planner: Planner) throws -> [Candidate] {
    let choices = try ScheduleChoices(planner.chain)
    let counted = choices.fitting(bytes: Int.max).map { choice in
      Candidate(peakBytes: choice.peakBytes, seconds: choice.seconds) { choices.schedule(of: choice) }
    }
    let named = try planner.namedSchedules(withinBytes: Int.max).map { named in
      Candidate(peakBytes: named.summary.peakBytes, seconds: named.summary.seconds) { named.schedule }
    }
    let all = thinned(counted, to: max(64, mostStagesOfOptima / planner.chain.count)) + named
    return all.sorted { ($0.seconds, $0.peakBytes) < ($1.seconds, $1.peakBytes) }
  }

  /// So many of a front at most, fastest first: the smallest of each group of about equal seconds, so that within any
  /// bytes one is left that is hardly slower than the fastest.
  private static func thinned(_ front: [Candidate], to count: Int) -> [Candidate] {
    var left = front
    // A quarter of a thousandth, and more where that leaves too many.
    var share = 1.0 / 4096
    while left.count > count {
      var groupEnd = -Double.infinity
      left = []
      for (index, candidate) in front.enumerated() {
        if candidate.seconds > groupEnd { groupEnd = candidate.seconds * (1 + share) }
        let next = index + 1 < front.count ? front[index + 1].seconds : .infinity
        if next > groupEnd { left.append(candidate) }
      }
      share *= 2
    }
    return left
  }

  /// The fastest plan within so many bytes, with the next ones on either side; nil where there is none.
  ///
  /// - Parameters:
  ///   - seconds: what it is to be faster than.
  ///   - isTaken: whether a plan will do; asked of the faster ones first.
  func fastest(
    withinBytes budget: Int, fasterThan seconds: Double = .infinity, _ planner: Planner,
    where isTaken: (PlanChoices.Choice) throws -> Bool = { _ in true }
  ) throws -> PlanChoices.Choice? {
    for (index, point) in points.enumerated() where point.byteCount <= budget {
      guard point.seconds < seconds else { return nil }
      let choice = PlanChoices.Choice(
        schedule: point.schedule, plan: try planner.plan(for: point.schedule, effort: point.effort),
        neighbours: PlanChoices.Neighbours(faster: neighbour(index - 1), smaller: neighbour(index + 1)))
      if try isTaken(choice) { return choice }
    }
    return nil
  }

  private func neighbour(_ index: Int) -> PlanChoices.Neighbours.Point? {
    guard points.indices.contains(index) else { return nil }
    return PlanChoices.Neighbours.Point(
      byteCount: points[index].byteCount, seconds: points[index].seconds, schedule: points[index].schedule)
  }

  private static let mostStages = 64
  /// Of all optima that are planned, together: some tenths of a second.
  private static let mostStagesOfOptima = 16_384
}
