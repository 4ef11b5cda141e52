/// The optimal persistent schedules of every part of a chain, at every number of bytes at once.
///
/// A dynamic program over parts, shorter ones first, after the recurrence of Beaumont, Eyraud-Dubois, Herrmann, Joly and
/// Shilova (INRIA RR-9302), with three things more: a part's optimum is a front of bytes and seconds instead of a value
/// per budget, so that no bytes are rounded and one table serves all budgets; a stage can be kept in several forms; and
/// the last stage of a part may have its restart residuals kept, which spares its last execution.
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
  private let limits: Limits
  private let parts: DistinctParts
  private var fronts = ReversalFronts()
  /// By distinct part, then by the two flags: its front.
  private var places: [ReversalFronts.Place] = []
  /// By distinct part, then by the number of stages not reversed, from 1, and two flags: its front.
  private var skippingPlaces: [[ReversalFronts.Place]] = []
  // Numbers of the stages that are asked for again and again, each in an array of its own.
  private let forwardSeconds: [Double]
  private let forwardPeaks: (held: [Int], ending: [Int])
  private let restartForms: [Int?]
  private let derivesOutput: [Bool]
  private let restartDerivesOutput: [Bool]

  /// How thorough the search is.
  struct Limits: Hashable, Sendable {
    /// Ranges of bytes per octave of which one point each is kept, a power of two; nil for all points.
    var rangesPerOctave: Int?
    /// Which parts are looked at.
    var resolution: DistinctParts.Resolution
    /// In parts longer than this the restart residuals of a stage stand for its output wherever they take no more bytes.
    var variantsUpTo: Int
    /// What a part may take in bytes.
    var byteCount = Int.max
    /// Whether parts of which some stages are not reversed are looked at; only where all points and parts are.
    var skips = false

    /// Every point, every part, every variant of persistent schedules.
    static let exact = Limits(rangesPerOctave: nil, resolution: .all, variantsUpTo: Int.max)
  }

  init(_ chain: Chain, limits: Limits) {
    self.chain = chain
    self.limits = limits
    parts = DistinctParts(of: chain, resolution: limits.resolution)
    forwardSeconds = chain.stages.map(\.forwardSeconds)
    forwardPeaks = (chain.peaks.map(\.forward.held), chain.peaks.map(\.forward.ending))
    restartForms = chain.stages.map(\.restartForm)
    derivesOutput = chain.stages.map { $0.deriveSeconds != nil }
    restartDerivesOutput = chain.stages.map(\.restartDerivesOutput)
    if let rangesPerOctave = limits.rangesPerOctave {
      solve(RangedCollector(rangesPerOctave: rangesPerOctave, limit: limits.byteCount))
    } else {
      solve(ExactCollector())
    }
  }

  /// Bytes and seconds of the optima of the whole chain, bytes ascending, as the recurrence counts them.
  var wholeChain: [(bytes: Int, seconds: Double)] {
    var points: [(bytes: Int, seconds: Double)] = []
    for point in place(of: ReversalPart(first: 0, end: chain.count + 1)).map({ Int($0) })
    where fronts.seconds[point] < points.last?.seconds ?? .infinity {
      points.append((fronts.bytes[point], fronts.seconds[point]))
    }
    return points
  }

  func decide(
    _ part: ReversalPart, allowance: Int
  ) -> (decision: ReversalDecision, second: Int, first: Int) {
    guard let point = fronts.best(in: place(of: part), bytes: allowance) else {
      preconditionFailure("the allowance was found to suffice when the front was made")
    }
    let decision = fronts.decisions[point].decision(first: part.first)
    let left = fronts.bytes[point]
    switch decision {
    case .reverse, .executeAndReverse: return (decision, 0, 0)
    case .keepFirst(let form): return (decision, left - keptBytes(part.first, form: form), 0)
    case .split(let stage, let lowest, let keepsRestart):
      return (decision, left - tokenBytes(at: stage, keepsRestart: keepsRestart && lowest == stage), left)
    case .move(let stage, let keepsRestart):
      return (decision, left - tokenGrowth(part, to: stage, keepsRestart: keepsRestart), 0)
    }
  }

  // MARK: Numbers

  /// Bytes of what stands for x_stage while the stages from it on are reversed.
  private func tokenBytes(at stage: Int, keepsRestart: Bool) -> Int {
    guard keepsRestart, let form = restartForms[stage - 1] else { return chain.keptBoundaryBytes(stage) }
    return chain.keptBytes(stage - 1, form: form)
  }

  /// How many bytes more stand for a part's start when it moves.
  private func tokenGrowth(_ part: ReversalPart, to stage: Int, keepsRestart: Bool) -> Int {
    tokenBytes(at: stage, keepsRestart: keepsRestart) - chain.keptBoundaryBytes(part.first)
  }

  /// Bytes of a stage's residuals, and of the next stage's input where these do not give it.
  private func keptBytes(_ stage: Int, form: Int) -> Int {
    chain.keptBytes(stage, form: form)
      + (chain.stages[stage].givesOutput(form: form) ? 0 : chain.keptBoundaryBytes(stage + 1))
  }

  private func place(of part: ReversalPart) -> ReversalFronts.Place {
    guard let number = parts.number(of: part.first..<part.end) else { return 0..<0 }
    return place(of: part, number: number)
  }

  /// - Parameter number: which of the distinct parts it is.
  @inline(__always)
  private func place(of part: ReversalPart, number: Int) -> ReversalFronts.Place {
    var part = part
    if isDerivedOnly(part) { part.startIsDerived = true }
    if part.skipped > 0 { return skippingPlaces[number][(part.skipped - 1) * 4 + IntervalOptima.flags(part)] }
    return places[number * 4 + IntervalOptima.flags(part)]
  }

  private static func flags(_ part: ReversalPart) -> Int {
    (part.endIsKept ? 2 : 0) + (part.startIsDerived || part.leavesResiduals ? 1 : 0)
  }

  // MARK: The dynamic program

  private mutating func solve<Collector: FrontCollecting>(_ empty: Collector) {
    var collector = empty
    places.reserveCapacity(4 * parts.representatives.count)
    for representative in parts.representatives {
      for flags in 0..<4 {
        let part = ReversalPart(
          first: representative.lowerBound, end: representative.upperBound, endIsKept: flags & 2 != 0,
          startIsDerived: flags & 1 != 0)
        places.append(fronts.adopt(exists(part) ? solve(part, &collector) : []))
      }
      if limits.skips { solveSkipping(representative, &collector) }
    }
  }

  /// The parts of which some stages are not reversed.
  private mutating func solveSkipping(_ stages: Range<Int>, _ collector: inout some FrontCollecting) {
    var found: [ReversalFronts.Place] = []
    for skipped in 1..<max(1, stages.count) {
      for flags in 0..<4 {
        let part = ReversalPart(
          first: stages.lowerBound, end: stages.upperBound, skipped: skipped, leavesResiduals: flags & 1 != 0,
          endIsKept: flags & 2 != 0)
        guard exists(part) else {
          found.append(0..<0)
          continue
        }
        addMoves(part, &collector)
        addSplits(part, &collector)
        found.append(fronts.adopt(collector.take(from: fronts)))
      }
    }
    skippingPlaces.append(found)
  }

  /// Whether the part can come about.
  private func exists(_ part: ReversalPart) -> Bool {
    if part.endIsKept, part.end > chain.count || restartForms[part.end - 1] == nil { return false }
    if !part.endIsKept, part.count > limits.variantsUpTo, part.end <= chain.count, restartIsCheap(part.end) {
      return false
    }
    if part.skipped > 0 { return !part.leavesResiduals || restartForms[part.lowest - 1] != nil }
    if isDerivedOnly(part) { return part.startIsDerived }
    if part.startIsDerived { return part.first > 0 && derivesOutput[part.first - 1] }
    return true
  }

  /// Whether the restart residuals before the boundary take no more bytes than the value that crosses it.
  private func restartIsCheap(_ boundary: Int) -> Bool {
    restartForms[boundary - 1].map { chain.keptBytes(boundary - 1, form: $0) } ?? Int.max
      <= chain.keptBoundaryBytes(boundary)
  }

  /// Whether the part is only looked at with a start that is derived: a bound where its input happens to be held.
  private func isDerivedOnly(_ part: ReversalPart) -> Bool {
    part.count > limits.variantsUpTo && part.first > 0 && derivesOutput[part.first - 1]
  }

  private func solve<Collector: FrontCollecting>(
    _ part: ReversalPart, _ collector: inout Collector
  ) -> [ReversalPoint] {
    if part.first == chain.count {
      let peak = part.startIsDerived ? chain.lossPeak.ending : chain.lossPeak.held
      return [ReversalPoint(bytes: peak, seconds: 0, decision: EncodedDecision(.reverse, first: part.first))]
    }
    if part.count == 1 {
      addReversals(of: part, &collector)
    } else {
      collector.begin(like: longestRest(of: part), in: fronts)
      addKeepingFirst(part, &collector)
      addSplits(part, &collector)
    }
    return collector.take(from: fronts)
  }

  /// The front of the longest part with the same end, which is much like the part's own; none of a short part, whose
  /// values are larger than a range of bytes.
  private func longestRest(of part: ReversalPart) -> ReversalFronts.Place {
    guard part.count > 8 else { return 0..<0 }
    var rest = part
    for first in (part.first + 1)..<part.end {
      rest.first = first
      for startIsDerived in [false, true] {
        rest.startIsDerived = startIsDerived
        let place = place(of: rest)
        if !place.isEmpty { return place }
      }
    }
    return 0..<0
  }

  /// Seconds of getting the first stage's input back where nothing holds it.
  private func deriveSeconds(_ part: ReversalPart) -> Double {
    part.startIsDerived ? chain.stages[part.first - 1].deriveSeconds ?? 0 : 0
  }

  private func addReversals(of part: ReversalPart, _ collector: inout some FrontCollecting) {
    let stage = chain.stages[part.first]
    let peaks = chain.peaks[part.first]
    func reversePeak(_ form: Int) -> Int {
      part.startIsDerived ? peaks.forms[form].reverse.ending : peaks.forms[form].reverse.held
    }
    func point(_ decision: ReversalDecision, _ bytes: Int, _ seconds: Double) -> ReversalPoint {
      ReversalPoint(bytes: bytes, seconds: seconds, decision: EncodedDecision(decision, first: part.first))
    }
    let direct =
      part.endIsKept
      ? stage.restartForm : stage.formReadingBoundaryValues(inputIsLive: true, outputIsLive: false)
    if let form = direct {
      collector.add(
        point(.reverse, reversePeak(form), stage.backwardSeconds + stage.forms[form].extraBackwardSeconds))
      return
    }
    for (index, form) in stage.forms.enumerated() where form.holdsInput {
      let execution = form.holdsOutput ? peaks.forms[index].forward : peaks.forms[index].forwardWithoutOutput
      let executionPeak = part.startIsDerived ? execution.ending : execution.held
      let reversal = part.startIsDerived ? peaks.forms[index].reverseDerivingInput : peaks.forms[index].reverse.held
      let executionSeconds = form.holdsOutput ? stage.forwardSeconds : form.secondsWithoutOutput ?? stage.forwardSeconds
      collector.add(
        point(
          .executeAndReverse(form: index), max(executionPeak + chain.boundaryBytes(part.end), reversal),
          executionSeconds + stage.backwardSeconds + form.extraBackwardSeconds + deriveSeconds(part)))
    }
  }

  /// Bytes that wait during the executions of a part: the cotangent, and what is kept of the stage at its end, of which
  /// the output has been read for the last time where the stage's own reverse step does not read it.
  private func waitingBytes(_ part: ReversalPart) -> Int {
    guard part.end <= chain.count else { return 0 }
    guard part.endIsKept, let form = restartForms[part.end - 1] else { return chain.boundaryBytes(part.end) }
    let last = chain.stages[part.end - 1]
    return chain.boundaryBytes(part.end)
      + (last.readsOutput ? chain.keptBytes(part.end - 1, form: form) : last.forms[form].byteCount)
  }

  private func addKeepingFirst(_ part: ReversalPart, _ collector: inout some FrontCollecting) {
    let stage = chain.stages[part.first]
    let peaks = chain.peaks[part.first]
    for (index, form) in stage.forms.enumerated() where form.holdsInput {
      var rest = part
      rest.first += 1
      rest.startIsDerived = form.derivesOutput
      let place = place(of: rest)
      guard !place.isEmpty else { continue }
      let execution = part.startIsDerived ? peaks.forms[index].forward.ending : peaks.forms[index].forward.held
      let reversal = part.startIsDerived ? peaks.forms[index].reverseDerivingInput : peaks.forms[index].reverse.held
      let floor = max(execution + waitingBytes(part), reversal)
      let seconds =
        stage.forwardSeconds + stage.backwardSeconds + form.extraBackwardSeconds + deriveSeconds(part)
      let kept = keptBytes(part.first, form: index)
      collector.addRaised(
        of: fronts, place, token: kept, floor: floor, seconds: seconds,
        decision: EncodedDecision(.keepFirst(form: index), first: part.first))
    }
  }

  private func addSplits(_ part: ReversalPart, _ collector: inout some FrontCollecting) {
    let waiting = waitingBytes(part)
    var sweepPeak = 0
    var sweepSeconds = deriveSeconds(part)
    for middle in (part.first + 1)..<part.end {
      let last = middle - 1
      let isFirst = last == part.first
      let inputEnds = !isFirst || part.startIsDerived
      sweepSeconds += forwardSeconds[last]
      let peak = inputEnds ? forwardPeaks.ending[last] : forwardPeaks.held[last]
      if middle > part.lowest, let numbers = parts.split(of: part.first..<part.end, at: middle) {
        if let form = restartForms[last], !isFirst {
          let keeping = chain.peaks[last].forms[form].forward
          addSplit(
            part, at: middle, lowest: middle, keepsRestart: true, numbers,
            floor: waiting + max(sweepPeak, inputEnds ? keeping.ending : keeping.held), seconds: sweepSeconds,
            &collector)
        }
        addSplit(
          part, at: middle, lowest: middle, keepsRestart: false, numbers, floor: waiting + max(sweepPeak, peak),
          seconds: sweepSeconds, &collector)
      }
      if limits.skips {
        for lowest in (max(middle, part.lowest) + 1)..<max(middle + 2, part.end) where lowest < part.end {
          for keepsRestart in restartForms[lowest - 1] == nil ? [false] : [false, true] {
            addSplit(
              part, at: middle, lowest: lowest, keepsRestart: keepsRestart, nil,
              floor: waiting + max(sweepPeak, peak), seconds: sweepSeconds, &collector)
          }
        }
      }
      sweepPeak = max(sweepPeak, peak)
    }
  }

  private func addSplit(
    _ part: ReversalPart, at middle: Int, lowest: Int, keepsRestart: Bool, _ numbers: (left: Int, right: Int)?,
    floor: Int, seconds: Double, _ collector: inout some FrontCollecting
  ) {
    let (left, right) = part.split(
      at: middle, lowest: lowest, keepsRestart: keepsRestart, derives: restartDerivesOutput[lowest - 1])
    let firsts = numbers.map { place(of: left, number: $0.left) } ?? place(of: left)
    let rests = numbers.map { place(of: right, number: $0.right) } ?? place(of: right)
    guard !firsts.isEmpty, !rests.isEmpty else { return }
    collector.addSums(
      of: fronts, firsts, rests, token: tokenBytes(at: middle, keepsRestart: keepsRestart && lowest == middle),
      floor: floor, seconds: seconds,
      decision: EncodedDecision(
        .split(stage: middle, lowest: lowest, keepsRestart: keepsRestart), first: part.first))
  }

  /// Moves of the start, up to the first stage that is reversed. Bytes are counted beside those of the part's own start,
  /// which ends with the first execution.
  private func addMoves(_ part: ReversalPart, _ collector: inout some FrontCollecting) {
    let waiting = waitingBytes(part) - chain.keptBoundaryBytes(part.first)
    var sweepPeak = 0
    var seconds = 0.0
    for stage in (part.first + 1)...part.lowest {
      seconds += forwardSeconds[stage - 1]
      let keepsRestart = part.leavesResiduals && stage == part.lowest
      let form = keepsRestart ? restartForms[stage - 1] : nil
      let peak = form.map { chain.peaks[stage - 1].forms[$0].forward.ending } ?? forwardPeaks.ending[stage - 1]
      sweepPeak = max(sweepPeak, peak)
      let rests = place(of: part.moved(to: stage, derives: restartDerivesOutput[part.lowest - 1]))
      guard !rests.isEmpty else { continue }
      collector.addRaised(
        of: fronts, rests, token: tokenGrowth(part, to: stage, keepsRestart: keepsRestart),
        floor: waiting + sweepPeak, seconds: seconds,
        decision: EncodedDecision(.move(stage: stage, keepsRestart: keepsRestart), first: part.first))
    }
  }
}

extension ChainStage {
  /// Seconds of evaluating the output from residuals; nil where no form derives it.
  var deriveSeconds: Double? { forms.first(where: \.derivesOutput)?.deriveSeconds }

  /// Whether the restart residuals derive the output.
  var restartDerivesOutput: Bool { restartForm.map { forms[$0].derivesOutput } ?? false }
}

extension Chain {
  /// Bytes of a stage's residuals in a form, the output included where the form holds it.
  func keptBytes(_ stage: Int, form: Int) -> Int {
    stages[stage].forms[form].byteCount + (stages[stage].forms[form].holdsOutput ? stages[stage].keptOutputBytes : 0)
  }
}
