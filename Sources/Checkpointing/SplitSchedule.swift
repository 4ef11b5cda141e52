/// How a chain is reversed in two parts: the second one first, from a value computed on the way, then the first one,
/// from its own beginning.
protocol Splitting {
  /// Whether `stageCount` stages are executed once, keeping all residuals, when `units` are free.
  func keepsAll(stageCount: Int, units: Int) -> Bool
  /// The length of the first part where not all are kept, in `1 ..< stageCount`.
  func firstPart(stageCount: Int, units: Int) -> Int
}

/// The schedule of a splitting: the first part keeps its start as a restart value, which takes one unit, until it is
/// reversed itself.
///
/// - Complexity: O(actions) and a split for each part; the stack is as deep as restart values are kept.
func splitSchedule(
  _ strategy: Strategy, stageCount: Int, units: Int, _ splitting: some Splitting
) -> Schedule {
  var actions: [Action] = []
  actions.reserveCapacity(4 * stageCount)
  var waiting: [(start: Int, count: Int, units: Int)] = []
  var part = (start: 0, count: stageCount, units: units)
  var isKept = false
  while true {
    while !splitting.keepsAll(stageCount: part.count, units: part.units) {
      let first = splitting.firstPart(stageCount: part.count, units: part.units)
      actions.append(.forward(stage: part.start, keep: isKept ? .nothing : .checkpoint, form: 0))
      for stage in (part.start + 1)..<(part.start + first) {
        actions.append(.forward(stage: stage, keep: .nothing, form: 0))
      }
      waiting.append((part.start, first, part.units))
      part = (part.start + first, part.count - first, part.units - 1)
      isKept = false
    }
    actions.appendReversal(of: part.start..<(part.start + part.count))
    guard let next = waiting.popLast() else { break }
    part = next
    actions.append(.restore(stage: part.start))
    isKept = !splitting.keepsAll(stageCount: part.count, units: part.units)
    if !isKept { actions.append(.discard(stage: part.start, what: .checkpoint)) }
  }
  return Schedule(strategy: strategy.description, stageCount: stageCount, actions: actions)
}

/// Bisection: restart values of the order of log n, executions of the order of n log n.
struct RecursiveSplitting: Splitting {
  func keepsAll(stageCount: Int, units: Int) -> Bool { stageCount == 1 }
  func firstPart(stageCount: Int, units: Int) -> Int { stageCount / 2 }
}
