/// For each action that makes a running value (`forward` and `restore`), the last action that reads that value before
/// another becomes the running value; itself where none does. Other entries are unused.
///
/// A running value that nothing reads any more takes no memory, as in a plan made from live ranges.
func lastReadsOfRunningValues(_ schedule: Schedule, on chain: Chain) -> [Int32] {
  var lastReads = Array(repeating: Int32(0), count: schedule.actions.count)
  var producer: Int?
  var value = 0
  var form = Array(repeating: Int32(-1), count: chain.count)
  var lossIsTaken = false
  for (index, action) in schedule.actions.enumerated() {
    let stage = action.stage
    guard chain.stages.indices.contains(stage) else { break }
    switch action {
    case .forward(_, let keep, let named):
      if let producer, value == stage { lastReads[producer] = Int32(index) }
      if keep == .residuals { form[stage] = Int32(clamping: named) }
      (producer, value) = (index, stage + 1)
      lastReads[index] = Int32(index)
    case .restore:
      if let producer, value == stage { lastReads[producer] = Int32(index) }
      (producer, value) = (index, stage)
      lastReads[index] = Int32(index)
    case .backward:
      let readsOutput = chain.stages[stage].mayReadOutput(form: Int(form[stage]))
      let loss = !lossIsTaken && value == chain.count
      lossIsTaken = true
      if let producer, loss || (value == stage && chain.stages[stage].readsInput) || (value == stage + 1 && readsOutput)
      {
        lastReads[producer] = Int32(index)
      }
    case .discard(_, let what):
      if what == .residuals { form[stage] = -1 }
    }
  }
  return lastReads
}

extension ChainStage {
  /// Whether the reverse step in the form of that index reads the output; without one (-1), whether a form that reads
  /// boundary values only may.
  fileprivate func mayReadOutput(form: Int) -> Bool {
    if forms.indices.contains(form) { return forms[form].holdsOutput }
    return forms.contains { $0.readsBoundaryValuesOnly && $0.holdsOutput }
  }
}
