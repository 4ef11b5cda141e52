/// Schedules of which one with more units takes more bytes and fewer seconds.
package enum UnitFamily: CaseIterable, Sendable {
  /// Binomial checkpointing that keeps the residuals before a restart value instead, where these give it.
  case binomial
  case mixed
  case revolve
}

extension Chain {
  /// No schedule of the family takes fewer seconds, whatever its units: the first sweep executes every stage, and
  /// `revolve` executes each but the last once more to keep its residuals.
  func leastSeconds(of family: UnitFamily) -> Double {
    let once = stages.reduce(0) { $0 + $1.forwardSeconds + $1.backwardSeconds }
    guard case .revolve = family else { return once }
    return stages.dropLast().reduce(once) { seconds, stage in
      let form = stage.forms[0]
      // Where nothing reads the output and nothing else is kept, that execution is left out.
      if form.byteCount == 0, !form.holdsOutput { return seconds }
      return seconds + min(stage.forwardSeconds, form.secondsWithoutOutput ?? stage.forwardSeconds)
    }
  }

  /// Bytes that a schedule holds when the loss is taken, told from its splits alone: its peak is no less.
  ///
  /// What has too many units for its bytes shows here in a step for each unit, where a replay takes one an action.
  package func sweepBytes(_ family: UnitFamily, units: Int) -> Int {
    switch family {
    case .binomial: sweepBytes(by: BinomialDecisions(chain: self), allowance: units)
    case .mixed: sweepBytes(units: units, MixedSplitting())
    case .revolve: sweepBytes(units: units, RevolveSplitting())
    }
  }

  /// Restart values, and residuals from the last one on, of a schedule that splits by number alone.
  private func sweepBytes(units: Int, _ splitting: some Splitting) -> Int {
    var (start, units) = (0, units)
    var bytes = 0
    while !splitting.keepsAll(stageCount: count - start, units: units) {
      bytes += keptBoundaryBytes(start)
      start += splitting.firstPart(stageCount: count - start, units: units)
      units -= 1
    }
    for stage in start..<count { bytes += bytesHeld(stage, form: 0, afterKept: stage > start ? 0 : nil) }
    return bytes
  }

  /// Restart values and residuals of a schedule that reverses the whole chain by the decisions.
  private func sweepBytes<Decisions: ReversalDecisions>(by decisions: Decisions, allowance: Decisions.Allowance) -> Int
  {
    var part = ReversalPart(first: 0, end: count + 1)
    var allowance = allowance
    var formBefore: Int?
    var bytes = 0
    while part.first < count {
      let (decision, second, _) = decisions.decide(part, allowance: allowance)
      switch decision {
      case .keepFirst(let form, let withoutOutput):
        bytes += bytesHeld(part.first, form: form, afterKept: formBefore)
        formBefore = form
        part = part.withoutFirst(withoutOutput ? .absent : start(afterKeeping: part.first, form: form))
      case .split(let split):
        let isGiven = formBefore.map { stages[part.first - 1].givesOutput(form: $0) } ?? false
        if !isGiven { bytes += keptBoundaryBytes(part.first) }
        formBefore = split.startsFromResiduals ? stages[split.stage - 1].restartForm : nil
        if let formBefore { bytes += bytesHeld(split.stage - 1, form: formBefore, afterKept: nil) }
        part = part.split(split, afterRestart: startAfterRestart(split.lowest)).right
      case .reverse, .executeAndReverse, .move, .release, .evaluate: return bytes
      }
      allowance = second
    }
    return bytes
  }

  /// Bytes of a stage's residuals with those of its input where they alone hold it. The last output is the loss's too,
  /// which counts it.
  ///
  /// - Parameter formBefore: that in which the stage before is kept, nil where something else holds the input or
  ///   nothing is known of it.
  private func bytesHeld(_ stage: Int, form: Int, afterKept formBefore: Int?) -> Int {
    let numbers = stages[stage].forms[form]
    var bytes = numbers.byteCount + (numbers.holdsOutput && stage + 1 < count ? stages[stage].keptOutputBytes : 0)
    if let formBefore, stages[stage].readsInput, numbers.holdsInput, !stages[stage - 1].givesOutput(form: formBefore) {
      bytes += keptBoundaryBytes(stage)
    }
    return bytes
  }
}
