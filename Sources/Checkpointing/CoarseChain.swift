/// A chain whose stages are joined in groups, each of which is executed, kept and reversed as one: for chains of too
/// many different stages.
///
/// Groups end where the value that crosses to the next one is small. A group is kept by keeping each of its stages in
/// its first form, or some of them (``KeptShares``), the others being executed again when it is reversed. Its peaks are
/// upper bounds; the schedule is expanded to the stages and replayed there.
struct CoarseChain: Sendable {
  /// The chain whose stages are the groups.
  let groups: Chain
  private let starts: [Int]
  private let fine: Chain
  private let shares: KeptShares
  /// By group: the shares in which it can be kept, in the order of the forms after the first.
  private let sharesOfGroups: [[Int]]

  /// - Parameter groupCount: About so many groups.
  init(_ chain: Chain, groupCount: Int) throws(ChainError) {
    fine = chain
    starts = CoarseChain.starts(of: chain, groupCount: groupCount)
    let ranges = zip(starts, starts.dropFirst() + [chain.count]).map { $0..<$1 }
    let shares = KeptShares(of: chain)
    self.shares = shares
    let sharesOfGroups = ranges.map { $0.count > 1 ? shares.shares(of: $0) : [] }
    self.sharesOfGroups = sharesOfGroups
    groups = try Chain(
      stages: zip(ranges, sharesOfGroups).map { range, ofGroup in
        CoarseChain.group(range, of: chain, parts: ofGroup.map { PartOfGroup(range, of: chain, shares, share: $0) })
      }, inputBytes: chain.inputBytes, lossPeak: chain.lossPeak,
      instructionsPerExecution: chain.instructionsPerExecution)
  }

  /// How a group is kept in part in a form; nil where it is kept as a whole.
  private func part(ofGroup group: Int, _ stages: Range<Int>, form: Int) -> PartOfGroup? {
    guard sharesOfGroups[group].indices.contains(form - 1) else { return nil }
    return PartOfGroup(stages, of: fine, shares, share: sharesOfGroups[group][form - 1])
  }

  /// The schedule of the stages for one of the groups.
  func expanded(_ schedule: Schedule) -> Schedule {
    var actions: [Action] = []
    actions.reserveCapacity(4 * fine.count)
    var forms = [Int](repeating: 0, count: starts.count)
    for action in schedule.actions {
      let start = starts[action.stage]
      let end = action.stage + 1 < starts.count ? starts[action.stage + 1] : fine.count
      switch action {
      case .forward(let group, let keep, let form):
        let isRestart = keep == .residuals && form == groups.stages[group].restartForm
        if keep == .residuals {
          forms[group] = form
          if let part = part(ofGroup: group, start..<end, form: form) {
            part.appendExecution(to: &actions)
            continue
          }
        }
        for stage in start..<end {
          switch keep {
          case .nothing: actions.append(.forward(stage: stage, keep: .nothing, form: 0))
          case .checkpoint:
            actions.append(.forward(stage: stage, keep: stage == start ? .checkpoint : .nothing, form: 0))
          case .residuals:
            let ownForm =
              end - start == 1 ? form : isRestart && stage == start ? fine.stages[stage].restartForm ?? 0 : 0
            actions.append(.forward(stage: stage, keep: .residuals, form: ownForm))
          }
        }
      case .restore: actions.append(.restore(stage: start))
      case .discard(_, .checkpoint): actions.append(.discard(stage: start, what: .checkpoint))
      case .discard(_, .residuals):
        if end - start == 1 { actions.append(.discard(stage: start, what: .residuals)) }
      case .backward(let group):
        part(ofGroup: group, start..<end, form: forms[group])?.appendExecutionAgain(to: &actions)
        for stage in (start..<end).reversed() {
          actions.append(.backward(stage: stage))
          if end - start > 1 { actions.append(.discard(stage: stage, what: .residuals)) }
        }
      }
    }
    return Schedule(strategy: schedule.strategy, stageCount: fine.count, actions: actions)
  }

  /// Cuts about evenly, each cut within a third of a group's length of its even place, where least crosses it.
  private static func starts(of chain: Chain, groupCount: Int) -> [Int] {
    var starts = [0]
    let length = Double(chain.count) / Double(groupCount)
    for cut in 1..<groupCount {
      let place = Double(cut) * length
      let low = max(starts[starts.count - 1] + 1, Int(place - length / 3))
      let high = min(chain.count - 1, max(low, Int(place + length / 3)))
      guard low <= high, low < chain.count else { continue }
      let middle = Int(place)
      let best = (low...high).min { left, right in
        (chain.keptBoundaryBytes(left), abs(left - middle)) < (chain.keptBoundaryBytes(right), abs(right - middle))
      }
      if let best { starts.append(best) }
    }
    return starts
  }

  private static func group(_ range: Range<Int>, of chain: Chain, parts: [PartOfGroup]) -> ChainStage {
    if range.count == 1 { return chain.stages[range.lowerBound] }
    let first = chain.stages[range.lowerBound]
    let last = chain.stages[range.upperBound - 1]
    var sizes = GroupSizes()
    for stage in range { sizes.append(stage, of: chain, isLast: stage == range.upperBound - 1) }
    let form = ResidualForm(
      name: "all", byteCount: sizes.keptBytes, holdsOutput: last.forms[0].holdsOutput,
      derivesOutput: last.forms[0].derivesOutput, deriveSeconds: last.forms[0].deriveSeconds,
      secondsWithoutOutput: sizes.forwardSeconds - last.forwardSeconds
        + (last.forms[0].secondsWithoutOutput ?? last.forwardSeconds))
    var forms = [form]
    var peaks = [sizes.peaks(of: range, chain: chain)]
    for part in parts {
      let numbers = part.numbers(whole: peaks[0])
      forms.append(numbers.form)
      peaks.append(numbers.peaks)
    }
    if first.restartForm != nil, last.givesOutput(form: 0) {
      var restart = form
      restart.name = "restart"
      restart.holdsInput = false
      forms.append(restart)
      peaks.append(peaks[0])
    }
    return ChainStage(
      outputBytes: last.outputBytes, keptOutputBytes: last.keptOutputBytes, readsInput: first.readsInput,
      readsOutput: last.readsOutput,
      forwardSeconds: sizes.forwardSeconds, backwardSeconds: sizes.backwardSeconds, forms: forms,
      peaks: StagePeaks(forward: sizes.forwardPeak(of: range, chain: chain), forms: peaks))
  }
}

/// Sums over the stages of a group.
private struct GroupSizes {
  private(set) var forwardSeconds = 0.0
  private(set) var backwardSeconds = 0.0
  /// Bytes kept within the group: interiors, and each value between two of its stages that is held.
  private(set) var keptBytes = 0
  /// By stage of the group: `keptBytes` of the stages before it.
  private var keptBefore: [Int] = []

  mutating func append(_ stage: Int, of chain: Chain, isLast: Bool) {
    let numbers = chain.stages[stage]
    let form = numbers.forms[0]
    keptBefore.append(keptBytes)
    forwardSeconds += numbers.forwardSeconds
    backwardSeconds += numbers.backwardSeconds + form.extraBackwardSeconds
    keptBytes += form.byteCount
    guard !isLast else { return }
    if form.derivesOutput {
      backwardSeconds += form.deriveSeconds
    } else if form.holdsOutput || chain.stages[stage + 1].readsInput {
      keptBytes += numbers.keptOutputBytes
    }
  }

  func forwardPeak(of range: Range<Int>, chain: Chain) -> StagePeaks.ByInput {
    let rest = range.dropFirst().reduce(0) { max($0, chain.peaks[$1].forward.ending) }
    let first = chain.peaks[range.lowerBound].forward
    return StagePeaks.ByInput(held: max(first.held, rest), ending: max(first.ending, rest))
  }

  func peaks(of range: Range<Int>, chain: Chain) -> StagePeaks.Form {
    let first = chain.peaks[range.lowerBound].forms[0]
    var forward = first.forward
    var withoutOutput = first.forward
    var reverse = 0
    for (stage, kept) in zip(range.dropFirst(), keptBefore.dropFirst()) {
      let peaks = chain.peaks[stage].forms[0]
      // The stage's input counts as kept where the stage before does not derive it; else it is evaluated here.
      let derives = chain.stages[stage - 1].forms[0].derivesOutput
      let execution = kept + (derives ? peaks.forward.ending : peaks.forward.held)
      forward = StagePeaks.ByInput(held: max(forward.held, execution), ending: max(forward.ending, execution))
      let isLast = stage == range.upperBound - 1
      let executionWithoutOutput =
        isLast ? kept + (derives ? peaks.forwardWithoutOutput.ending : peaks.forwardWithoutOutput.held) : execution
      withoutOutput = StagePeaks.ByInput(
        held: max(withoutOutput.held, executionWithoutOutput), ending: max(withoutOutput.ending, executionWithoutOutput)
      )
      reverse = max(reverse, kept + (derives ? peaks.reverseDerivingInput : peaks.reverse.held))
    }
    let inputBytes = chain.keptBoundaryBytes(range.lowerBound)
    return StagePeaks.Form(
      forward: forward, forwardWithoutOutput: withoutOutput,
      reverse: StagePeaks.ByInput(
        held: max(first.reverse.held, reverse), ending: max(first.reverse.ending, reverse + inputBytes)),
      reverseDerivingInput: max(first.reverseDerivingInput, reverse))
  }
}
