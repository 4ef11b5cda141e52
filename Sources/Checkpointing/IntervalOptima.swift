import SystemCalls

/// The optimal persistent schedules of every part of a chain, at every number of bytes at once.
///
/// A dynamic program over parts, those within a part before it, after the recurrence of Beaumont, Eyraud-Dubois,
/// Herrmann, Joly and Shilova (INRIA RR-9302), with three things more: a part's optimum is a front of bytes and seconds
/// instead of a value per budget, so that no bytes are rounded and one table serves all budgets; a stage can be kept in
/// several forms; and the last stage of a part may have its restart residuals kept, which spares its last execution.
///
/// What a part takes depends on what holds its start (``ReversalPart/Start``): whether that ends with the first stage's
/// reverse step, and where residuals derive it, whether it is held as well. Of longer chains starts are not told apart
/// so finely, and bytes counted as if each were held as long as can be.
///
/// Of short chains the schedules that are not persistent are looked at too, which now and then are better: a restart
/// value may be let go of before all stages after it are reversed, and these be executed again from an earlier one.
/// Parts have three ends then instead of two: the start, the lowest stage to reverse, and the end.
///
/// Parts whose stages agree in all numbers share one front: a uniform chain has as many fronts as stages.
///
/// - Complexity: for L distinct parts and K splits of each, O(L K P), with fronts of P points.
struct IntervalOptima: ReversalDecisions {
  let chain: Chain
  let limits: Limits
  let parts: DistinctParts
  private(set) var fronts = ReversalFronts()
  /// Whether there were more points than the limit: nothing was found then.
  private(set) var isGivenUp = false
  /// By distinct part, then by what is at hand of its start and by whether its end is kept: its front.
  private var places: [ReversalFronts.Place] = []
  /// While fronts are made, by the same what the part may take: -1 where no schedule of few enough bytes has it. Empty
  /// where all parts are looked at.
  private var allowances: [Int] = []
  /// By distinct part, then by the number of stages not reversed, from 1, and two flags: its front.
  private var skippingPlaces: [[ReversalFronts.Place]] = []
  /// By stage.
  let numbers: [StageNumbers]
  /// The most bytes of an execution that keeps nothing, whose input dies, by stage: apart from the other numbers, as
  /// many are gone through at once.
  let sweepPeaks: [Int]
  /// Seconds of executing all stages before one.
  let secondsBefore: [Double]

  /// - Parameter isConcurrent: whether two threads search; what is found is the same.
  init(_ chain: Chain, limits: Limits, isConcurrent: Bool = false) {
    self.chain = chain
    self.limits = limits
    parts = DistinctParts(of: chain, resolution: limits.resolution)
    numbers = chain.stageNumbers
    sweepPeaks = numbers.map(\.forward.ending)
    secondsBefore = numbers.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.forwardSeconds) }
    if limits.mostExactPoints > 0 {
      var collector = ExactCollector()
      if solve(&collector, mostPoints: limits.mostExactPoints) { return }
    }
    forget()
    if limits.leavesPartsOut { findAllowances() }
    if limits.mostPoints < Int.max { fronts.reserve(limits.mostPoints) }
    isGivenUp = !(isConcurrent ? solveInHalves() : solveByRanges())
    allowances = []
    if isGivenUp { forget() }
  }

  private mutating func forget() {
    fronts = ReversalFronts()
    (places, skippingPlaces) = ([], [])
  }

  private var whole: ReversalPart { ReversalPart(first: 0, end: chain.count + 1) }

  /// Bytes and seconds of the optima of the whole chain, bytes ascending, as the recurrence counts them.
  var wholeChain: [(bytes: Int, seconds: Double)] {
    var points: [(bytes: Int, seconds: Double)] = []
    let place = place(of: whole)
    for cost in fronts.costs[place.first..<place.first + place.count]
    where cost.seconds < points.last?.seconds ?? .infinity {
      points.append((cost.bytes, cost.seconds))
    }
    return points
  }

  func decide(
    _ part: ReversalPart, allowance: Int
  ) -> (decision: ReversalDecision, second: Int, first: Int) {
    // A longer part may have counted its start as derived though it is at hand; where peaks are not those of a plan,
    // what is at hand may take more.
    let found =
      fronts.best(in: place(of: part), bytes: allowance)
      ?? fronts.best(in: place(of: part.starting(.derived)), bytes: allowance)
    guard let point = found else {
      preconditionFailure("the allowance was found to suffice when the front was made")
    }
    return allowances(fronts.decisions[point].decision(first: part.first), part, left: fronts.costs[point].bytes)
  }

  /// A decision with what the parts that it makes may use of the bytes left to the whole.
  func allowances(
    _ decision: ReversalDecision, _ part: ReversalPart, left: Int
  ) -> (decision: ReversalDecision, second: Int, first: Int) {
    switch decision {
    case .reverse, .executeAndReverse: return (decision, 0, 0)
    case .release, .evaluate: return (decision, left, 0)
    case .keepFirst(let form, _): return (decision, left - keptBytes(part, form: form), 0)
    case .split(let split): return (decision, left - tokenBytes(of: split, part), left)
    case .move(let stage, let keepsRestart):
      return (decision, left - tokenGrowth(part, to: stage, keepsRestart: keepsRestart), 0)
    }
  }

  // MARK: Numbers

  /// Bytes of what stands for x_stage while the stages from it on are reversed.
  private func tokenBytes(at stage: Int, keepsRestart: Bool) -> Int {
    guard keepsRestart, let restart = numbers[stage - 1].restart else { return chain.keptBoundaryBytes(stage) }
    return restart.byteCount
  }

  /// Bytes of what stands for the start of a split's second part, with those of a restart value that is kept beside
  /// residuals at the first one's.
  func tokenBytes(of split: ReversalDecision.Split, _ part: ReversalPart) -> Int {
    tokenBytes(at: split.stage, keepsRestart: split.startsFromResiduals)
      + (split.marksStart ? chain.keptBoundaryBytes(part.first) : 0)
  }

  /// How many bytes more stand for a part's start when it moves.
  func tokenGrowth(_ part: ReversalPart, to stage: Int, keepsRestart: Bool) -> Int {
    tokenBytes(at: stage, keepsRestart: keepsRestart) - chain.keptBoundaryBytes(part.first)
  }

  /// Bytes of the residuals of a part's first stage, of the next stage's input where these do not give it, and of their
  /// own input where residuals derive that and these hold it nevertheless.
  func keptBytes(_ part: ReversalPart, form: Int) -> Int {
    let stage = part.first
    return chain.keptBytes(stage, form: form)
      + (chain.stages[stage].givesOutput(form: form) ? 0 : chain.keptBoundaryBytes(stage + 1))
      + (chain.stages[stage].forms[form].holdsDerivedInput ? chain.keptBoundaryBytes(stage) : 0)
  }

  func place(of part: ReversalPart) -> ReversalFronts.Place {
    guard let number = parts.number(of: part.first..<part.end) else { return .none }
    return place(of: part, number: number)
  }

  /// - Parameter number: which of the distinct parts it is.
  @inline(__always)
  func place(of part: ReversalPart, number: Int) -> ReversalFronts.Place {
    if part.skipped > 0 { return skippingPlaces[number][(part.skipped - 1) * 4 + IntervalOptima.skippingSlot(part)] }
    return places[number * slotCount + slot(part)]
  }

  /// Fronts of a part.
  private var slotCount: Int { limits.tellsStartsApart ? 10 : 4 }

  /// Which of a part's fronts it is. Where starts are not told apart, one is as held as can be, the other derived.
  @inline(__always)
  private func slot(_ part: ReversalPart) -> Int {
    if limits.tellsStartsApart { return 2 * part.start.rawValue + (part.endIsKept ? 1 : 0) }
    return (part.start == .derived || isDerivedOnly(part) ? 2 : 0) + (part.endIsKept ? 1 : 0)
  }

  private static func skippingSlot(_ part: ReversalPart) -> Int {
    (part.leavesResiduals ? 2 : 0) + (part.endIsKept ? 1 : 0)
  }

  /// The part of which a slot has the front.
  private func part(_ stages: Range<Int>, slot: Int) -> ReversalPart {
    var part = ReversalPart(first: stages.lowerBound, end: stages.upperBound, endIsKept: slot & 1 != 0)
    if limits.tellsStartsApart {
      part.start = ReversalPart.Start(rawValue: slot / 2) ?? .held
    } else {
      part.start = slot > 1 ? .derived : mayOutlive(part.first) ? .held : .ending
    }
    return part
  }

  // MARK: The dynamic program

  /// Finds what each part may take where the whole chain keeps to the limit: from the least bytes of all parts, those
  /// within a part before it, what every decision that fits leaves to its parts, a part before those within it. No part
  /// of a schedule that fits is lost, and near the least bytes few are left.
  private mutating func findAllowances() {
    var least = LeastCollector()
    solve(&least, mostPoints: Int.max)
    let whole = place(of: whole)
    // Beyond the limit parts alone are of use.
    defer { forget() }
    guard whole.leastBytes <= limits.byteCount else { return }
    let most = Double(whole.leastBytes) * (1 + limits.shareBeyondLeast)
    let limit = most < Double(limits.byteCount) ? Int(most) : limits.byteCount
    var collector = AllowanceCollector(count: least.count, whole: whole, limit: limit)
    var found = Array(repeating: -1, count: places.count)
    var splits: [SplitPlace] = []
    for (number, representative) in parts.representatives.enumerated().reversed() {
      splits.removeAll(keepingCapacity: true)
      for slot in (0..<slotCount).reversed() {
        let index = number * slotCount + slot
        guard !places[index].isEmpty, collector.allowances[places[index].first] >= 0 else { continue }
        found[index] = collector.allowances[places[index].first]
        // Where a longer part counts its start as derived whatever it is, the first of its parts may have it at hand.
        if !limits.tellsStartsApart, slot >= 2 { collector.leave(found[index], to: places[index - 2]) }
        collector.allow(found[index])
        if splits.isEmpty { findSplits(of: representative, &splits) }
        addDecisions(of: part(representative, slot: slot), at: splits, &collector)
      }
    }
    allowances = found
  }

  private func makeRangedCollector() -> RangedCollector {
    RangedCollector(rangesPerOctave: limits.rangesPerOctave, limit: limits.byteCount)
  }

  /// With a point for each range of bytes.
  private mutating func solveByRanges() -> Bool {
    var collector = makeRangedCollector()
    return solve(&collector, mostPoints: limits.mostPoints)
  }

  /// The same with a thread for each half of the chain, then what lies across.
  private mutating func solveInHalves() -> Bool {
    let halves = parts.inHalves()
    makePlaces()
    var collector = makeRangedCollector()
    guard solve(halves.anywhere, &collector, mostPoints: limits.mostPoints) else { return false }
    let known = self
    let knownCount = fronts.costs.count
    // What it shares with the other search it copies when it goes on.
    if limits.mostPoints < Int.max { fronts.reserve(limits.mostPoints) }
    let (isSolved, second) = concurrently {
      solve(halves.firstHalf, &collector, mostPoints: limits.mostPoints)
    } and: {
      var second = known
      var collector = known.makeRangedCollector()
      let isSolved = second.solve(halves.secondHalf, &collector, mostPoints: second.limits.mostPoints)
      return isSolved ? second : nil
    }
    guard isSolved, let second else { return false }
    let shift = fronts.costs.count - knownCount
    fronts.append(second.fronts, from: knownCount)
    for number in halves.secondHalf {
      for index in number * slotCount..<(number + 1) * slotCount {
        places[index] = second.places[index].moved(by: shift)
      }
    }
    return solve(halves.across, &collector, mostPoints: limits.mostPoints)
  }

  /// Makes room for the fronts of all parts.
  private mutating func makePlaces() {
    places = Array(repeating: .none, count: slotCount * parts.representatives.count)
  }

  /// - Returns: whether the fronts have no more points than that; else it was given up.
  @discardableResult
  private mutating func solve(_ collector: inout some FrontCollecting, mostPoints: Int) -> Bool {
    makePlaces()
    return solve(parts.representatives.indices, &collector, mostPoints: mostPoints)
  }

  /// - Parameter numbers: some of the parts, each after those that lie within it.
  private mutating func solve(
    _ numbers: some Collection<Int>, _ collector: inout some FrontCollecting, mostPoints: Int
  ) -> Bool {
    var splits: [SplitPlace] = []
    for number in numbers {
      if fronts.costs.count > mostPoints { return false }
      let representative = parts.representatives[number]
      splits.removeAll(keepingCapacity: true)
      for slot in 0..<slotCount {
        let part = part(representative, slot: slot)
        let index = number * slotCount + slot
        let allowance = allowances.isEmpty ? Int.max : allowances[index]
        if allowance >= 0, exists(part) {
          collector.allow(allowance)
          if splits.isEmpty { findSplits(of: representative, &splits) }
          addDecisions(of: part, at: splits, &collector)
        }
        places[index] = collector.take(into: &fronts)
      }
      if limits.skips { solveSkipping(representative, &collector) }
    }
    return true
  }

  /// The parts of which some stages are not reversed.
  private mutating func solveSkipping(_ stages: Range<Int>, _ collector: inout some FrontCollecting) {
    var splits: [SplitPlace] = []
    findSplits(of: stages, &splits)
    var found: [ReversalFronts.Place] = []
    for skipped in 1..<max(1, stages.count) {
      for slot in 0..<4 {
        let part = ReversalPart(
          first: stages.lowerBound, end: stages.upperBound, skipped: skipped, leavesResiduals: slot & 2 != 0,
          endIsKept: slot & 1 != 0, start: .ending)
        if exists(part) {
          addMoves(part, &collector)
          addSplits(part, splits, &collector)
        }
        found.append(collector.take(into: &fronts))
      }
    }
    skippingPlaces.append(found)
  }

  /// Whether the part can come about.
  private func exists(_ part: ReversalPart) -> Bool {
    if part.endIsKept, part.end > chain.count || numbers[part.end - 1].restart == nil { return false }
    if !part.endIsKept, part.count > limits.variantsUpTo, part.end <= chain.count, restartIsCheap(part.end) {
      return false
    }
    if part.skipped > 0 { return !part.leavesResiduals || numbers[part.lowest - 1].restart != nil }
    if isDerivedOnly(part), part.start != .derived { return false }
    let isDerivable = derivesInput(of: part)
    switch part.start {
    case .held: return mayOutlive(part.first)
    case .ending: return part.first > 0
    case .derived: return isDerivable
    // No part before it is reversed from its start later on.
    case .marked: return isDerivable && part.end <= chain.count
    // The loss follows the execution that gives its input.
    case .absent: return isDerivable && part.first < chain.count
    }
  }

  /// Whether a boundary value may be held beyond the reverse step of the stage that it enters.
  private func mayOutlive(_ boundary: Int) -> Bool { boundary == 0 || chain.outputOutlives(boundary - 1) }

  /// Whether the restart residuals before the boundary take no more bytes than the value that crosses it.
  private func restartIsCheap(_ boundary: Int) -> Bool {
    numbers[boundary - 1].restart?.byteCount ?? Int.max <= numbers[boundary - 1].keptOutputBytes
  }

  /// Whether the part is only looked at with a start that is derived: a bound where its input happens to be held.
  private func isDerivedOnly(_ part: ReversalPart) -> Bool {
    part.count > limits.variantsUpTo && derivesInput(of: part)
  }

  /// Whether the residuals of the stage before a part derive its first value.
  private func derivesInput(of part: ReversalPart) -> Bool {
    part.first > 0 && numbers[part.first - 1].deriveSeconds != nil
  }

  /// All decisions that reverse a part within so many bytes, each with the bytes and seconds of the fastest way from
  /// there on. No stage of the part is skipped.
  func options(of part: ReversalPart, within bytes: Int) -> [ReversalPoint] {
    var collector = OptionCollector(byteCount: bytes)
    var splits: [SplitPlace] = []
    findSplits(of: part.first..<part.end, &splits)
    addDecisions(of: part, at: splits, &collector)
    return collector.options
  }

  /// Offers all decisions that reverse a part of which no stage is skipped.
  private func addDecisions(
    of part: ReversalPart, at splits: [SplitPlace], _ collector: inout some DecisionCollecting
  ) {
    if part.first == chain.count {
      collector.add(
        ReversalPoint(
          bytes: bytes(chain.lossPeak, readingFirst: part), seconds: 0,
          decision: EncodedDecision(.reverse, first: part.first)))
      return
    }
    if part.start == .absent || part.start == .marked { addTransition(from: part, &collector) }
    if part.count == 1 {
      addReversals(of: part, &collector)
    } else if part.start != .absent {
      collector.begin(like: longestRest(of: part), in: fronts)
      if part.start != .marked {
        addKeepingFirst(part, &collector)
        addSplits(part, splits, &collector)
      }
      if part.start == .marked || (part.start == .derived && limits.tellsStartsApart) {
        addSplits(part, splits, marksStart: true, &collector)
      }
    }
  }
}
