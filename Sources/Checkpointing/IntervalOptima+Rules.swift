/// What a part's front is made of: reversing one stage, keeping the first stage, splitting the part, moving its start.
extension IntervalOptima {
  /// A marked or absent start becomes a derived one.
  func addTransition(from part: ReversalPart, _ collector: inout some DecisionCollecting) {
    let place = place(of: part.starting(.derived))
    guard !place.isEmpty else { return }
    let isAbsent = part.start == .absent
    collector.addRaised(
      of: fronts, place, token: 0, floor: isAbsent ? waitingBytes(part) + chain.boundaryBytes(part.first) : 0,
      seconds: isAbsent ? deriveSeconds(part) : 0,
      decision: EncodedDecision(isAbsent ? .evaluate : .release, first: part.first))
  }

  /// The front of the longest part with the same end, which is much like the part's own; none of a short part, whose
  /// values are larger than a range of bytes.
  func longestRest(of part: ReversalPart) -> ReversalFronts.Place {
    guard part.count > 8 else { return .none }
    var rest = part
    for first in (part.first + 1)..<part.end {
      rest.first = first
      for start in [ReversalPart.Start.held, .derived] {
        rest.start = start
        let place = place(of: rest)
        if !place.isEmpty { return place }
      }
    }
    return .none
  }

  /// Seconds of getting the first stage's input back where nothing holds it.
  private func deriveSeconds(_ part: ReversalPart) -> Double {
    switch part.start {
    case .held, .ending, .marked: 0
    case .derived, .absent: numbers[part.first - 1].deriveSeconds ?? 0
    }
  }

  /// Whether a part's first stage may be kept in the form by an execution: in all that hold its input, in those that
  /// hold it although residuals derive it only where these do.
  private func isOffered(_ form: ResidualForm, _ part: ReversalPart) -> Bool {
    form.holdsInput && (part.start == .derived || !form.holdsDerivedInput)
  }

  /// What a step of the first stage does to the part's start where the stage is kept in a form.
  private func start(of part: ReversalPart, _ form: ResidualForm) -> ReversalPart {
    form.holdsDerivedInput ? part.starting(.marked) : part
  }

  /// Bytes of an execution that reads the part's first value, which stays where it is held. Bytes of what holds it at
  /// the part's start are counted outside, but for those of a mark.
  private func bytes(_ peak: StagePeaks.ByInput, executing part: ReversalPart) -> Int {
    switch part.start {
    case .held, .ending: peak.held
    case .derived, .absent: peak.ending
    case .marked: peak.held + chain.keptBoundaryBytes(part.first)
    }
  }

  /// Bytes of a step that reads the part's first value for the last time, or the last but one where it is held beyond.
  func bytes(_ peak: StagePeaks.ByInput, readingFirst part: ReversalPart) -> Int {
    switch part.start {
    case .held: peak.held
    case .ending: peak.ending - chain.keptBoundaryBytes(part.first)
    case .derived, .absent, .marked: peak.ending
    }
  }

  /// Bytes of the reverse step of a part's first stage from residuals.
  private func reverseBytes(_ part: ReversalPart, form: Int) -> Int {
    let peaks = chain.peaks[part.first].forms[form]
    let isEvaluated = part.start == .derived || part.start == .absent
    return isEvaluated ? peaks.reverseDerivingInput : bytes(peaks.reverse, readingFirst: part)
  }

  func addReversals(of part: ReversalPart, _ collector: inout some DecisionCollecting) {
    let stage = chain.stages[part.first]
    let peaks = chain.peaks[part.first]
    func add(_ decision: ReversalDecision, _ bytes: Int, _ seconds: Double) {
      collector.add(
        ReversalPoint(bytes: bytes, seconds: seconds, decision: EncodedDecision(decision, first: part.first)))
    }
    let direct =
      part.endIsKept
      ? stage.restartForm : stage.formReadingBoundaryValues(inputIsLive: true, outputIsLive: false)
    if let form = direct {
      let seconds = stage.backwardSeconds + stage.forms[form].extraBackwardSeconds
      if part.start == .absent {
        add(.reverse, reverseBytes(part, form: form), seconds + deriveSeconds(part))
      } else {
        add(.reverse, bytes(peaks.forms[form].reverse, readingFirst: part), seconds)
      }
      return
    }
    if part.start == .absent || part.start == .marked { return }
    for (index, form) in stage.forms.enumerated() where isOffered(form, part) {
      let kept = start(of: part, form)
      let execution = form.holdsOutput ? peaks.forms[index].forward : peaks.forms[index].forwardWithoutOutput
      let executionSeconds = form.holdsOutput ? stage.forwardSeconds : form.secondsWithoutOutput ?? stage.forwardSeconds
      add(
        .executeAndReverse(form: index),
        max(bytes(execution, executing: kept) + chain.boundaryBytes(part.end), reverseBytes(kept, form: index)),
        executionSeconds + stage.backwardSeconds + form.extraBackwardSeconds + deriveSeconds(kept))
    }
  }

  /// Bytes that wait during the executions of a part: the cotangent, and what is kept of the stage at its end, of which
  /// the output has been read for the last time where the stage's own reverse step does not read it.
  private func waitingBytes(_ part: ReversalPart) -> Int {
    guard part.end <= chain.count else { return 0 }
    guard part.endIsKept, let form = numbers[part.end - 1].restart?.form else {
      return chain.boundaryBytes(part.end)
    }
    let last = chain.stages[part.end - 1]
    return chain.boundaryBytes(part.end)
      + (last.readsOutput ? chain.keptBytes(part.end - 1, form: form) : last.forms[form].byteCount)
  }

  func addKeepingFirst(_ part: ReversalPart, _ collector: inout some DecisionCollecting) {
    let stage = chain.stages[part.first]
    let peaks = chain.peaks[part.first]
    for (index, form) in stage.forms.enumerated() where isOffered(form, part) {
      let kept = start(of: part, form)
      for withoutOutput in form.derivesOutput && limits.tellsStartsApart ? [false, true] : [false] {
        let rest = part.withoutFirst(withoutOutput ? .absent : chain.start(afterKeeping: part.first, form: index))
        let place = place(of: rest)
        guard !place.isEmpty else { continue }
        let execution = withoutOutput ? peaks.forms[index].forwardWithoutOutput : peaks.forms[index].forward
        let executionSeconds = withoutOutput ? form.secondsWithoutOutput ?? stage.forwardSeconds : stage.forwardSeconds
        collector.addRaised(
          of: fronts, place,
          token: keptBytes(part, form: index),
          floor: max(bytes(execution, executing: kept) + waitingBytes(part), reverseBytes(kept, form: index)),
          seconds: executionSeconds + stage.backwardSeconds + form.extraBackwardSeconds + deriveSeconds(kept),
          decision: EncodedDecision(.keepFirst(form: index, withoutOutput: withoutOutput), first: part.first))
      }
    }
  }

  /// A place at which a part may be split, and what executing its stages up to there takes.
  struct SplitPlace {
    let middle: Int
    /// Which of the distinct parts the two are.
    let left: Int
    let right: Int
    /// The most bytes of executing a stage between the first one and the last before `middle`.
    let peakBetween: Int
    /// Seconds of executing all stages before that last one.
    let secondsBeforeLast: Double
  }

  /// The places to split a part at, ascending, in place of those that stand there.
  func findSplits(of part: Range<Int>, _ splits: inout [SplitPlace]) {
    splits.removeAll(keepingCapacity: true)
    var (stage, peak) = (part.lowerBound + 1, 0)
    parts.forEachSplit(of: part) { middle, left, right in
      while stage < middle - 1 {
        peak = max(peak, sweepPeaks[stage])
        stage += 1
      }
      splits.append(
        SplitPlace(
          middle: middle, left: left, right: right, peakBetween: peak,
          secondsBeforeLast: secondsBefore[middle - 1] - secondsBefore[part.lowerBound]))
    }
  }

  /// - Parameter marksStart: whether a restart value holds a start that residuals derive.
  func addSplits(
    _ part: ReversalPart, _ splits: [SplitPlace], marksStart: Bool = false, _ collector: inout some DecisionCollecting
  ) {
    let waiting = waitingBytes(part) + (marksStart ? chain.keptBoundaryBytes(part.first) : 0)
    let derives = part.start == .derived && !marksStart
    let firstPeak = derives ? numbers[part.first].forward.ending : numbers[part.first].forward.held
    let firstSeconds = derives ? deriveSeconds(part) : 0
    for place in splits {
      let last = numbers[place.middle - 1]
      let isFirst = place.middle - 1 == part.first
      let peakBeforeLast = isFirst ? 0 : max(firstPeak, place.peakBetween)
      let seconds = firstSeconds + place.secondsBeforeLast
      let peak = isFirst ? firstPeak : max(peakBeforeLast, last.forward.ending)
      var split = ReversalDecision.Split(stage: place.middle, lowest: place.middle, marksStart: marksStart)
      if place.middle > part.lowest, !isFirst, let restart = last.restart {
        split.keepsRestart = true
        addSplit(
          part, split, at: place, floor: waiting + max(peakBeforeLast, restart.forwardPeak),
          seconds: seconds + last.forwardSeconds, &collector)
        if restart.derivesOutput, limits.tellsStartsApart {
          split.withoutOutput = true
          addSplit(
            part, split, at: place, floor: waiting + max(peakBeforeLast, restart.forwardPeakWithoutOutput),
            seconds: seconds + restart.secondsWithoutOutput, &collector)
        }
        (split.keepsRestart, split.withoutOutput) = (false, false)
      }
      if place.middle > part.lowest {
        addSplit(part, split, at: place, floor: waiting + peak, seconds: seconds + last.forwardSeconds, &collector)
      }
      if limits.skips {
        addSkippingSplits(part, split, floor: waiting + peak, seconds: seconds + last.forwardSeconds, &collector)
      }
    }
  }

  /// Splits at a stage from which on some stages are executed only.
  private func addSkippingSplits(
    _ part: ReversalPart, _ split: ReversalDecision.Split, floor: Int, seconds: Double,
    _ collector: inout some DecisionCollecting
  ) {
    var split = split
    for lowest in (max(split.stage, part.lowest) + 1)..<max(split.stage + 2, part.end) where lowest < part.end {
      split.lowest = lowest
      for keepsRestart in numbers[lowest - 1].restart == nil ? [false] : [false, true] {
        split.keepsRestart = keepsRestart
        let (left, right) = part.split(split, afterRestart: startAfterRestart(lowest))
        addSplit(part, split, place(of: left), place(of: right), floor: floor, seconds: seconds, &collector)
      }
    }
  }

  @inline(__always)
  private func addSplit(
    _ part: ReversalPart, _ split: ReversalDecision.Split, at place: SplitPlace, floor: Int, seconds: Double,
    _ collector: inout some DecisionCollecting
  ) {
    let (left, right) = part.split(split, afterRestart: startAfterRestart(split.lowest))
    addSplit(
      part, split, self.place(of: left, number: place.left), self.place(of: right, number: place.right), floor: floor,
      seconds: seconds, &collector)
  }

  @inline(__always)
  private func addSplit(
    _ part: ReversalPart, _ split: ReversalDecision.Split, _ first: ReversalFronts.Place,
    _ second: ReversalFronts.Place, floor: Int, seconds: Double, _ collector: inout some DecisionCollecting
  ) {
    guard !first.isEmpty, !second.isEmpty else { return }
    collector.addSums(
      of: fronts, first, second, token: tokenBytes(of: split, part), floor: floor, seconds: seconds,
      decision: EncodedDecision(.split(split), first: part.first))
  }

  /// What restart residuals of the stage before give of a stage's input; as a restart value where there are none.
  private func startAfterRestart(_ stage: Int) -> ReversalPart.Start {
    numbers[stage - 1].restart?.nextStart ?? .ending
  }

  /// Moves of the start, up to the first stage that is reversed. Bytes are counted beside those of the part's own
  /// start, which ends with the first execution.
  func addMoves(_ part: ReversalPart, _ collector: inout some DecisionCollecting) {
    let waiting = waitingBytes(part) - chain.keptBoundaryBytes(part.first)
    var sweepPeak = 0
    var seconds = 0.0
    for stage in (part.first + 1)...part.lowest {
      let last = numbers[stage - 1]
      seconds += last.forwardSeconds
      let keepsRestart = part.leavesResiduals && stage == part.lowest
      let restart = keepsRestart ? last.restart : nil
      sweepPeak = max(sweepPeak, restart?.forwardPeak ?? last.forward.ending)
      let rests = place(of: part.moved(to: stage, afterRestart: startAfterRestart(part.lowest)))
      guard !rests.isEmpty else { continue }
      collector.addRaised(
        of: fronts, rests, token: tokenGrowth(part, to: stage, keepsRestart: keepsRestart),
        floor: waiting + sweepPeak, seconds: seconds,
        decision: EncodedDecision(.move(stage: stage, keepsRestart: keepsRestart), first: part.first))
    }
  }
}
