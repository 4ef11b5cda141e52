/// What becomes of the running values of a schedule: which are read, and until when.
///
/// A running value that nothing reads takes no memory and its execution is left out, as in a plan made from live
/// ranges; an execution left out reads nothing itself.
package struct RunningValueReads {
  /// For each `forward` and `restore` the last action that reads the value it makes before another becomes the running
  /// value; itself where none does. Other entries are unused.
  package private(set) var last: [Int32]
  /// For each `forward` and `restore` whether anything reads the value it makes, the loss included.
  package private(set) var isRead: [Bool]

  /// - Complexity: O(actions).
  package init(_ schedule: Schedule, on chain: Chain) {
    last = schedule.actions.indices.map { Int32(truncatingIfNeeded: $0) }
    isRead = Array(repeating: false, count: schedule.actions.count)
    var reads: [Read] = []
    reads.reserveCapacity(schedule.actions.count)
    var tracker = Tracker(chain: chain)
    for (index, action) in schedule.actions.enumerated() {
      guard chain.stages.indices.contains(action.stage) else { break }
      let read = tracker.perform(action, at: Int32(truncatingIfNeeded: index))
      if read.givesLoss { isRead[index] = true }
      reads.append(read)
    }
    for index in reads.indices.reversed() {
      let read = reads[index]
      guard read.producer >= 0, read.isUnconditional || isRead[index] else { continue }
      let producer = Int(read.producer)
      isRead[producer] = true
      last[producer] = max(last[producer], Int32(truncatingIfNeeded: index))
    }
  }

  private struct Read {
    /// The action whose value this one reads, -1 for none.
    var producer: Int32
    /// Whether it reads the value even where its own result is not read.
    var isUnconditional: Bool
    var givesLoss = false
  }

  private struct Tracker {
    let chain: Chain
    var producer: Int32 = -1
    var value = 0
    var forms: [Int32]
    var lossIsTaken = false

    init(chain: Chain) {
      self.chain = chain
      forms = Array(repeating: -1, count: chain.count)
    }

    mutating func perform(_ action: Action, at index: Int32) -> Read {
      let stage = action.stage
      var read = Read(producer: -1, isUnconditional: true)
      switch action {
      case .forward(_, let keep, let form):
        if value == stage { read = Read(producer: producer, isUnconditional: keep != .nothing) }
        if keep == .residuals { forms[stage] = Int32(clamping: form) }
        if stage == chain.count - 1, !lossIsTaken {
          lossIsTaken = true
          read.givesLoss = true
        }
        (producer, value) = (index, stage + 1)
      case .restore:
        (producer, value) = (index, stage)
      case .backward:
        let readsOutput = chain.stages[stage].mayReadOutput(form: Int(forms[stage]))
        if (value == stage && chain.stages[stage].readsInput) || (value == stage + 1 && readsOutput) {
          read.producer = producer
        }
      case .discard(_, let what):
        if what == .residuals { forms[stage] = -1 }
      }
      return read
    }
  }
}

extension ChainStage {
  /// Whether the reverse step in the form of that index reads the output; without one (-1), whether a form that reads
  /// boundary values only may.
  fileprivate func mayReadOutput(form: Int) -> Bool {
    if forms.indices.contains(form) { return forms[form].holdsOutput && readsOutput }
    return forms.contains { $0.readsBoundaryValuesOnly && $0.holdsOutput } && readsOutput
  }
}
