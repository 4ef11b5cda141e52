/// What a part's front is made of: reversing one stage, keeping the first stage, splitting the part, moving its start.
extension IntervalOptima {
  /// A marked or absent start becomes a derived one.
  func addTransition(from part: ReversalPart, _ collector: inout some FrontCollecting) {
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
    guard part.count > 8 else { return 0..<0 }
    var rest = part
    for first in (part.first + 1)..<part.end {
      rest.first = first
      for start in [ReversalPart.Start.held, .derived] {
        rest.start = start
        let place = place(of: rest)
        if !place.isEmpty { return place }
      }
    }
    return 0..<0
  }

  /// Seconds of getting the first stage's input back where nothing holds it.
  private func deriveSeconds(_ part: ReversalPart) -> Double {
    switch part.start {
    case .held, .ending, .marked: 0
    case .derived, .absent: chain.stages[part.first - 1].deriveSeconds ?? 0
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

  func addReversals(of part: ReversalPart, _ collector: inout some FrontCollecting) {
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
    guard part.endIsKept, let form = restartForms[part.end - 1] else { return chain.boundaryBytes(part.end) }
    let last = chain.stages[part.end - 1]
    return chain.boundaryBytes(part.end)
      + (last.readsOutput ? chain.keptBytes(part.end - 1, form: form) : last.forms[form].byteCount)
  }

  func addKeepingFirst(_ part: ReversalPart, _ collector: inout some FrontCollecting) {
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

  /// - Parameter marksStart: whether a restart value holds a start that residuals derive.
  func addSplits(
    _ part: ReversalPart, marksStart: Bool = false, _ collector: inout some FrontCollecting
  ) {
    let waiting = waitingBytes(part)
    let markBytes = marksStart ? chain.keptBoundaryBytes(part.first) : 0
    var sweepPeak = 0
    var sweepSeconds = marksStart ? 0 : deriveSeconds(part)
    for middle in (part.first + 1)..<part.end {
      let last = middle - 1
      let isFirst = last == part.first
      let inputEnds = !isFirst || (part.start == .derived && !marksStart)
      var split = ReversalDecision.Split(stage: middle, lowest: middle, marksStart: marksStart)
      if middle > part.lowest, let numbers = parts.split(of: part.first..<part.end, at: middle), !isFirst,
        let form = restartForms[last]
      {
        split.keepsRestart = true
        let peaks = chain.peaks[last].forms[form]
        func floor(_ peak: StagePeaks.ByInput) -> Int {
          waiting + markBytes + max(sweepPeak, inputEnds ? peak.ending : peak.held)
        }
        addSplit(
          part, split, numbers, floor: floor(peaks.forward), seconds: sweepSeconds + forwardSeconds[last], &collector)
        if restartDerivesOutput[last], limits.tellsStartsApart {
          split.withoutOutput = true
          addSplit(
            part, split, numbers, floor: floor(peaks.forwardWithoutOutput),
            seconds: sweepSeconds + (chain.stages[last].forms[form].secondsWithoutOutput ?? forwardSeconds[last]),
            &collector)
        }
        split.keepsRestart = false
        split.withoutOutput = false
      }
      sweepSeconds += forwardSeconds[last]
      sweepPeak = max(sweepPeak, inputEnds ? forwardPeaks.ending[last] : forwardPeaks.held[last])
      let floor = waiting + markBytes + sweepPeak
      if middle > part.lowest, let numbers = parts.split(of: part.first..<part.end, at: middle) {
        addSplit(part, split, numbers, floor: floor, seconds: sweepSeconds, &collector)
      }
      if limits.skips {
        for lowest in (max(middle, part.lowest) + 1)..<max(middle + 2, part.end) where lowest < part.end {
          split.lowest = lowest
          for keepsRestart in restartForms[lowest - 1] == nil ? [false] : [false, true] {
            split.keepsRestart = keepsRestart
            addSplit(part, split, nil, floor: floor, seconds: sweepSeconds, &collector)
          }
        }
      }
    }
  }

  private func addSplit(
    _ part: ReversalPart, _ split: ReversalDecision.Split, _ numbers: (left: Int, right: Int)?,
    floor: Int, seconds: Double, _ collector: inout some FrontCollecting
  ) {
    let (left, right) = part.split(split, afterRestart: startsAfterRestart[split.lowest - 1])
    let firsts = numbers.map { place(of: left, number: $0.left) } ?? place(of: left)
    let rests = numbers.map { place(of: right, number: $0.right) } ?? place(of: right)
    guard !firsts.isEmpty, !rests.isEmpty else { return }
    collector.addSums(
      of: fronts, firsts, rests, token: tokenBytes(of: split, part), floor: floor, seconds: seconds,
      decision: EncodedDecision(.split(split), first: part.first))
  }

  /// Moves of the start, up to the first stage that is reversed. Bytes are counted beside those of the part's own
  /// start, which ends with the first execution.
  func addMoves(_ part: ReversalPart, _ collector: inout some FrontCollecting) {
    let waiting = waitingBytes(part) - chain.keptBoundaryBytes(part.first)
    var sweepPeak = 0
    var seconds = 0.0
    for stage in (part.first + 1)...part.lowest {
      seconds += forwardSeconds[stage - 1]
      let keepsRestart = part.leavesResiduals && stage == part.lowest
      let form = keepsRestart ? restartForms[stage - 1] : nil
      let peak = form.map { chain.peaks[stage - 1].forms[$0].forward.ending } ?? forwardPeaks.ending[stage - 1]
      sweepPeak = max(sweepPeak, peak)
      let rests = place(of: part.moved(to: stage, afterRestart: startsAfterRestart[part.lowest - 1]))
      guard !rests.isEmpty else { continue }
      collector.addRaised(
        of: fronts, rests, token: tokenGrowth(part, to: stage, keepsRestart: keepsRestart),
        floor: waiting + sweepPeak, seconds: seconds,
        decision: EncodedDecision(.move(stage: stage, keepsRestart: keepsRestart), first: part.first))
    }
  }
}
