import ComputationGraph
package import ExecutionPlanning

/// A plan as a grid of cells: stages across, instructions down, and beside each row the bytes that are live.
///
/// ```
/// let picture = PlanPicture(of: plan, stageCount: 1000, rowLimit: 32, columnLimit: 60)
/// picture[row: 0, column: 0].isExecuted
/// ```
///
/// Long plans and chains are joined into slices: a cell says what happens in any of its instructions to any of its
/// stages. The grid knows nothing of how it is drawn.
package struct PlanPicture: Hashable, Sendable {
  /// What happens to some stages over some instructions.
  package struct Cell: Hashable, Sendable {
    /// Whether a stage is executed for the first time.
    package var isExecuted = false
    /// Whether a stage is executed again.
    package var isRecomputed = false
    /// Whether a stage is reversed, in part or whole.
    package var isReversed = false
    /// Whether a value that a stage computed is held to execute later stages again from it.
    package var holdsRestartValue = false
    /// Whether a value that a stage computed is held for other uses, in the end for a reverse step.
    package var holdsResiduals = false
  }

  /// The stages of each column and the instructions of each row.
  package let columns: [Range<Int>]
  package let rows: [Range<Int>]
  /// The most bytes live at one instruction of each row.
  package private(set) var liveBytes: [Int]
  private var cells: [Cell]

  package subscript(row row: Int, column column: Int) -> Cell { cells[row * columns.count + column] }

  /// Draws nothing yet: finds out what every cell is.
  ///
  /// - Parameters:
  ///   - stageCount: stages of the plan's chain, at least 1.
  ///   - rowLimit: rows at most; fewer where there are fewer instructions.
  ///   - columnLimit: columns at most; fewer where there are fewer stages.
  /// - Complexity: O(instructions + buffers + stages x rows).
  package init(of plan: Plan, stageCount: Int, rowLimit: Int, columnLimit: Int) {
    rows = slices(of: plan.instructions.count, limit: rowLimit)
    columns = slices(of: stageCount, limit: columnLimit)
    cells = Array(repeating: Cell(), count: rows.count * columns.count)
    let rowOfInstruction = sliceNumbers(rows)
    let columnOfStage = sliceNumbers(columns)
    liveBytes = Array(repeating: 0, count: rows.count)
    for (time, bytes) in plan.liveByteCounts().enumerated() {
      liveBytes[rowOfInstruction[time]] = max(liveBytes[rowOfInstruction[time]], bytes)
    }
    let isReexecution = plan.stageReexecutions
    for (time, instruction) in plan.instructions.enumerated() where instruction.stage < stageCount {
      let cell = rowOfInstruction[time] * columns.count + columnOfStage[instruction.stage]
      switch instruction.phase {
      case .forward: cells[cell].isExecuted = true
      case .recompute where isReexecution[time]: cells[cell].isRecomputed = true
      case .recompute: break
      case .backward: cells[cell].isReversed = true
      case .update: break
      }
    }
    let lastRestarts = plan.lastReads(by: isReexecution)
    for (buffer, lastRestart) in zip(plan.buffers, lastRestarts)
    where buffer.category == .activation && buffer.stage < stageCount {
      let column = columnOfStage[buffer.stage]
      let range = rowOfInstruction[buffer.liveRange.lowerBound]...rowOfInstruction[buffer.liveRange.upperBound - 1]
      let restartEnd = lastRestart < 0 ? range.lowerBound - 1 : rowOfInstruction[lastRestart]
      for row in range {
        let cell = row * columns.count + column
        if row <= restartEnd { cells[cell].holdsRestartValue = true } else { cells[cell].holdsResiduals = true }
      }
    }
  }
}

extension Plan {
  /// Whether each instruction executes a stage again, as opposed to evaluating single values again element by element
  /// for a reverse step: one of a series of recomputing instructions of one stage that has a product.
  fileprivate var stageReexecutions: [Bool] {
    var result = Array(repeating: false, count: instructions.count)
    var start = 0
    while start < instructions.count {
      var end = start + 1
      while end < instructions.count, instructions[end].stage == instructions[start].stage,
        instructions[end].phase == instructions[start].phase
      {
        end += 1
      }
      let series = start..<end
      if instructions[start].phase == .recompute,
        series.contains(where: { graph.nodes[instructions[$0].node].operation.isProduct })
      {
        for time in series { result[time] = true }
      }
      start = end
    }
    return result
  }

  /// For each buffer the last of the instructions that reads it and works for a later stage, or -1.
  fileprivate func lastReads(by isReader: [Bool]) -> [Int] {
    var last = Array(repeating: -1, count: buffers.count)
    for (time, instruction) in instructions.enumerated() where isReader[time] {
      for case .buffer(let buffer) in instruction.inputs where buffers[buffer].stage < instruction.stage {
        last[buffer] = time
      }
    }
    return last
  }
}

/// Cuts `0 ..< count` into at most `limit` ranges whose lengths differ by one at most.
private func slices(of count: Int, limit: Int) -> [Range<Int>] {
  let sliceCount = max(1, min(count, limit))
  return (0..<sliceCount).map { count * $0 / sliceCount..<count * ($0 + 1) / sliceCount }
}

/// The number of the slice that each index lies in.
private func sliceNumbers(_ slices: [Range<Int>]) -> [Int] {
  slices.enumerated().flatMap { number, slice in Array(repeating: number, count: slice.count) }
}
