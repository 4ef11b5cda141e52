import ComputationGraph
package import ExecutionPlanning

/// Instructions of a plan that are measured together, in their order: what one hands to the next is then in the caches
/// as it is in a run.
///
/// ```
/// reluGradient   dy, h        -> du       (in dy's bytes)
/// biasGradient   du           -> db
/// weightGradient du, x        -> dW
/// inputGradient  du, W        -> dx
/// ```
package struct CostWindow: Hashable, Sendable {
  /// Indices of the plan's instructions, ascending, each with a work that no earlier window has.
  package var instructions: [Int]
  /// What one iteration of the plan spends in the window's works, by operation counts.
  package var countedSeconds: Double
}

/// Windows that together have every wanted work of a plan once, the most costly first.
///
/// A window is the middle one of those runs of instructions for one stage that have the same works, so that its
/// neighbours are the usual ones.
///
/// - Parameter isWanted: by work.
package func costWindows(of plan: Plan, works: PlanWorks, isWanted: [Bool], rates: OperationRates) -> [CostWindow] {
  var runs: [[Int]: [Range<Int>]] = [:]
  var start = 0
  let stages = plan.instructions.map(\.stage)
  for end in 1...max(1, plan.instructions.count)
  where end <= plan.instructions.count && (end == plan.instructions.count || stages[end] != stages[start]) {
    runs[Array(works.workOfInstruction[start..<end]), default: []].append(start..<end)
    start = end
  }
  let counted = works.works.map { Double($0.count) * $0.countedSeconds(rates) }
  let candidates = runs.values.map { alike in
    let middle = alike[alike.count / 2]
    return (
      range: middle, seconds: Set(works.workOfInstruction[middle]).reduce(0) { $0 + (isWanted[$1] ? counted[$1] : 0) }
    )
  }
  // Updates are the optimizer's, which has no kernel here.
  var isCovered = zip(works.works, isWanted).map { work, isWanted in !isWanted || work.operation == .parameterUpdate }
  var windows: [CostWindow] = []
  for candidate in candidates.sorted(by: { ($0.seconds, $1.range.lowerBound) > ($1.seconds, $0.range.lowerBound) }) {
    var window = CostWindow(instructions: [], countedSeconds: 0)
    for index in candidate.range where !isCovered[works.workOfInstruction[index]] {
      let work = works.workOfInstruction[index]
      isCovered[work] = true
      window.instructions.append(index)
      window.countedSeconds += counted[work]
    }
    if !window.instructions.isEmpty { windows.append(window) }
  }
  return windows.sorted { ($0.countedSeconds, $1.instructions[0]) > ($1.countedSeconds, $0.instructions[0]) }
}
