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
  /// What is at hand of the first stage's input.
  package var start = Start.held

  /// What is at hand of a part's first value when the part's turn comes, and afterwards.
  package enum Start: Int, Hashable, Sendable {
    /// It is the running value, and held beyond the first stage's reverse step: as the output of the stage before,
    /// which that one's own reverse step reads, or as the network's input.
    case held
    /// It is the running value, and held up to the first stage's reverse step, which is the last to read it.
    case ending
    /// It is the running value; once it is gone, it is evaluated again from the residuals of the stage before.
    case derived
    /// The same, and a restart value holds it as well, which spares evaluations.
    case marked
    /// It can be evaluated from the residuals of the stage before, whose execution gave these alone.
    case absent
  }

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
  /// The first stage is executed to keep the form, the stages after it are reversed, then the first one. Where it says
  /// so, the execution gives the residuals alone, from which the output is evaluated when it is read.
  case keepFirst(form: Int, withoutOutput: Bool)
  /// The stages after the part's start are executed, a part that begins further on is reversed, then what is before it
  /// from the part's start.
  case split(Split)
  /// The stages before `stage`, which are not reversed, are executed and the part's start is let go of; what is to be
  /// reversed is reversed from there. Where it says so, the execution before `stage` keeps its restart residuals.
  case move(stage: Int, keepsRestart: Bool)
  /// The restart value that holds a marked start is let go of.
  case release
  /// An absent start is evaluated from the residuals of the stage before.
  case evaluate

  /// Where a part is split in two.
  package struct Split: Hashable, Sendable {
    /// The stages before this one are executed.
    package var stage: Int
    /// From there the stages from this one on are reversed, then those before it from the part's start.
    package var lowest: Int
    /// Whether the last execution before `lowest` keeps its restart residuals.
    package var keepsRestart = false
    /// Whether it gives nothing beside them, where they derive the output; only where that execution leads to `stage`.
    package var withoutOutput = false
    /// Whether a restart value holds the part's start, although residuals derive it.
    package var marksStart = false

    /// Whether restart residuals stand for x_stage while the stages from it on are reversed.
    var startsFromResiduals: Bool { keepsRestart && lowest == stage }
  }
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
  /// - Parameter afterRestart: What restart residuals of the stage before the lowest give of that one's input.
  func split(_ split: ReversalDecision.Split, afterRestart: Start) -> (left: ReversalPart, right: ReversalPart) {
    var left = self
    left.end = split.lowest
    left.endIsKept = split.keepsRestart
    if split.marksStart { left.start = .marked }
    var right = ReversalPart(first: split.stage, end: end)
    right.endIsKept = endIsKept
    right.skipped = split.lowest - split.stage
    right.leavesResiduals = split.keepsRestart && right.skipped > 0
    right.start = !split.startsFromResiduals ? .ending : split.withoutOutput ? .absent : afterRestart
    return (left, right)
  }

  /// What is left when the start has moved on. What is to be left in residuals is kept at the last move.
  func moved(to stage: Int, afterRestart: Start) -> ReversalPart {
    var rest = self
    rest.first = stage
    rest.skipped = lowest - stage
    rest.start = .ending
    guard rest.skipped == 0 else { return rest }
    if leavesResiduals { rest.start = afterRestart }
    rest.leavesResiduals = false
    return rest
  }

  /// The same part with something else at hand of its first value.
  func starting(_ start: Start) -> ReversalPart {
    var part = self
    part.start = start
    return part
  }

  /// What is left when the first stage is kept.
  func withoutFirst(_ start: Start) -> ReversalPart {
    var rest = self
    rest.first += 1
    rest.start = start
    return rest
  }
}

extension Chain {
  /// What residuals of a stage in a form, kept with an execution, give of the next stage's input.
  func start(afterKeeping stage: Int, form: Int) -> ReversalPart.Start {
    let numbers = stages[stage].forms[form]
    if numbers.derivesOutput { return .derived }
    return numbers.holdsOutput && outputOutlives(stage) ? .held : .ending
  }

  /// What restart residuals of the stage before give of a stage's input; as a restart value where there are none.
  func startAfterRestart(_ stage: Int) -> ReversalPart.Start {
    stages[stage - 1].restartForm.map { start(afterKeeping: stage - 1, form: $0) } ?? .ending
  }

  /// Whether a stage's output, held by its residuals, is live beyond the next reverse step; that of the last stage is
  /// beyond the loss.
  func outputOutlives(_ stage: Int) -> Bool { stages[stage].readsOutput || stage == count - 1 }
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
      if part.start == .absent { endRunningValue() }
      appendBackward(part.first, keptResiduals: part.endIsKept)
    case .executeAndReverse(let form):
      unmark(part.first, start)
      actions.append(.forward(stage: part.first, keep: .residuals, form: form))
      appendBackward(part.first, keptResiduals: true)
    case .keepFirst(let form, let withoutOutput):
      unmark(part.first, start)
      actions.append(.forward(stage: part.first, keep: .residuals, form: form))
      waiting.append(.backward(part.first))
      let rest = part.withoutFirst(withoutOutput ? .absent : chain.start(afterKeeping: part.first, form: form))
      waiting.append(.part(rest, second, chain.stages[part.first].givesOutput(form: form) ? .residuals : .unmarked))
    case .split(let split):
      write(split, of: part, second, first, split.marksStart && start == .residuals ? .unmarked : start)
    case .move(let stage, let keepsRestart):
      unmark(part.first, start)
      sweep(part, to: stage, keepsRestart: keepsRestart, .marked)
      let rest = part.moved(to: stage, afterRestart: chain.startAfterRestart(part.lowest))
      waiting.append(.part(rest, second, keepsRestart ? .residuals : .unmarked))
    case .release:
      unmark(part.first, start)
      waiting.append(.part(part.starting(.derived), second, .residuals))
    case .evaluate:
      actions.append(.restore(stage: part.first))
      waiting.append(.part(part.starting(.derived), second, .residuals))
    }
  }

  private mutating func write(
    _ split: ReversalDecision.Split, of part: ReversalPart, _ second: Decisions.Allowance,
    _ first: Decisions.Allowance, _ start: Start
  ) {
    sweep(part, to: split.stage, keepsRestart: split.startsFromResiduals, start)
    let (left, right) = part.split(split, afterRestart: chain.startAfterRestart(split.lowest))
    waiting.append(.part(left, first, start == .residuals ? .residuals : .marked))
    waiting.append(.restore(part.first))
    waiting.append(.part(right, second, split.startsFromResiduals ? .residuals : .unmarked))
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

  /// Nothing reads the value that the last execution would have given.
  private mutating func endRunningValue() { actions.append(.restore(stage: 0)) }

  private mutating func appendBackward(_ stage: Int, keptResiduals: Bool) {
    actions.append(.backward(stage: stage))
    if keptResiduals { actions.append(.discard(stage: stage, what: .residuals)) }
  }
}
