/// Which stages of a group are kept where it is kept in part: of all stages of a chain those whose bytes spare most
/// seconds, up to so many eighths of all bytes.
///
///     share 1   k . . . . k . .      k  kept at the first execution
///     share 2   k . k . . k . .      .  executed again, from the kept ones before, when the group is reversed
///     ...
///
/// A stage that is kept is reversed from its restart residuals and the output of the stage before, and gives what
/// follows it, so that stages that are not can be executed again from it. Where the stage before gives no output, the
/// kept one holds its input; where it gives none itself, a restart value holds what stages are executed again from.
struct KeptShares: Sendable {
  /// By stage: the least share it is kept in, or more than `count` where it is kept in none.
  private let firstShares: [UInt8]

  /// The number of shares: eighths less than all.
  static let count = 7

  /// - Complexity: O(n log n).
  init(of chain: Chain) {
    var firstShares = [UInt8](repeating: UInt8.max, count: chain.count)
    var candidates: [(stage: Int, bytes: Int, secondsPerByte: Double)] = []
    for stage in 1..<max(1, chain.count) {
      let bytes = chain.bytesKept(stage, form: chain.formKeptInPart(stage))
      guard bytes > 0 else { continue }
      candidates.append((stage, bytes, chain.stages[stage].forwardSeconds / Double(bytes)))
    }
    candidates.sort { ($1.secondsPerByte, $0.stage) < ($0.secondsPerByte, $1.stage) }
    let total = candidates.reduce(0) { $0 + $1.bytes }
    var bytes = 0
    for candidate in candidates {
      let share = bytes / max(1, total / (KeptShares.count + 1)) + 1
      if share <= KeptShares.count { firstShares[candidate.stage] = UInt8(share) }
      bytes += candidate.bytes
    }
    self.firstShares = firstShares
  }

  /// The shares in which a group is kept in part and ever differently.
  func shares(of group: Range<Int>) -> [Int] {
    var isShare = [Bool](repeating: false, count: KeptShares.count + 1)
    for stage in group where firstShares[stage] <= KeptShares.count { isShare[Int(firstShares[stage])] = true }
    return isShare.indices.filter { isShare[$0] }
  }

  func keeps(_ stage: Int, share: Int) -> Bool { firstShares[stage] <= share }
}

extension Chain {
  /// Whether the stage before gives the input of a stage, or that is not read in reverse.
  fileprivate func inputIsGiven(_ stage: Int) -> Bool {
    !stages[stage].readsInput || stages[stage - 1].givesOutput(form: 0)
  }

  /// The form in which a stage within a group is kept where the group is kept in part.
  fileprivate func formKeptInPart(_ stage: Int) -> Int {
    guard let restart = stages[stage].restartForm, inputIsGiven(stage) else { return 0 }
    return restart
  }

  /// Bytes of a stage's residuals within a group, its input included where it holds that.
  fileprivate func bytesKept(_ stage: Int, form: Int) -> Int {
    keptBytes(stage, form: form) + (inputIsGiven(stage) ? 0 : keptBoundaryBytes(stage))
  }
}

/// One way of keeping a group in part.
struct PartOfGroup {
  private let chain: Chain
  private let group: Range<Int>
  private let shares: KeptShares
  private let share: Int
  /// Whether the input of the group is evaluated from the group before, so that only residuals of its first stage hold
  /// it without taking bytes. Else a restart value does.
  private let inputIsDerived: Bool

  init(_ group: Range<Int>, of chain: Chain, _ shares: KeptShares, share: Int) {
    (self.chain, self.group, self.shares, self.share) = (chain, group, shares, share)
    inputIsDerived = group.lowerBound > 0 && chain.stages[group.lowerBound - 1].deriveSeconds != nil
  }

  private func keeps(_ stage: Int) -> Bool {
    (inputIsDerived && stage == group.lowerBound) || shares.keeps(stage, share: share)
  }

  /// The form in which a stage is kept at the first execution; nil where it is not.
  private func form(_ stage: Int) -> Int? {
    guard keeps(stage) else { return nil }
    return stage == group.lowerBound ? 0 : chain.formKeptInPart(stage)
  }

  /// Whether a restart value at a stage is what stages are executed again from: the group's own, or one within it after
  /// a kept stage that does not give it.
  private func isRestart(_ stage: Int) -> Bool {
    guard stage < group.upperBound, !keeps(stage) else { return false }
    if stage == group.lowerBound { return true }
    return form(stage - 1).map { !chain.stages[stage - 1].givesOutput(form: $0) } ?? false
  }

  /// Bytes of a stage's input where its own residuals hold it once the stage is kept.
  private func inputBytes(_ stage: Int) -> Int {
    stage == group.lowerBound || isRestart(stage) || chain.inputIsGiven(stage) ? 0 : chain.keptBoundaryBytes(stage)
  }

  /// Bytes live in an execution of a stage beside what else is kept.
  ///
  /// - Parameters:
  ///   - formBefore: in which the stage before in the group is kept; nil where it is not.
  ///   - isKept: whether the execution keeps the stage.
  private func bytes(_ peaks: StagePeaks.ByInput, of stage: Int, formBefore: Int?, isKept: Bool) -> Int {
    if stage == group.lowerBound || isRestart(stage) { return peaks.held }
    if isKept, !chain.inputIsGiven(stage) { return inputBytes(stage) + peaks.held }
    return formBefore.map { chain.stages[stage - 1].forms[$0].holdsOutput } ?? false ? peaks.held : peaks.ending
  }

  /// Its numbers as a form of the group.
  ///
  /// - Parameter whole: the peaks of the group kept as a whole.
  func numbers(whole: StagePeaks.Form) -> (form: ResidualForm, peaks: StagePeaks.Form) {
    var keptBytes = 0
    var forward = StagePeaks.ByInput(held: 0, ending: 0)
    for stage in group {
      if stage > group.lowerBound, isRestart(stage) { keptBytes += chain.keptBoundaryBytes(stage) }
      let form = form(stage)
      let peaks = form.map { chain.peaks[stage].forms[$0].forward } ?? chain.peaks[stage].forward
      let formBefore = stage == group.lowerBound ? nil : self.form(stage - 1)
      forward.held = max(forward.held, keptBytes + bytes(peaks, of: stage, formBefore: formBefore, isKept: form != nil))
      if let form { keptBytes += chain.keptBytes(stage, form: form) + inputBytes(stage) }
    }
    let inputBytes = chain.keptBoundaryBytes(group.lowerBound)
    forward.ending = forward.held + inputBytes
    let again = executionAgain(keptBytes: keptBytes)
    let last = form(group.upperBound - 1).map { chain.stages[group.upperBound - 1].forms[$0] }
    let outputBytes = last?.holdsOutput ?? false ? chain.keptBoundaryBytes(group.upperBound) : 0
    return (
      ResidualForm(
        name: "share", byteCount: keptBytes - outputBytes, holdsOutput: last?.holdsOutput ?? false,
        derivesOutput: last?.derivesOutput ?? false, extraBackwardSeconds: again.seconds,
        deriveSeconds: last?.deriveSeconds ?? 0),
      StagePeaks.Form(
        forward: forward, forwardWithoutOutput: forward,
        reverse: StagePeaks.ByInput(
          held: max(whole.reverse.held, again.peak), ending: max(whole.reverse.ending, again.peak + inputBytes)),
        reverseDerivingInput: max(whole.reverseDerivingInput, again.peak + inputBytes))
    )
  }

  /// What executing the other stages again takes, the cotangent of the group's output being live.
  private func executionAgain(keptBytes: Int) -> (seconds: Double, peak: Int) {
    var (seconds, peak) = (0.0, 0)
    var live = keptBytes + chain.boundaryBytes(group.upperBound)
    for stage in group where !keeps(stage) {
      let formBefore = stage == group.lowerBound ? nil : form(stage - 1)
      peak = max(
        peak,
        live + bytes(chain.peaks[stage].forms[0].forward, of: stage, formBefore: formBefore ?? 0, isKept: true))
      live += chain.keptBytes(stage, form: 0) + inputBytes(stage)
      seconds += chain.stages[stage].forwardSeconds
      if let formBefore, chain.stages[stage - 1].forms[formBefore].derivesOutput {
        seconds += chain.stages[stage - 1].forms[formBefore].deriveSeconds
      }
    }
    return (seconds, peak)
  }

  /// The first execution.
  func appendExecution(to actions: inout [Action]) {
    for stage in group {
      if let form = form(stage) {
        actions.append(.forward(stage: stage, keep: .residuals, form: form))
      } else {
        actions.append(.forward(stage: stage, keep: isRestart(stage) ? .checkpoint : .nothing, form: 0))
      }
    }
  }

  /// Executes again what is not kept, each run of it from the stage before.
  func appendExecutionAgain(to actions: inout [Action]) {
    for stage in group where !keeps(stage) {
      if isRestart(stage) {
        actions += [.restore(stage: stage), .discard(stage: stage, what: .checkpoint)]
      } else if keeps(stage - 1) {
        actions.append(.restore(stage: stage))
      }
      actions.append(.forward(stage: stage, keep: .residuals, form: 0))
    }
  }
}
