/// Replays a schedule symbolically: checks each law at each action and counts executions, units, bytes and seconds.
///
/// The model: live are the running value as long as something reads it, every restart value, and for each residual set
/// its interior bytes, the stage's output where the form holds it, and the stage's input where the reverse step reads
/// it, unless the residuals of the stage before, live when this set is kept, derive it. A value that several hold is
/// counted once. During an execution input, output and forward workspace are live besides; from the loss on the
/// cotangent of the last output; during a reverse step two cotangents, the workspace, and a derived input. The
/// network's input is live throughout. Shares no code with the schedulers.
///
/// - Parameter budgetBytes: what live bytes may not pass; nil for no such law.
/// - Returns: What the schedule does.
/// - Throws: The first law broken. A value that is missing because it was discarded too early is told at the discard.
/// - Complexity: O(actions + stages).
package func replay(
  _ schedule: Schedule, on chain: Chain, budgetBytes: Int? = nil
) throws(ScheduleViolation) -> ReplaySummary {
  guard schedule.stageCount == chain.count else {
    throw ScheduleViolation(
      law: .namesExist, actionIndex: 0,
      found: "the schedule is for \(schedule.stageCount) stages and the chain has \(chain.count)")
  }
  guard schedule.actions.count < Int(Int32.max) else {
    throw ScheduleViolation(
      law: .namesExist, actionIndex: 0, found: "\(schedule.actions.count) actions are more than can be replayed")
  }
  var state = ReplayState(
    chain: chain, budgetBytes: budgetBytes, lastReads: lastReadsOfRunningValues(schedule, on: chain))
  for (index, action) in schedule.actions.enumerated() { try state.perform(action, at: index) }
  try state.finish(actionCount: schedule.actions.count)
  return state.summary
}

/// The state of a replay between two actions.
struct ReplayState {
  let chain: Chain
  let budgetBytes: Int?
  let lastReads: [Int32]
  var summary: ReplaySummary

  /// The running value and the action that made it; the network's input (made by none) at the start.
  private var running = 0
  private var producer: Int?
  /// Number of restart values and residual sets that hold each boundary value.
  private var holders: [UInt8]
  private var checkpoints: [Keeping]
  private var residuals: [Keeping]
  /// By stage: the form kept, and whether the set holds the stage's input.
  private var formKept: [Int32]
  private var holdsInput: [Bool]
  /// The last action that discarded a holder of each boundary value, or -1.
  private var discardOfValue: [Int32]
  private var discardOfResiduals: [Int32]
  private var keptInFirstSweep: [Bool]
  private var nextReversed: Int
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

  init(chain: Chain, budgetBytes: Int?, lastReads: [Int32]) {
    let n = chain.count
    self.chain = chain
    self.budgetBytes = budgetBytes
    self.lastReads = lastReads
    summary = ReplaySummary(chain: chain)
    holders = Array(repeating: 0, count: n + 1)
    checkpoints = Array(repeating: Keeping(), count: n)
    residuals = Array(repeating: Keeping(), count: n)
    formKept = Array(repeating: -1, count: n)
    holdsInput = Array(repeating: false, count: n)
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
    let numbers = chain.stages[stage]
    guard running == stage else {
      throw violation(.forwardStartsFromLiveInput, index, "stage \(stage) where x_\(running) is the running value")
    }
    if keptInFirstSweep[stage] {
      throw violation(.keptStagesRunOnce, index, "stage \(stage) is executed again")
    }
    let runningBytes = bytesIfNotHeld(stage, producedBy: producer, at: index)
    var interior = 0
    switch keep {
    case .nothing: break
    case .checkpoint:
      if checkpoints[stage].isKept { throw violation(.keptOnce, index, "the restart value of stage \(stage)") }
    case .residuals:
      if residuals[stage].isKept { throw violation(.keptOnce, index, "the residuals of stage \(stage)") }
      guard numbers.forms.indices.contains(form) else {
        throw violation(.namesExist, index, "form \(form) of stage \(stage), which has \(numbers.forms.count)")
      }
      interior = numbers.forms[form].byteCount
    }
    let outputBytes = holders[stage + 1] == 0 ? chain.boundaryBytes(stage + 1) : 0
    try occupy(runningBytes + outputBytes + interior + numbers.forwardWorkspaceBytes, index)
    if keep == .checkpoint { keepCheckpoint(stage) }
    if keep == .residuals { keepResiduals(stage, form: form) }
    count(stage)
    summary.seconds += numbers.forwardSeconds
    (running, producer) = (stage + 1, index)
  }

  private mutating func restore(_ stage: Int, _ index: Int) throws(ScheduleViolation) {
    var extra = 0
    if isLive(stage, at: index) {
      use(stage, index)
      extra = bytesIfNotHeld(stage, producedBy: producer, at: index)
    } else if let form = derivingForm(of: stage) {
      residuals[stage - 1].lastUse = index
      extra = chain.boundaryBytes(stage)
      summary.seconds += form.extraBackwardSeconds
    } else {
      throw missing(.restoredValueIsLive, index, value: stage, residualsOf: stage - 1, "x_\(stage) is not live")
    }
    try occupy(extra, index)
    (running, producer) = (stage, index)
  }

  private mutating func backward(_ stage: Int, _ index: Int) throws(ScheduleViolation) {
    guard stage == nextReversed else {
      throw violation(
        .stagesReverseInOrder, index, nextReversed < 0 ? "all are reversed" : "stage \(nextReversed) is next")
    }
    if stage == chain.count - 1 { try takeLoss(index) }
    let numbers = chain.stages[stage]
    let inputIsLive = isLive(stage, at: index)
    let derivedFrom = inputIsLive ? nil : derivingForm(of: stage)
    if residuals[stage].isKept == false {
      guard
        let form = numbers.formReadingBoundaryValues(
          inputIsLive: inputIsLive || derivedFrom != nil, outputIsLive: isLive(stage + 1, at: index))
      else {
        throw missing(
          .reverseStepReadsLiveValues, index, value: stage, residualsOf: stage,
          "no residuals of stage \(stage) are live"
        )
      }
      summary.reverseStepsFromBoundaryValues += 1
      takeReverseStep(stage, numbers.forms[form], index)
      use(stage + 1, index)
    } else {
      takeReverseStep(stage, numbers.forms[Int(formKept[stage])], index)
      residuals[stage].lastUse = index
    }
    var extra = bytesIfNotHeld(running, producedBy: producer, at: index)
    if numbers.readsInput {
      if inputIsLive {
        use(stage, index)
      } else if derivedFrom != nil {
        residuals[stage - 1].lastUse = index
        extra += chain.boundaryBytes(stage)
      } else {
        throw missing(
          .reverseStepReadsLiveValues, index, value: stage, residualsOf: stage - 1,
          "x_\(stage), the input of stage \(stage), is not live")
      }
    }
    try occupy(extra + chain.boundaryBytes(stage) + numbers.backwardWorkspaceBytes, index)
    heldBytes += chain.boundaryBytes(stage) - chain.boundaryBytes(stage + 1)
    nextReversed = stage - 1
  }

  private mutating func discard(_ stage: Int, _ what: Action.Kept, _ index: Int) throws(ScheduleViolation) {
    let keeping = what == .checkpoint ? checkpoints[stage] : residuals[stage]
    guard keeping.isKept else { throw violation(.keptOnce, index, "no \(what.rawValue) of stage \(stage) is kept") }
    guard keeping.lastUse >= 0 else {
      throw violation(.nothingKeptInVain, index, "the \(what.rawValue) of stage \(stage) was never used")
    }
    guard keeping.lastUse == lastStep else {
      throw violation(
        .nothingKeptInVain, index,
        "the \(what.rawValue) of stage \(stage) was last used by action \(keeping.lastUse)")
    }
    switch what {
    case .checkpoint:
      checkpoints[stage] = Keeping()
      checkpointCount -= 1
      release(stage, index)
    case .residuals:
      let form = chain.stages[stage].forms[Int(formKept[stage])]
      residuals[stage] = Keeping()
      residualCount -= 1
      discardOfResiduals[stage] = Int32(index)
      heldBytes -= form.byteCount
      if holdsInput[stage] { release(stage, index) }
      if form.holdsOutput { release(stage + 1, index) }
      formKept[stage] = -1
    }
  }

  // MARK: Parts of actions

  /// The loss reads the last output and gives its cotangent, which lives until the last stage is reversed.
  private mutating func takeLoss(_ index: Int) throws(ScheduleViolation) {
    let n = chain.count
    guard isLive(n, at: index) else {
      throw missing(.lossReadsLiveOutput, index, value: n, residualsOf: n - 1, "x_\(n) is not live")
    }
    try occupy(
      bytesIfNotHeld(running, producedBy: producer, at: index) + chain.boundaryBytes(n), index)
    heldBytes += chain.boundaryBytes(n)
  }

  private mutating func takeReverseStep(_ stage: Int, _ form: ResidualForm, _ index: Int) {
    summary.seconds += chain.stages[stage].backwardSeconds + form.extraBackwardSeconds
    if form.recomputesProducts { count(stage) }
  }

  private mutating func keepCheckpoint(_ stage: Int) {
    checkpoints[stage] = Keeping(isKept: true)
    checkpointCount += 1
    hold(stage)
    countUnits()
  }

  private mutating func keepResiduals(_ stage: Int, form: Int) {
    let numbers = chain.stages[stage]
    residuals[stage] = Keeping(isKept: true)
    residualCount += 1
    formKept[stage] = Int32(form)
    holdsInput[stage] = numbers.readsInput && derivingForm(of: stage) == nil
    heldBytes += numbers.forms[form].byteCount
    if holdsInput[stage] { hold(stage) }
    if numbers.forms[form].holdsOutput { hold(stage + 1) }
    if summary.executionsPerStage[stage] == 0 && nextReversed == chain.count - 1 { keptInFirstSweep[stage] = true }
    countUnits()
  }

  /// The form in which the residuals of the stage before are live and derive `x_value`, if so.
  private func derivingForm(of value: Int) -> ResidualForm? {
    guard value > 0, residuals[value - 1].isKept else { return nil }
    let form = chain.stages[value - 1].forms[Int(formKept[value - 1])]
    return form.derivesOutput ? form : nil
  }

  private func isLive(_ value: Int, at index: Int) -> Bool {
    value == 0 || holders[value] > 0 || (value == running && isReadAt(index))
  }

  private func isReadAt(_ index: Int) -> Bool {
    guard let producer else { return true }
    return Int(lastReads[producer]) >= index
  }

  /// Bytes of the running value where nothing holds it and it is still read at the action.
  private func bytesIfNotHeld(_ value: Int, producedBy producer: Int?, at index: Int) -> Int {
    guard value == running, holders[value] == 0, isReadAt(index) else { return 0 }
    return chain.boundaryBytes(value)
  }

  /// Notes that the action uses whatever holds the value.
  private mutating func use(_ value: Int, _ index: Int) {
    if value < chain.count, checkpoints[value].isKept { checkpoints[value].lastUse = index }
    if value < chain.count, residuals[value].isKept, holdsInput[value] { residuals[value].lastUse = index }
    if value > 0, residuals[value - 1].isKept, chain.stages[value - 1].forms[Int(formKept[value - 1])].holdsOutput {
      residuals[value - 1].lastUse = index
    }
  }

  private mutating func hold(_ value: Int) {
    if holders[value] == 0 { heldBytes += chain.boundaryBytes(value) }
    holders[value] += 1
  }

  private mutating func release(_ value: Int, _ index: Int) {
    holders[value] -= 1
    if holders[value] == 0 { heldBytes -= chain.boundaryBytes(value) }
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

  private mutating func occupy(_ extraBytes: Int, _ index: Int) throws(ScheduleViolation) {
    let bytes = heldBytes + extraBytes
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
