/// What a schedule does with the activations of one stage, and why, told from its actions.
package struct StageExplanation: Hashable, Sendable {
  /// What the stage's first execution keeps.
  package var firstKeep: Action.Keep
  /// The form in which the stage is kept when it is reversed; nil where it is reversed from its input and output alone,
  /// without an execution to keep it.
  package var form: Int?
  /// Executions in one iteration, as prescribed.
  package var executions: Int
  /// How often stages are executed from its input, kept as a restart value.
  package var restarts: Int
  package var reason: Reason

  package init(firstKeep: Action.Keep, form: Int?, executions: Int, restarts: Int, reason: Reason) {
    self.firstKeep = firstKeep
    self.form = form
    self.executions = executions
    self.restarts = restarts
    self.reason = reason
  }

  /// Why a stage is kept or executed again.
  package enum Reason: Hashable, Sendable {
    /// It and all stages after it are kept from the first sweep on: they are reversed right after it.
    case lastSegment
    /// It is kept from its first execution to its reversal, over stages that are executed again.
    case keptThroughout
    /// Its input is kept from the first sweep on: stages up to the one named are executed again from it.
    case restartValue(upTo: Int)
    /// Nothing of it is kept: it is executed again, the last time from the restart value of the stage named.
    case recomputed(from: Int)
    /// Its input and output are live when it is reversed, and it reads nothing else.
    case boundaryValuesSuffice
    /// It is kept in part: its reverse step executes so many products inside it again.
    case keptInPart(products: Int)
  }
}

/// An explanation of each stage of a schedule that breaks no law on the chain.
///
/// - Complexity: O(actions + stages).
package func explain(_ schedule: Schedule, on chain: Chain) -> [StageExplanation] {
  var walk = ExplainingWalk(stageCount: chain.count)
  for action in schedule.actions { walk.take(action) }
  return walk.explanations(on: chain)
}

private struct ExplainingWalk {
  private var firstKeep: [Action.Keep?]
  private var formKept: [Int?]
  private var formReversed: [Int?]
  private var executions: [Int]
  private var restarts: [Int]
  /// The last stage executed again from each restart value, and the restart value each stage was last executed from.
  private var lastFrom: [Int]
  private var source: [Int]
  private var start = 0

  init(stageCount: Int) {
    firstKeep = Array(repeating: nil, count: stageCount)
    formKept = Array(repeating: nil, count: stageCount)
    formReversed = Array(repeating: nil, count: stageCount)
    executions = Array(repeating: 0, count: stageCount)
    restarts = Array(repeating: 0, count: stageCount)
    lastFrom = Array(0..<stageCount)
    source = Array(repeating: 0, count: stageCount)
  }

  mutating func take(_ action: Action) {
    let stage = action.stage
    switch action {
    case .forward(_, let keep, let form):
      if firstKeep[stage] == nil { firstKeep[stage] = keep }
      if keep == .residuals { formKept[stage] = form }
      executions[stage] += 1
      source[stage] = start
      if executions[stage] > 1 { lastFrom[start] = max(lastFrom[start], stage) }
    case .restore:
      start = stage
      restarts[stage] += 1
    case .backward: formReversed[stage] = formKept[stage]
    case .discard(_, .residuals): formKept[stage] = nil
    case .discard(_, .checkpoint): break
    }
  }

  func explanations(on chain: Chain) -> [StageExplanation] {
    var isLastSegment = true
    var result: [StageExplanation] = []
    result.reserveCapacity(chain.count)
    for stage in (0..<chain.count).reversed() {
      let keep = firstKeep[stage] ?? .nothing
      let form = formReversed[stage]
      let isKept = keep == .residuals && executions[stage] == 1
      isLastSegment = isLastSegment && isKept
      let products = form.map { chain.stages[stage].forms[$0].productsExecutedAgain } ?? 0
      let reason: StageExplanation.Reason =
        if isKept && products > 0 {
          .keptInPart(products: products)
        } else if isKept {
          isLastSegment ? .lastSegment : .keptThroughout
        } else if keep == .checkpoint && restarts[stage] > 0 {
          .restartValue(upTo: lastFrom[stage])
        } else if executions[stage] > 1 {
          .recomputed(from: source[stage])
        } else {
          .boundaryValuesSuffice
        }
      result.append(
        StageExplanation(
          firstKeep: keep, form: form, executions: executions[stage], restarts: restarts[stage], reason: reason))
    }
    return result.reversed()
  }
}
