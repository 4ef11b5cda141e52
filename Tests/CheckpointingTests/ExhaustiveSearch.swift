import Checkpointing

/// The least seconds of any sequence of actions within a byte budget, by search over all states: any stage whose input
/// is the running value may be executed, anything may be kept in any form and discarded at any time.
///
/// For stages whose forms derive no output.
enum ExhaustiveSearch {
  struct State: Hashable {
    /// The running value, -1 for none.
    var running = 0
    /// By stage: whether its input is kept as a restart value.
    var checkpoints: [Bool]
    /// By stage: the form kept, -1 for none.
    var forms: [Int]
    var next: Int
    var lossIsTaken = false
  }

  /// - Parameter limit: Slower sequences are not looked at.
  /// - Returns: Infinity where no sequence fits, or none within the limit.
  static func seconds(_ chain: Chain, bytes: Int, limit: Double) -> Double {
    let n = chain.count
    let start = State(
      checkpoints: Array(repeating: false, count: n), forms: Array(repeating: -1, count: n), next: n - 1)
    var best = [start: 0.0]
    var queue: [Double: [State]] = [0: [start]]
    var times = [0.0]
    while let now = times.min() {
      times.removeAll { $0 == now }
      for state in queue.removeValue(forKey: now) ?? [] where best[state] == now {
        if state.next < 0 { return now }
        for (successor, cost) in successors(of: state, chain, bytes) {
          let time = now + cost
          guard time <= limit + 1e-9, time < best[successor] ?? .infinity else { continue }
          best[successor] = time
          if queue[time] == nil { times.append(time) }
          queue[time, default: []].append(successor)
        }
      }
      if queue[now] != nil { times.append(now) }
    }
    return .infinity
  }

  private static func holds(_ state: State, _ value: Int, _ chain: Chain, besides stage: Int = -1) -> Bool {
    if value == 0 { return true }
    if value < chain.count, state.checkpoints[value] { return true }
    if value < chain.count, value != stage, state.forms[value] >= 0,
      chain.stages[value].forms[state.forms[value]].holdsInput, chain.stages[value].readsInput
    {
      return true
    }
    return value - 1 != stage && state.forms[value - 1] >= 0
      && chain.stages[value - 1].forms[state.forms[value - 1]].holdsOutput
      && (value == chain.count || state.next >= value || chain.stages[value - 1].readsOutput)
  }

  /// Bytes of what is held, with the cotangent, leaving out one stage's residuals.
  private static func heldBytes(_ state: State, _ chain: Chain, besides stage: Int = -1) -> Int {
    var bytes = state.lossIsTaken ? chain.boundaryBytes(state.next + 1) : 0
    for value in 1...chain.count where holds(state, value, chain, besides: stage) {
      bytes += chain.boundaryBytes(value)
    }
    for other in 0..<chain.count where other != stage && state.forms[other] >= 0 {
      bytes += chain.stages[other].forms[state.forms[other]].byteCount
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
    for value in 0..<n where value != state.running && holds(state, value, chain) {
      var successor = state
      successor.running = value
      result.append((successor, 0))
    }
    for stage in 0..<n {
      if state.checkpoints[stage] {
        var successor = state
        successor.checkpoints[stage] = false
        result.append((successor, 0))
      }
      if state.forms[stage] >= 0 {
        var successor = state
        successor.forms[stage] = -1
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
    if keep == -1 {
      if state.checkpoints[stage] { return nil }
      after.checkpoints[stage] = true
    }
    if keep >= 0 {
      if state.forms[stage] >= 0 { return nil }
      if withoutOutput, chain.stages[stage].forms[keep].holdsOutput { return nil }
      after.forms[stage] = keep
    }
    if !withoutOutput, holds(state, stage + 1, chain) { return nil }
    let peaks = chain.peaks[stage]
    let peak =
      keep < 0
      ? peaks.forward : withoutOutput ? peaks.forms[keep].forwardWithoutOutput : peaks.forms[keep].forward
    var outside = state
    outside.checkpoints = after.checkpoints
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
    let inputIsLive = !numbers.readsInput || holds(state, stage, chain) || state.running == stage
    guard inputIsLive else { return [] }
    var form = state.forms[stage]
    if form < 0 {
      let outputIsLive = holds(state, stage + 1, chain) || state.running == stage + 1
      guard let direct = numbers.formReadingBoundaryValues(inputIsLive: true, outputIsLive: outputIsLive) else {
        return []
      }
      form = direct
    }
    var after = state
    after.forms[stage] = -1
    after.next = stage - 1
    // A running value that nothing holds is read by this step or never.
    if after.running >= 0, !holds(after, after.running, chain) { after.running = -1 }
    var outside = state
    outside.forms[stage] = -1
    // The cotangent, the output and what the form holds are part of the step's own peak.
    var bytes = heldBytes(outside, chain, besides: stage) - chain.boundaryBytes(stage + 1)
    if numbers.forms[form].holdsOutput, holds(outside, stage + 1, chain, besides: stage) {
      bytes -= chain.boundaryBytes(stage + 1)
    }
    // An input that no other reverse step reads ends in this one, whatever holds it.
    let isHeldOn = stage == 0 || holds(outside, stage, chain, besides: stage) && isReadBefore(stage, outside, chain)
    if !isHeldOn, holds(outside, stage, chain, besides: stage) { bytes -= chain.boundaryBytes(stage) }
    bytes += isHeldOn ? chain.peaks[stage].forms[form].reverse.held : chain.peaks[stage].forms[form].reverse.ending
    guard bytes <= budget else { return [] }
    return [(after, numbers.backwardSeconds + numbers.forms[form].extraBackwardSeconds)]
  }

  /// Whether the stage before reads the value as its output in its own reverse step, from what holds it now.
  private static func isReadBefore(_ value: Int, _ state: State, _ chain: Chain) -> Bool {
    guard chain.stages[value - 1].readsOutput else { return false }
    return state.forms[value - 1] < 0
      ? state.checkpoints[value] : chain.stages[value - 1].forms[state.forms[value - 1]].holdsOutput
  }
}
