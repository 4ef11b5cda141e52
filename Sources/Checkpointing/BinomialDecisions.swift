/// Binomial checkpointing whose restart values are restart residuals: no stage is executed once more just before its
/// reversal where these residuals spare it. On n equal stages with S slots, one of them for the network's input, that
/// takes t(n, S) + 1 executions, t(n, S) being the advances of Griewank & Walther 2000.
package struct BinomialDecisions: ReversalDecisions {
  package let chain: Chain

  package init(chain: Chain) { self.chain = chain }

  package func decide(
    _ part: ReversalPart, allowance slots: Int
  ) -> (decision: ReversalDecision, second: Int, first: Int) {
    // The loss takes no execution and stays with the last stage.
    let count = min(part.end, chain.count) - part.first
    let stage = chain.stages[part.first]
    if count == 1 {
      if part.end > chain.count { return (.keepFirst(form: 0, withoutOutput: false), slots, slots) }
      let needsExecution =
        !part.endIsKept && stage.formReadingBoundaryValues(inputIsLive: true, outputIsLive: false) == nil
      return (needsExecution ? .executeAndReverse(form: 0) : .reverse, slots, slots)
    }
    let length = RevolveSplitting().firstPart(stageCount: count, units: slots)
    let middle = part.first + length
    let keepsRestart = chain.stages[middle - 1].restartForm != nil
    if length == 1, keepsRestart || part.first == 0 {
      return (.keepFirst(form: 0, withoutOutput: false), slots - 1, slots)
    }
    return (.split(.init(stage: middle, lowest: middle, keepsRestart: keepsRestart)), slots - 1, slots)
  }
}
