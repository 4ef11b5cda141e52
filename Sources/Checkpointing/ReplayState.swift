/// The state of a replay between two actions.
struct ReplayState {
  let chain: Chain
  let budgetBytes: Int?
  let reads: RunningValueReads
  var summary: ReplaySummary

  /// The running value and the action that made it; the network's input (made by none) at the start.
  private var running = 0
  private var producer: Int?
  /// Number of restart values and residual sets that hold each boundary value.
  private var holders: [UInt8]
  private var checkpoints: [Keeping]
  private var residuals: [Keeping]
  /// By stage: the form kept, and whether the set holds the stage's input and output.
  private var formKept: [Int32]
  private var holdsInput: [Bool]
  private var holdsOutput: [Bool]
  /// The last action that discarded a holder of each boundary value, or -1.
  private var discardOfValue: [Int32]
  private var discardOfResiduals: [Int32]
  private var keptInFirstSweep: [Bool]
  private var nextReversed: Int
  private var lossIsTaken = false
  /// Bytes of held values, interior values and the cotangent between actions.
  private var heldBytes: Int
  private var checkpointCount = 0
  private var residualCount = 0
  /// The last action that was no discard.
  private var lastStep = -1

  /// Whether something is kept, and the last action that used it, or -1.
  private struct Keeping {
    var isKept = false
    var lastUse = -1
  }

  init(chain: Chain, budgetBytes: Int?, reads: RunningValueReads) {
    let n = chain.count
    self.chain = chain
    self.budgetBytes = budgetBytes
    self.reads = reads
    summary = ReplaySummary(chain: chain)
    holders = Array(repeating: 0, count: n + 1)
    checkpoints = Array(repeating: Keeping(), count: n)
    residuals = Array(repeating: Keeping(), count: n)
    formKept = Array(repeating: -1, count: n)
    holdsInput = Array(repeating: false, count: n)
    holdsOutput = Array(repeating: false, count: n)
    discardOfValue = Array(repeating: -1, count: n + 1)
    discardOfResiduals = Array(repeating: -1, count: n)
    keptInFirstSweep = Array(repeating: false, count: n)
    nextReversed = n - 1
    heldBytes = chain.inputBytes
  }

  mutating func perform(_ action: Action, at index: Int) throws(ScheduleViolation) {
    let stage = action.stage
    guard chain.stages.indices.contains(stage) else {
      throw violation(.namesExist, index, "\(action), where stages are 0 to \(chain.count - 1)")
    }
    switch action {
    case .forward(_, let keep, let form): try forward(stage, keep, form, index)
    case .restore: try restore(stage, index)
    case .backward: try backward(stage, index)
    case .discard(_, let what): try discard(stage, what, index)
    }
    if case .discard = action {} else { lastStep = index }
  }

  /// Checks that every stage is reversed and nothing is live.
  func finish(actionCount: Int) throws(ScheduleViolation) {
    if nextReversed >= 0 { throw violation(.endsEmpty, actionCount, "stage \(nextReversed) is not reversed") }
    if let stage = checkpoints.firstIndex(where: \.isKept) {
      throw violation(.endsEmpty, actionCount, "the restart value of stage \(stage) is live")
    }
    if let stage = residuals.firstIndex(where: \.isKept) {
      throw violation(.endsEmpty, actionCount, "the residuals of stage \(stage) are live")
    }
  }

  // MARK: Actions

  private mutating func forward(
    _ stage: Int, _ keep: Action.Keep, _ form: Int, _ index: Int
  ) throws(ScheduleViolation) {
    guard running == stage else {
      throw violation(.forwardStartsFromLiveInput, index, "stage \(stage) where x_\(running) is the running value")
    }
    if keptInFirstSweep[stage] {
      throw violation(.keptStagesRunOnce, index, "stage \(stage) is executed again")
    }
    switch keep {
    case .nothing: break
    case .checkpoint:
      if checkpoints[stage].isKept { throw violation(.keptOnce, index, "the restart value of stage \(stage)") }
    case .residuals:
      if residuals[stage].isKept { throw violation(.keptOnce, index, "the residuals of stage \(stage)") }
      guard chain.stages[stage].forms.indices.contains(form) else {
        throw violation(
          .namesExist, index, "form \(form) of stage \(stage), which has \(chain.stages[stage].forms.count)")
      }
    }
    let peak = executionPeak(of: stage, form: keep == .residuals ? form : nil, at: index)
    let inputWasHeld = holders[stage] > 0
    // A copy of the output is within the execution's own peak where that makes it.
    let outputIsWithin =
      chain.holdsItself(stage + 1) || (keep == .residuals && chain.stages[stage].forms[form].holdsOutput)
    let outside =
      heldBytes - (peak != nil && holders[stage + 1] > 0 && outputIsWithin ? chain.keptBoundaryBytes(stage + 1) : 0)
    if keep == .checkpoint { keepCheckpoint(stage) }
    if keep == .residuals { keepResiduals(stage, form: form) }
    let newlyHeld = !inputWasHeld && holders[stage] > 0 ? chain.keptBoundaryBytes(stage) : 0
    if let peak {
      try occupy(outside + newlyHeld + (holders[stage] > 0 ? peak.held : peak.ending), index)
    }
    count(stage)
    (running, producer) = (stage + 1, index)
    if stage == chain.count - 1, !lossIsTaken { try takeLoss(index) }
  }

  private mutating func restore(_ stage: Int, _ index: Int) throws(ScheduleViolation) {
    // What a reverse step read is gone with it, whenever its residuals are discarded.
    if stage > 0, stage - 1 > nextReversed, !checkpoints[stage].isKept {
      throw violation(
        .restoredValueIsLive, index, "x_\(stage) is not live: stage \(stage - 1), whose output it is, has been reversed"
      )
    }
    if isLive(stage, at: index) {
      use(stage, index)
      if reads.isRead[index], !chain.holdsItself(stage) { try occupy(heldBytes + chain.boundaryBytes(stage), index) }
    } else if let form = derivingForm(of: stage) {
      residuals[stage - 1].lastUse = index
      if reads.isRead[index] {
        summary.seconds += chain.stages[stage - 1].forms[form].deriveSeconds
        try occupy(heldBytes + chain.boundaryBytes(stage), index)
      }
    } else {
      throw missing(.restoredValueIsLive, index, value: stage, residualsOf: stage - 1, "x_\(stage) is not live")
    }
    (running, producer) = (stage, index)
  }

  private mutating func backward(_ stage: Int, _ index: Int) throws(ScheduleViolation) {
    guard stage == nextReversed else {
      throw violation(
        .stagesReverseInOrder, index, nextReversed < 0 ? "all are reversed" : "stage \(nextReversed) is next")
    }
    guard lossIsTaken else {
      throw missing(
        .lossReadsLiveOutput, index, value: chain.count, residualsOf: chain.count - 1, "x_\(chain.count) is not live")
    }
    let inputIsLive = isLive(stage, at: index)
    let deriving = inputIsLive ? nil : derivingForm(of: stage)
    let form: Int
    if residuals[stage].isKept {
      form = Int(formKept[stage])
      residuals[stage].lastUse = index
    } else {
      guard
        let found = chain.stages[stage].formReadingBoundaryValues(
          inputIsLive: inputIsLive || deriving != nil, outputIsLive: isLive(stage + 1, at: index))
      else {
        throw missing(
          .reverseStepReadsLiveValues, index, value: stage, residualsOf: stage,
          "no residuals of stage \(stage) are live")
      }
      form = found
      summary.reverseStepsFromBoundaryValues += 1
      use(stage + 1, index)
    }
    if chain.stages[stage].readsInput {
      if inputIsLive {
        use(stage, index)
      } else if let deriving {
        residuals[stage - 1].lastUse = index
        summary.seconds += chain.stages[stage - 1].forms[deriving].deriveSeconds
      } else {
        throw missing(
          .reverseStepReadsLiveValues, index, value: stage, residualsOf: stage - 1,
          "x_\(stage), the input of stage \(stage), is not live")
      }
    }
    summary.seconds += chain.stages[stage].backwardSeconds + chain.stages[stage].forms[form].extraBackwardSeconds
    summary.partialExecutions += chain.stages[stage].forms[form].productsExecutedAgain
    try occupyReverseStep(stage, form: form, derivesInput: deriving != nil, index)
    heldBytes += chain.boundaryBytes(stage) - chain.boundaryBytes(stage + 1)
    endUnreadOutput(of: stage - 1)
    nextReversed = stage - 1
  }

  private mutating func discard(_ stage: Int, _ what: Action.Kept, _ index: Int) throws(ScheduleViolation) {
    let keeping = what == .checkpoint ? checkpoints[stage] : residuals[stage]
    guard keeping.isKept else {
      throw violation(.keptOnce, index, "nothing is kept of stage \(stage) as \(what.rawValue)")
    }
    let wasOrWere = what == .residuals ? "were" : "was"
    guard keeping.lastUse >= 0 else {
      throw violation(.nothingKeptInVain, index, "the \(what.rawValue) of stage \(stage) \(wasOrWere) never used")
    }
    guard keeping.lastUse == lastStep else {
      throw violation(
        .nothingKeptInVain, index,
        "the \(what.rawValue) of stage \(stage) \(wasOrWere) last used by action \(keeping.lastUse)")
    }
    switch what {
    case .checkpoint:
      checkpoints[stage] = Keeping()
      checkpointCount -= 1
      release(stage, index)
    case .residuals:
      heldBytes -= chain.stages[stage].forms[Int(formKept[stage])].byteCount
      residuals[stage] = Keeping()
      residualCount -= 1
      discardOfResiduals[stage] = Int32(index)
      if holdsInput[stage] { release(stage, index) }
      if holdsOutput[stage] { release(stage + 1, index) }
      (formKept[stage], holdsInput[stage], holdsOutput[stage]) = (-1, false, false)
    }
  }

  // MARK: Parts of actions

  /// The peak of what an execution really does, given what is read of it, and its seconds; nil where nothing is.
  private mutating func executionPeak(of stage: Int, form: Int?, at index: Int) -> StagePeaks.ByInput? {
    if reads.isRead[index] || form.map({ chain.stages[stage].forms[$0].holdsOutput }) ?? false {
      summary.seconds += chain.stages[stage].forwardSeconds
      return form.map { chain.peaks[stage].forms[$0].forward } ?? chain.peaks[stage].forward
    }
    guard let form, chain.stages[stage].forms[form].byteCount > 0 else {
      summary.elidedExecutions += 1
      return nil
    }
    summary.seconds += chain.stages[stage].forms[form].secondsWithoutOutput ?? chain.stages[stage].forwardSeconds
    return chain.peaks[stage].forms[form].forwardWithoutOutput
  }

  /// The loss reads the last output, as soon as that is computed, and gives its cotangent.
  private mutating func takeLoss(_ index: Int) throws(ScheduleViolation) {
    let n = chain.count
    lossIsTaken = true
    let isReadLater = Int(reads.last[index]) > index
    let outside = holders[n] == 0 && isReadLater && chain.holdsItself(n) ? chain.boundaryBytes(n) : 0
    let peak = holders[n] > 0 || isReadLater ? chain.lossPeak.held : chain.lossPeak.ending
    try occupy(heldBytes + outside + peak, index)
    heldBytes += chain.boundaryBytes(n)
  }

  private mutating func occupyReverseStep(
    _ stage: Int, form: Int, derivesInput: Bool, _ index: Int
  ) throws(ScheduleViolation) {
    let peaks = chain.peaks[stage].forms[form]
    let holdsOutput = chain.stages[stage].forms[form].holdsOutput
    // What is part of the step's own peak is not outside it: the cotangent, what the set holds, an input that ends.
    var outside = heldBytes - chain.boundaryBytes(stage + 1)
    if residuals[stage].isKept { outside -= chain.stages[stage].forms[form].byteCount }
    if holdsOutput, holders[stage + 1] > 0 { outside -= chain.keptBoundaryBytes(stage + 1) }
    let inputIsHeld = stage == 0 || !chain.stages[stage].readsInput || inputOutlives(stage)
    if !inputIsHeld, holders[stage] > 0 { outside -= chain.keptBoundaryBytes(stage) }
    // A running value itself is there from the start, where the step's own peak has its copy first.
    if !inputIsHeld, holders[stage] == 0 { outside += chain.boundaryBytes(stage) - chain.keptBoundaryBytes(stage) }
    if holdsOutput, holders[stage + 1] == 0 {
      outside += chain.boundaryBytes(stage + 1) - chain.keptBoundaryBytes(stage + 1)
    }
    let peak =
      derivesInput ? peaks.reverseDerivingInput : inputIsHeld ? peaks.reverse.held : peaks.reverse.ending
    try occupy(outside + peak, index)
  }

  /// Whether x_stage is read after the reverse step of the stage: by that of the stage before, from its output.
  private func inputOutlives(_ stage: Int) -> Bool {
    guard holders[stage] > 0, chain.stages[stage - 1].readsOutput else { return false }
    return residuals[stage - 1].isKept ? holdsOutput[stage - 1] : checkpoints[stage].isKept
  }

  /// The output of a stage that only the next stage's reverse step reads is live no longer when that step is taken.
  private mutating func endUnreadOutput(of stage: Int) {
    guard stage >= 0, holdsOutput[stage], !chain.stages[stage].readsOutput else { return }
    holdsOutput[stage] = false
    holders[stage + 1] -= 1
    if holders[stage + 1] == 0 { heldBytes -= chain.keptBoundaryBytes(stage + 1) }
  }

  private mutating func keepCheckpoint(_ stage: Int) {
    checkpoints[stage] = Keeping(isKept: true)
    checkpointCount += 1
    hold(stage)
    countUnits()
  }

  private mutating func keepResiduals(_ stage: Int, form: Int) {
    residuals[stage] = Keeping(isKept: true)
    residualCount += 1
    formKept[stage] = Int32(form)
    holdsInput[stage] =
      chain.stages[stage].readsInput && chain.stages[stage].forms[form].holdsInput
      && (chain.stages[stage].forms[form].holdsDerivedInput || derivingForm(of: stage) == nil)
    holdsOutput[stage] = chain.stages[stage].forms[form].holdsOutput
    heldBytes += chain.stages[stage].forms[form].byteCount
    if holdsInput[stage] { hold(stage) }
    if holdsOutput[stage] { hold(stage + 1) }
    if summary.executionsPerStage[stage] == 0 && nextReversed == chain.count - 1 { keptInFirstSweep[stage] = true }
    countUnits()
  }

  /// The form in which the residuals of the stage before are live and derive `x_value`, if so.
  private func derivingForm(of value: Int) -> Int? {
    guard value > 0, residuals[value - 1].isKept else { return nil }
    let form = Int(formKept[value - 1])
    return chain.stages[value - 1].forms[form].derivesOutput ? form : nil
  }

  private func isLive(_ value: Int, at index: Int) -> Bool {
    value == 0 || holders[value] > 0 || (value == running && isReadAt(index))
  }

  private func isReadAt(_ index: Int) -> Bool {
    guard let producer else { return true }
    return Int(reads.last[producer]) >= index
  }

  /// Notes that the action uses whatever holds the value.
  private mutating func use(_ value: Int, _ index: Int) {
    if value < chain.count, checkpoints[value].isKept { checkpoints[value].lastUse = index }
    if value < chain.count, residuals[value].isKept, holdsInput[value] { residuals[value].lastUse = index }
    if value > 0, residuals[value - 1].isKept, holdsOutput[value - 1] {
      residuals[value - 1].lastUse = index
    }
  }

  private mutating func hold(_ value: Int) {
    if holders[value] == 0 { heldBytes += chain.keptBoundaryBytes(value) }
    holders[value] += 1
  }

  private mutating func release(_ value: Int, _ index: Int) {
    holders[value] -= 1
    if holders[value] == 0 { heldBytes -= chain.keptBoundaryBytes(value) }
    discardOfValue[value] = Int32(index)
  }

  // MARK: Counting

  private mutating func count(_ stage: Int) {
    summary.forwardExecutions += 1
    summary.executionsPerStage[stage] += 1
  }

  private mutating func countUnits() {
    summary.peakRestartValues = max(summary.peakRestartValues, checkpointCount)
    summary.peakResidualSets = max(summary.peakResidualSets, residualCount)
    summary.peakUnits = max(summary.peakUnits, checkpointCount + residualCount)
  }

  private mutating func occupy(_ bytes: Int, _ index: Int) throws(ScheduleViolation) {
    if bytes > summary.peakBytes {
      summary.peakBytes = bytes
      summary.peakActionIndex = index
    }
    if let budgetBytes, bytes > budgetBytes {
      throw violation(.withinBudget, index, "\(bytes) bytes are live and \(budgetBytes) are allowed")
    }
  }

  private func violation(_ law: ScheduleLaw, _ index: Int, _ found: String) -> ScheduleViolation {
    ScheduleViolation(law: law, actionIndex: index, found: found)
  }

  /// A value or residual set is missing: told at the discard that took it, where there is one.
  private func missing(
    _ law: ScheduleLaw, _ index: Int, value: Int, residualsOf stage: Int, _ found: String
  ) -> ScheduleViolation {
    let discard = max(discardOfValue[value], stage >= 0 ? discardOfResiduals[stage] : -1)
    if discard < 0 { return violation(law, index, found) }
    return violation(.nothingDiscardedTooEarly, Int(discard), "action \(index) needs it: \(found)")
  }
}
