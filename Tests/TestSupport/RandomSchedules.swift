package import Checkpointing
package import RandomNumbers

extension Schedule {
  /// A random schedule that breaks no law on the chain: it goes from a live value at random to the next stage to be
  /// reversed, keeps at random on the way, and lets go of everything at its last use. Nil where that led nowhere.
  package static func random(on chain: Chain, using random: inout SplitMix64) -> Schedule? {
    var walk = RandomWalk(chain: chain)
    guard walk.walk(&random) else { return nil }
    return try? Schedule(strategy: "random", actions: walk.actionsWithDiscards(), on: chain)
  }
}

/// The walk of a random schedule, discards left out.
private struct RandomWalk {
  let chain: Chain
  private var actions: [Action] = []
  private var isCheckpoint: [Bool]
  private var formKept: [Int?]
  /// The running value, nil once a reverse step has ended it.
  private var running: Int? = 0

  init(chain: Chain) {
    self.chain = chain
    isCheckpoint = Array(repeating: false, count: chain.count)
    formKept = Array(repeating: nil, count: chain.count)
  }

  mutating func walk(_ random: inout SplitMix64) -> Bool {
    for target in (0..<chain.count).reversed() {
      let fromBoundaryValues =
        formKept[target] == nil && isLive(target) && isLive(target + 1) && Int.random(in: 0..<4, using: &random) == 0
        && chain.stages[target].formReadingBoundaryValues(inputIsLive: true, outputIsLive: true) != nil
      if formKept[target] == nil && !fromBoundaryValues {
        guard sweep(to: target, &random) else { return false }
      }
      actions.append(.backward(stage: target))
      formKept[target] = nil
      running = nil
      if actions.count > 40 * chain.count { return false }
    }
    return true
  }

  /// Executes stages up to `target`, of which the residuals are kept, from a live value.
  private mutating func sweep(to target: Int, _ random: inout SplitMix64) -> Bool {
    if running != 0 {
      let first = (formKept[..<target].lastIndex { $0 != nil } ?? -1) + 1
      guard let start = (first...target).filter({ isLive($0) }).randomElement(using: &random) else { return false }
      actions.append(.restore(stage: start))
      running = start
    }
    for stage in (running ?? 0)...target {
      let form = Int.random(in: 0..<chain.stages[stage].forms.count, using: &random)
      let choice = stage == target ? 0 : Int.random(in: 0..<5, using: &random)
      if choice == 0 {
        actions.append(.forward(stage: stage, keep: .residuals, form: form))
        formKept[stage] = form
      } else if choice <= 2, !isCheckpoint[stage] {
        actions.append(.forward(stage: stage, keep: .checkpoint, form: 0))
        isCheckpoint[stage] = true
      } else {
        actions.append(.forward(stage: stage, keep: .nothing, form: 0))
      }
    }
    running = target + 1
    return true
  }

  private func isLive(_ value: Int) -> Bool {
    if value == 0 || running == value { return true }
    if value < chain.count, isCheckpoint[value] || (formKept[value] != nil && chain.stages[value].readsInput) {
      return true
    }
    guard let form = formKept[value - 1] else { return false }
    return chain.stages[value - 1].forms[form].holdsOutput || chain.stages[value - 1].forms[form].derivesOutput
  }

  /// The actions with each discard right after the last use; a restart value that is never used is not kept.
  func actionsWithDiscards() -> [Action] {
    var keptAt = Array(repeating: -1, count: chain.count)
    var lastUse = keptAt
    for (index, action) in actions.enumerated() {
      switch action {
      case .forward(let stage, .checkpoint, _): keptAt[stage] = index
      case .forward: break
      case .restore(let stage): lastUse[stage] = index
      case .backward(let stage):
        if chain.stages[stage].readsInput { lastUse[stage] = index }
      case .discard: break
      }
    }
    var result: [Action] = []
    for (index, action) in actions.enumerated() {
      switch action {
      case .forward(let stage, .checkpoint, _) where lastUse[stage] < index:
        result.append(.forward(stage: stage, keep: .nothing, form: 0))
      case .forward, .restore, .backward, .discard: result.append(action)
      }
      let stage = action.stage
      if case .backward = action, isResidualKept(stage, before: index) {
        result.append(.discard(stage: stage, what: .residuals))
      }
      if lastUse[stage] == index, keptAt[stage] >= 0, keptAt[stage] < index {
        result.append(.discard(stage: stage, what: .checkpoint))
      }
    }
    return result
  }

  private func isResidualKept(_ stage: Int, before index: Int) -> Bool {
    actions[..<index].contains { if case .forward(stage, .residuals, _) = $0 { true } else { false } }
  }
}
