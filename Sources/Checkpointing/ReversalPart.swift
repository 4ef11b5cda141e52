/// A part of a chain that is to be reversed: stages `first ..< end`, the loss counted as one more stage after the last.
///
/// When its turn comes, the running value is the input of its first stage, and every stage from `end` on is reversed.
///
/// Some of its first stages may be for execution only: they are reversed afterwards, from an earlier start. The restart
/// value at the part's own start then serves this part alone, which lets go of it as soon as one further on is enough.
package struct ReversalPart: Hashable, Sendable {
  package var first: Int
  package var end: Int
  /// How many of its first stages are not reversed.
  package var skipped = 0
  /// Whether the restart residuals of the last stage that is not reversed are kept when the part is reversed.
  package var leavesResiduals = false
  /// Whether the restart residuals of stage `end - 1` are kept, so that it is reversed without another execution.
  package var endIsKept = false
  /// Whether the first stage's input, once it is gone, is evaluated again from the residuals of the stage before.
  package var startIsDerived = false

  var count: Int { end - first }
  /// The first stage that is reversed.
  var lowest: Int { first + skipped }
}

/// How a part is reversed.
package enum ReversalDecision: Hashable, Sendable {
  /// One stage, from live values alone.
  case reverse
  /// One stage: executed once more to keep the form, then reversed.
  case executeAndReverse(form: Int)
  /// The first stage is executed to keep the form, the stages after it are reversed, then the first one.
  case keepFirst(form: Int)
  /// The stages before `stage` are executed; from there those from `lowest` on are reversed, then those before it from
  /// the part's start. Where it says so, the last execution before `lowest` keeps its restart residuals.
  case split(stage: Int, lowest: Int, keepsRestart: Bool)
  /// The stages before `stage`, which are not reversed, are executed and the part's start is let go of; what is to be
  /// reversed is reversed from there. Where it says so, the execution before `stage` keeps its restart residuals.
  case move(stage: Int, keepsRestart: Bool)
}

/// What decides how parts are reversed: a table of optima, or a closed formula.
package protocol ReversalDecisions {
  /// What a part may use: bytes or units, as the decider counts them.
  associatedtype Allowance

  /// The decision and what the second part, reversed first, and the first one may use.
  func decide(
    _ part: ReversalPart, allowance: Allowance
  ) -> (decision: ReversalDecision, second: Allowance, first: Allowance)
}

extension ReversalPart {
  /// The two parts that a split makes.
  ///
  /// - Parameter derives: Whether the restart residuals before the lowest stage derive its input.
  func split(
    at stage: Int, lowest: Int, keepsRestart: Bool, derives: Bool
  ) -> (left: ReversalPart, right: ReversalPart) {
    var left = self
    left.end = lowest
    left.endIsKept = keepsRestart
    var right = ReversalPart(first: stage, end: end)
    right.endIsKept = endIsKept
    right.skipped = lowest - stage
    right.leavesResiduals = keepsRestart && lowest > stage
    right.startIsDerived = keepsRestart && lowest == stage && derives
    return (left, right)
  }

  /// What is left when the start has moved on. What is to be left in residuals is kept at the last move.
  func moved(to stage: Int, derives: Bool) -> ReversalPart {
    var rest = self
    rest.first = stage
    rest.skipped = lowest - stage
    guard rest.skipped == 0 else { return rest }
    rest.startIsDerived = leavesResiduals && derives
    rest.leavesResiduals = false
    return rest
  }
}

extension ChainStage {
  /// The form that holds all but the stage's input, if the stage has one.
  var restartForm: Int? { forms.lastIndex { !$0.holdsInput } }

  /// Whether a residual set in the form gives the next stage's input, held or evaluated.
  func givesOutput(form: Int) -> Bool { forms[form].holdsOutput || forms[form].derivesOutput }
}

extension Chain {
  /// The schedule that carries out the decisions from the whole chain down.
  ///
  /// - Complexity: O(actions) and a decision for each part; no recursion.
  package func schedule<Decisions: ReversalDecisions>(
    _ strategy: String, by decisions: Decisions, allowance: Decisions.Allowance
  ) -> Schedule {
    var writer = ReversalWriter(chain: self, decisions: decisions)
    writer.write(allowance: allowance)
    return Schedule(strategy: strategy, stageCount: count, actions: writer.actions)
  }
}

/// Writes actions, with a stack of what is still to do.
private struct ReversalWriter<Decisions: ReversalDecisions> {
  let chain: Chain
  let decisions: Decisions
  var actions: [Action] = []
  private var waiting: [Task] = []

  /// Who holds the input of a part's first stage while the part is reversed.
  private enum Start {
    /// Residuals of the stage before.
    case residuals
    /// A restart value that is kept with the first execution.
    case unmarked
    /// A restart value that is kept.
    case marked
  }

  private enum Task {
    case part(ReversalPart, Decisions.Allowance, Start)
    case restore(Int)
    case backward(Int)
  }

  init(chain: Chain, decisions: Decisions) {
    self.chain = chain
    self.decisions = decisions
  }

  mutating func write(allowance: Decisions.Allowance) {
    actions.reserveCapacity(4 * chain.count)
    waiting = [.part(ReversalPart(first: 0, end: chain.count + 1), allowance, .unmarked)]
    while let task = waiting.popLast() {
      switch task {
      case .part(let part, let allowance, let start): write(part, allowance, start)
      case .restore(let stage): actions.append(.restore(stage: stage))
      case .backward(let stage): appendBackward(stage, keptResiduals: true)
      }
    }
  }

  private mutating func write(_ part: ReversalPart, _ allowance: Decisions.Allowance, _ start: Start) {
    // The loss follows the last stage's first execution of itself.
    if part.first == chain.count { return }
    let (decision, second, first) = decisions.decide(part, allowance: allowance)
    switch decision {
    case .reverse:
      unmark(part.first, start)
      appendBackward(part.first, keptResiduals: part.endIsKept)
    case .executeAndReverse(let form):
      unmark(part.first, start)
      actions.append(.forward(stage: part.first, keep: .residuals, form: form))
      appendBackward(part.first, keptResiduals: true)
    case .keepFirst(let form):
      unmark(part.first, start)
      actions.append(.forward(stage: part.first, keep: .residuals, form: form))
      waiting.append(.backward(part.first))
      let stage = chain.stages[part.first]
      var rest = part
      rest.first += 1
      rest.startIsDerived = stage.forms[form].derivesOutput
      waiting.append(.part(rest, second, stage.givesOutput(form: form) ? .residuals : .unmarked))
    case .split(let middle, let lowest, let keepsRestart):
      sweep(part, to: middle, keepsRestart: keepsRestart && lowest == middle, start)
      let (left, right) = part.split(
        at: middle, lowest: lowest, keepsRestart: keepsRestart,
        derives: chain.stages[lowest - 1].restartDerivesOutput)
      waiting.append(.part(left, first, start == .residuals ? .residuals : .marked))
      waiting.append(.restore(part.first))
      waiting.append(.part(right, second, keepsRestart && lowest == middle ? .residuals : .unmarked))
    case .move(let stage, let keepsRestart):
      unmark(part.first, start)
      sweep(part, to: stage, keepsRestart: keepsRestart, .marked)
      let rest = part.moved(to: stage, derives: chain.stages[part.lowest - 1].restartDerivesOutput)
      waiting.append(.part(rest, second, keepsRestart ? .residuals : .unmarked))
    }
  }

  private mutating func sweep(_ part: ReversalPart, to middle: Int, keepsRestart: Bool, _ start: Start) {
    for stage in part.first..<middle {
      if stage == part.first, start == .unmarked {
        actions.append(.forward(stage: stage, keep: .checkpoint, form: 0))
      } else if stage == middle - 1, keepsRestart, let form = chain.stages[stage].restartForm {
        actions.append(.forward(stage: stage, keep: .residuals, form: form))
      } else {
        actions.append(.forward(stage: stage, keep: .nothing, form: 0))
      }
    }
  }

  /// A restart value is let go of when the running value takes its place for good.
  private mutating func unmark(_ stage: Int, _ start: Start) {
    if start == .marked { actions.append(.discard(stage: stage, what: .checkpoint)) }
  }

  private mutating func appendBackward(_ stage: Int, keptResiduals: Bool) {
    actions.append(.backward(stage: stage))
    if keptResiduals { actions.append(.discard(stage: stage, what: .residuals)) }
  }
}
