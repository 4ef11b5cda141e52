import Checkpointing

/// The least seconds of any sequence of actions within a byte budget, by search over all states: any stage whose input
/// is the running value may be executed, anything may be kept in any form and discarded at any time, but residuals that
/// derive the next stage's input not before what is kept of that stage without its input. What the first execution of a
/// stage keeps is kept for good: such a stage is not executed again.
enum ExhaustiveSearch {
  /// What is live, packed in one word: chains have up to 8 stages of up to 7 forms.
  struct State: Hashable {
    private var bits: UInt64 = 0

    init(next: Int) {
      running = 0
      self.next = next
    }

    /// The running value, -1 for none.
    var running: Int {
      get { field(0, 4) - 1 }
      set { set(0, 4, newValue + 1) }
    }
    /// The next stage to reverse, -1 when all are.
    var next: Int {
      get { field(4, 4) - 1 }
      set { set(4, 4, newValue + 1) }
    }
    var lossIsTaken: Bool {
      get { field(8, 1) == 1 }
      set { set(8, 1, newValue ? 1 : 0) }
    }
    /// Whether a stage's input is kept as a restart value.
    func hasCheckpoint(_ stage: Int) -> Bool { field(9 + stage, 1) == 1 }
    mutating func setCheckpoint(_ stage: Int, _ isKept: Bool) { set(9 + stage, 1, isKept ? 1 : 0) }
    /// Whether a stage's residuals hold its input.
    func holdsInput(_ stage: Int) -> Bool { field(17 + stage, 1) == 1 }
    /// The form in which a stage is kept, -1 for none.
    func form(_ stage: Int) -> Int { field(25 + 3 * stage, 3) - 1 }
    mutating func setForm(_ stage: Int, _ form: Int, holdsInput: Bool = false) {
      set(25 + 3 * stage, 3, form + 1)
      set(17 + stage, 1, holdsInput ? 1 : 0)
    }

    /// How many stages have been executed at all.
    var frontier: Int {
      get { field(49, 4) }
      set { set(49, 4, newValue) }
    }
    /// Whether a stage was kept when it was executed for the first time, and so is not executed again.
    func runsOnce(_ stage: Int) -> Bool { field(53 + stage, 1) == 1 }
    mutating func setRunsOnce(_ stage: Int, _ runsOnce: Bool) { set(53 + stage, 1, runsOnce ? 1 : 0) }

    private func field(_ shift: Int, _ width: Int) -> Int { Int(bits >> UInt64(shift)) & (1 << width - 1) }
    private mutating func set(_ shift: Int, _ width: Int, _ value: Int) {
      let mask: UInt64 = (1 << UInt64(width) - 1) << UInt64(shift)
      bits = bits & ~mask | UInt64(value) << UInt64(shift)
    }
  }

  /// - Parameter limit: Slower sequences are not looked at.
  /// - Returns: Infinity where no sequence fits, or none within the limit.
  static func seconds(_ chain: Chain, bytes: Int, limit: Double) -> Double {
    let start = State(next: chain.count - 1)
    // Of the stages before each one: what their reverse steps take at least.
    var left = [0.0]
    for stage in chain.stages { left.append(left[left.count - 1] + stage.backwardSeconds) }
    // Of each stage and those after it: what their first executions take at least.
    var ahead = [0.0]
    for stage in chain.stages.reversed() {
      let least = stage.forms.compactMap(\.secondsWithoutOutput).reduce(stage.forwardSeconds, min)
      ahead.append(ahead[ahead.count - 1] + least)
    }
    ahead.reverse()
    var best = [start: 0.0]
    var queue: [Double: [State]] = [0: [start]]
    var times = [0.0]
    while let now = times.min() {
      times.removeAll { $0 == now }
      for state in queue.removeValue(forKey: now) ?? [] where best[state] == now {
        if state.next < 0 { return now }
        for (successor, cost) in successors(of: state, chain, bytes) {
          let time = now + cost
          let least = time + left[successor.next + 1] + ahead[successor.frontier]
          guard least <= limit + 1e-9, time < best[successor] ?? .infinity else { continue }
          best[successor] = time
          if queue[time] == nil { times.append(time) }
          queue[time, default: []].append(successor)
        }
      }
      if queue[now] != nil { times.append(now) }
    }
    return .infinity
  }

  /// The form of the residuals of the stage before that derive the value, if any.
  private static func deriving(_ state: State, _ value: Int, _ chain: Chain) -> ResidualForm? {
    guard value > 0, state.form(value - 1) >= 0 else { return nil }
    let form = chain.stages[value - 1].forms[state.form(value - 1)]
    return form.derivesOutput ? form : nil
  }

  /// Whether residuals derive the input of the next stage, which is kept in a form that would hold it otherwise.
  private static func isReliedOn(_ stage: Int, _ state: State, _ chain: Chain) -> Bool {
    let next = stage + 1
    guard next < chain.count, deriving(state, next, chain) != nil, state.form(next) >= 0 else { return false }
    return chain.stages[next].readsInput && chain.stages[next].forms[state.form(next)].holdsInput
      && !state.holdsInput(next)
  }

  /// Whether any value can be derived. Else nothing is gained by executing a kept stage again, and it is let pass:
  /// there are fewer states then.
  private static func derivesValues(_ chain: Chain) -> Bool {
    chain.stages.contains { $0.forms.contains(where: \.derivesOutput) }
  }

  /// Whether residuals that cannot be kept again are read in reverse for certain.
  private static func isNeeded(_ stage: Int, _ state: State, _ chain: Chain) -> Bool {
    state.runsOnce(stage) && !chain.stages[stage].forms.contains(where: \.readsBoundaryValuesOnly)
  }

  private static func holds(_ state: State, _ value: Int, _ chain: Chain, besides stage: Int = -1) -> Bool {
    if value == 0 { return true }
    if value < chain.count, state.hasCheckpoint(value) || (value != stage && state.holdsInput(value)) { return true }
    return value - 1 != stage && state.form(value - 1) >= 0
      && chain.stages[value - 1].forms[state.form(value - 1)].holdsOutput
      && (value == chain.count || state.next >= value || chain.stages[value - 1].readsOutput)
  }

  /// Bytes of what is held, with the cotangent, leaving out one stage's residuals.
  private static func heldBytes(_ state: State, _ chain: Chain, besides stage: Int = -1) -> Int {
    var bytes = state.lossIsTaken ? chain.boundaryBytes(state.next + 1) : 0
    for value in 1...chain.count where holds(state, value, chain, besides: stage) {
      bytes += chain.boundaryBytes(value)
    }
    for other in 0..<chain.count where other != stage && state.form(other) >= 0 {
      bytes += chain.stages[other].forms[state.form(other)].byteCount
    }
    return bytes
  }

  private static func successors(of state: State, _ chain: Chain, _ budget: Int) -> [(State, Double)] {
    var result: [(State, Double)] = []
    let n = chain.count
    if state.running >= 0, state.running < n {
      let stage = state.running
      for keep in -2..<chain.stages[stage].forms.count {
        if let successor = executed(stage, keep, state, chain, budget) {
          result.append((successor, chain.stages[stage].forwardSeconds))
        }
        if keep >= 0, let successor = executed(stage, keep, state, chain, budget, withoutOutput: true) {
          result.append(
            (successor, chain.stages[stage].forms[keep].secondsWithoutOutput ?? chain.stages[stage].forwardSeconds))
        }
      }
    }
    for value in 0..<n where value != state.running {
      var successor = state
      successor.running = value
      if holds(state, value, chain) {
        result.append((successor, 0))
      } else if let form = deriving(state, value, chain),
        heldBytes(state, chain) + chain.boundaryBytes(value) <= budget
      {
        result.append((successor, form.deriveSeconds))
      }
    }
    for stage in 0..<n {
      if state.hasCheckpoint(stage) {
        var successor = state
        successor.setCheckpoint(stage, false)
        result.append((successor, 0))
      }
      if state.form(stage) >= 0, !isReliedOn(stage, state, chain), !isNeeded(stage, state, chain) {
        var successor = state
        successor.setForm(stage, -1)
        result.append((successor, 0))
      }
    }
    if state.lossIsTaken { result += reversals(state, chain, budget) }
    return result
  }

  /// - Parameter keep: A form, -1 for the input as a restart value, -2 for nothing.
  private static func executed(
    _ stage: Int, _ keep: Int, _ state: State, _ chain: Chain, _ budget: Int, withoutOutput: Bool = false
  ) -> State? {
    var after = state
    if state.runsOnce(stage) { return nil }
    if stage == state.frontier {
      after.frontier = stage + 1
      after.setRunsOnce(stage, keep >= 0 && derivesValues(chain))
    }
    if keep == -1 {
      if state.hasCheckpoint(stage) { return nil }
      after.setCheckpoint(stage, true)
    }
    if keep >= 0 {
      let form = chain.stages[stage].forms[keep]
      if state.form(stage) >= 0 { return nil }
      if withoutOutput, form.holdsOutput { return nil }
      let readsIt =
        form.holdsInput && chain.stages[stage].readsInput
        && (form.holdsDerivedInput || deriving(state, stage, chain) == nil)
      after.setForm(stage, keep, holdsInput: readsIt)
    }
    if !withoutOutput, holds(state, stage + 1, chain) { return nil }
    let peaks = chain.peaks[stage]
    let peak =
      keep < 0
      ? peaks.forward : withoutOutput ? peaks.forms[keep].forwardWithoutOutput : peaks.forms[keep].forward
    var outside = state
    if keep == -1 { outside.setCheckpoint(stage, true) }
    let inputIsHeld = holds(after, stage, chain)
    let input = inputIsHeld && !holds(outside, stage, chain) ? chain.boundaryBytes(stage) : 0
    guard heldBytes(outside, chain) + input + (inputIsHeld ? peak.held : peak.ending) <= budget else { return nil }
    after.running = withoutOutput ? -1 : stage + 1
    if stage == chain.count - 1, !state.lossIsTaken {
      guard !withoutOutput else { return nil }
      after.lossIsTaken = true
      // The output may stay for the reverse step or not; both are looked at by keeping a form that holds it.
      var before = after
      before.lossIsTaken = false
      let loss = holds(after, chain.count, chain) ? chain.lossPeak.held : chain.lossPeak.ending
      guard heldBytes(before, chain) + loss <= budget else { return nil }
      after.running = -1
    }
    return after
  }

  private static func reversals(_ state: State, _ chain: Chain, _ budget: Int) -> [(State, Double)] {
    let stage = state.next
    guard stage >= 0 else { return [] }
    let numbers = chain.stages[stage]
    let inputIsLive = holds(state, stage, chain) || state.running == stage
    let source = numbers.readsInput && !inputIsLive ? deriving(state, stage, chain) : nil
    guard inputIsLive || source != nil || !numbers.readsInput else { return [] }
    var form = state.form(stage)
    if form < 0 {
      let outputIsLive = holds(state, stage + 1, chain) || state.running == stage + 1
      guard let direct = numbers.formReadingBoundaryValues(inputIsLive: true, outputIsLive: outputIsLive) else {
        return []
      }
      form = direct
    }
    var after = state
    after.setForm(stage, -1)
    after.next = stage - 1
    after.setRunsOnce(stage, false)
    // A running value that nothing holds is read by this step or never.
    if after.running >= 0, !holds(after, after.running, chain) { after.running = -1 }
    var outside = state
    outside.setForm(stage, -1)
    // The cotangent, the output and what the form holds are part of the step's own peak.
    var bytes = heldBytes(outside, chain, besides: stage) - chain.boundaryBytes(stage + 1)
    if numbers.forms[form].holdsOutput, holds(outside, stage + 1, chain, besides: stage) {
      bytes -= chain.boundaryBytes(stage + 1)
    }
    // An input that no other reverse step reads ends in this one, whatever holds it.
    let isHeldOn = stage == 0 || holds(outside, stage, chain, besides: stage) && isReadBefore(stage, outside, chain)
    if !isHeldOn, holds(outside, stage, chain, besides: stage) { bytes -= chain.boundaryBytes(stage) }
    let peaks = chain.peaks[stage].forms[form]
    bytes += source != nil ? peaks.reverseDerivingInput : isHeldOn ? peaks.reverse.held : peaks.reverse.ending
    guard bytes <= budget else { return [] }
    let seconds = numbers.backwardSeconds + numbers.forms[form].extraBackwardSeconds
    return [(after, seconds + (source?.deriveSeconds ?? 0))]
  }

  /// Whether the stage before reads the value as its output in its own reverse step, from what holds it now.
  private static func isReadBefore(_ value: Int, _ state: State, _ chain: Chain) -> Bool {
    guard chain.stages[value - 1].readsOutput else { return false }
    return state.form(value - 1) < 0
      ? state.hasCheckpoint(value) : chain.stages[value - 1].forms[state.form(value - 1)].holdsOutput
  }
}
