/// Bytes of an activation against seconds of an iteration, all else of the schedule left as it is.
package struct Exchange: Hashable, Sendable {
  package var byteCount: Int
  package var seconds: Double

  package init(byteCount: Int, seconds: Double) {
    self.byteCount = byteCount
    self.seconds = seconds
  }

  package var secondsPerByte: Double { seconds / Double(byteCount) }
}

/// What a few bytes more or less are worth at one stage.
///
/// A kept stage can be kept in a smaller form, or be executed once more; one that is executed again can be kept. Each
/// is the best of the stage's own alternatives: others that change several stages at once may be better still, which is
/// what the neighbours of the whole schedule tell.
package struct MarginalValue: Hashable, Sendable {
  /// What giving bytes up costs, at the fewest seconds a byte; nil where the stage keeps none of its own.
  package var less: Exchange?
  /// What more bytes save, at the most seconds a byte; nil where nothing is computed again for the stage.
  package var more: Exchange?

  package init(less: Exchange? = nil, more: Exchange? = nil) {
    self.less = less
    self.more = more
  }
}

/// By stage, from the explanations of a schedule on the chain.
///
/// - Complexity: O(stages).
package func marginalValues(of explanations: [StageExplanation], on chain: Chain) -> [MarginalValue] {
  var values: [MarginalValue] = []
  values.reserveCapacity(chain.count)
  // What executing everything from the last value that is kept up to the stage's input takes.
  var secondsFromKept = 0.0
  for (stage, explanation) in explanations.enumerated() {
    let numbers = chain.stages[stage]
    let alternatives = StageAlternatives(stage: stage, chain: chain, explanation: explanation)
    values.append(
      MarginalValue(
        less: alternatives.smaller(secondsFromKept: secondsFromKept).min { $0.secondsPerByte < $1.secondsPerByte },
        more: alternatives.larger.max { $0.secondsPerByte < $1.secondsPerByte }))
    switch explanation.firstKeep {
    case .residuals: secondsFromKept = 0
    case .checkpoint: secondsFromKept = numbers.forwardSeconds
    case .nothing: secondsFromKept += numbers.forwardSeconds
    }
  }
  return values
}

/// The other ways in which one stage could be treated.
private struct StageAlternatives {
  let stage: Int
  let chain: Chain
  let explanation: StageExplanation

  private var numbers: ChainStage { chain.stages[stage] }
  private var keptForm: Int? { explanation.firstKeep == .residuals ? explanation.form : nil }

  /// Bytes that a form holds of what the stage gives: values inside it, and its output where that is not derived. With
  /// them those of an input that it holds although the stage before gives it.
  private func byteCount(ofForm form: Int) -> Int {
    let isNeeded = numbers.forms[form].holdsOutput || (stage + 1 < chain.count && chain.stages[stage + 1].readsInput)
    return numbers.forms[form].byteCount
      + (isNeeded && !numbers.forms[form].derivesOutput ? numbers.keptOutputBytes : 0)
      + (numbers.forms[form].holdsDerivedInput ? chain.keptBoundaryBytes(stage) : 0)
  }

  /// Seconds of reversing the stage from a form, beyond those of every form that leaves a derived input to be
  /// evaluated.
  private func seconds(ofForm form: Int) -> Double {
    let spared = numbers.forms[form].holdsDerivedInput ? chain.stages[stage - 1].deriveSeconds ?? 0 : 0
    return numbers.forms[form].extraBackwardSeconds + numbers.forms[form].deriveSeconds - spared
  }

  /// Whether the stage might be kept in a form instead. That an input is held although it can be derived is looked at
  /// where it is so: what it spares is spared by keeping the stage before in a larger form as well.
  private func isAlternative(_ form: Int) -> Bool {
    numbers.forms[form].holdsInput
      && (!numbers.forms[form].holdsDerivedInput || keptForm.map { numbers.forms[$0].holdsDerivedInput } ?? false)
  }

  func smaller(secondsFromKept: Double) -> [Exchange] {
    guard let form = keptForm else {
      guard explanation.firstKeep == .checkpoint, chain.keptBoundaryBytes(stage) > 0 else { return [] }
      let restarts = Double(max(1, explanation.restarts))
      return [Exchange(byteCount: chain.keptBoundaryBytes(stage), seconds: secondsFromKept * restarts)]
    }
    let held = byteCount(ofForm: form)
    var exchanges: [Exchange] = []
    if held > 0 { exchanges.append(Exchange(byteCount: held, seconds: numbers.forwardSeconds)) }
    for other in numbers.forms.indices where isAlternative(other) && byteCount(ofForm: other) < held {
      exchanges.append(
        Exchange(
          byteCount: held - byteCount(ofForm: other), seconds: max(0, seconds(ofForm: other) - seconds(ofForm: form))))
    }
    return exchanges
  }

  var larger: [Exchange] {
    let again = Double(explanation.executions - 1) * numbers.forwardSeconds
    let held = keptForm.map { byteCount(ofForm: $0) } ?? 0
    let taken = explanation.form.map { seconds(ofForm: $0) } ?? 0
    return numbers.forms.indices.compactMap { other in
      let bytes = byteCount(ofForm: other) - held
      let saved = (keptForm == nil ? again : 0) + taken - seconds(ofForm: other)
      return isAlternative(other) && bytes > 0 && saved > 0
        ? Exchange(byteCount: bytes, seconds: saved) : nil
    }
  }
}
