import BufferPlacement
import Checkpointing
import ComputationGraph
import Configuration
import CostModel
import Differentiation
import ExecutionPlanning
import Kernels

/// What fits a run's budgets of all sizes of micro-batches, and what operation counts say of it.
struct BudgetedSizes<Element: TrainingElement> {
  typealias Planning = RunPlanning<Element>

  private let batchRows: Int
  /// Largest first; where a budget is the least feasible itself, the size that needs least.
  private let candidates: [Int]
  /// Whether plans take a second or more.
  private let isLong: Bool
  /// With the budgets in bytes.
  private let budgeted: Planning
  private let activationBytes: Int?
  private let memoryBytes: Int?
  /// Of the whole batch; nil where the process has no budget.
  private let account: ProcessAccount?
  private let rates: OperationRates

  init(_ planning: Planning, batchRows: Int, candidates: [Int], isLong: Bool) throws {
    self.batchRows = batchRows
    self.isLong = isLong
    rates = if case .operationCounts(let rates) = planning.costs { rates } else { .generated }
    let whole = planning.withMicroBatches(of: nil).weighing(rates)
    let keepAll = try planning.configuration.memoryBudget.map { _ in try whole.keepAllAccount() }
    account = keepAll?.account
    // What is saved below a megabyte is less than what planning further sizes leaves behind in the process.
    let needed = keepAll.map { keepAll in
      let first = candidates.firstIndex {
        keepAll.arenaByteCount / batchRows * $0 <= ProcessAccount.leastSpread
      }
      return first ?? candidates.count - 1
    }
    let candidates = Array(needed.map { candidates[...$0] } ?? candidates[...])
    var memory: Int?
    var activations: Int?
    var least: [Int]?
    switch planning.configuration.memoryBudget {
    case .size(.minimum)?:
      if let account {
        least = try candidates.map { rows in
          planning.library.forgetUnboundKernels()
          return try planning.leastByteCount(planning.sizes(rows), account)
        }
      }
    case .some(let budget):
      memory = try account.map { try whole.resolved(budget, $0, minimum: $0.minimumFeasibleByteCount()) }
    case nil: break
    }
    switch planning.configuration.activationBudget {
    case .minimum?:
      if least == nil { least = try candidates.map { try planning.leastArenaByteCount(planning.sizes($0)) } }
    case .some(let size):
      activations = size.resolved(
        keepAllBytes: try keepAll?.arenaByteCount ?? whole.keepAllArenaByteCount(), minimumBytes: 0)
    case nil: break
    }
    planning.library.forgetUnboundKernels()
    // Of equal needs the first, which is the largest size. What a named strategy needs is another matter.
    let isLeastOfAll = planning.configuration.checkpoint == .optimal
    let smallest = isLeastOfAll ? least.flatMap { least in least.min().flatMap { least.firstIndex(of: $0) } } : nil
    self.candidates = smallest.map { [candidates[$0]] } ?? candidates
    memoryBytes = memory
    activationBytes = activations
    budgeted = planning.withBudgets(activationBytes: activations, memoryBytes: memory)
  }

  /// The planning of one size by the run's own costs.
  func planning(rows: Int) -> Planning { budgeted.withMicroBatches(of: rows == batchRows ? nil : rows) }

  /// Plans one size by the run's own costs, kernels of other sizes forgotten.
  func planAnew(rows: Int) throws -> Planning.Planned {
    forget()
    return try planning(rows: rows).plan()
  }

  private func counted(rows: Int) -> Planning {
    budgeted.withMicroBatches(of: rows == batchRows ? nil : rows).weighing(rates)
  }

  /// Every size that was looked at, with what operation counts predict where it fits.
  ///
  /// Left out is what cannot be faster: sizes that even without recomputation are slower than one that fits, and where
  /// there is no budget or the strategy does the same in any, those below the first that fits. In chains of some
  /// thousand layers those below one that recomputes nothing are left out too, which would save but a few evaluations.
  func weighed() throws -> [MicroBatchChoice.Candidate] {
    var weighed: [MicroBatchChoice.Candidate] = []
    var best = Double.infinity
    defer { forget() }
    for rows in candidates {
      forget()
      if best == .infinity, try !mayFit(rows: rows) {
        weighed.append(MicroBatchChoice.Candidate(rows: rows, seconds: nil))
        continue
      }
      if best < .infinity, try budgeted.leastSeconds(budgeted.sizes(rows), rates) >= best { break }
      do {
        let counted = counted(rows: rows)
        let planned = try counted.plan()
        let seconds = try counted.seconds(of: planned)
        weighed.append(MicroBatchChoice.Candidate(rows: rows, seconds: seconds))
        best = min(best, seconds)
        if !choosesByBudget { break }
        let prediction = planned.plans.prediction
        if isLong, prediction.totalSeconds <= prediction.keepAllSeconds * (1 + 1e-9) { break }
      } catch {
        guard isRefusal(error) else { throw error }
        weighed.append(MicroBatchChoice.Candidate(rows: rows, seconds: nil))
      }
    }
    return weighed
  }

  /// Kernels of other sizes are not to take memory beside those of the chosen one.
  private func forget() { budgeted.library.forgetUnboundKernels() }

  private var choosesByBudget: Bool {
    let hasBudget = budgeted.configuration.memoryBudget != nil || budgeted.configuration.activationBudget != nil
    return hasBudget && budgeted.configuration.checkpoint == .optimal
  }

  /// Whether the least that a size needs is within the budgets, as far as can be told without planning it.
  private func mayFit(rows: Int) throws -> Bool {
    if let activationBytes, try budgeted.leastArenaByteCount(budgeted.sizes(rows)) > activationBytes { return false }
    guard let account, let memoryBytes else { return true }
    return try budgeted.leastByteCount(budgeted.sizes(rows), account) - account.budgetMargin <= memoryBytes
  }

  /// What the largest size below another would be whose arena stays in the caches, where it is not that small already;
  /// nil where there is none that is worth a look.
  func largestInCache(below rows: Int, fewestRows: Int) throws -> Int? {
    guard case .measured(let source) = budgeted.costs else { return nil }
    let cache = source.cacheByteCount * source.threads.partCount
    let arena: Int
    do {
      arena = try counted(rows: rows).plan().plans.peakByteCount
    } catch {
      // It fitted before: a budget may be within what two measurements of the process differ by.
      guard isRefusal(error) else { throw error }
      return nil
    }
    guard arena > cache else { return nil }
    return candidates.first { $0 < rows && $0 >= fewestRows && arena / rows * $0 <= cache }
  }

  // MARK: Nothing fits

  /// The plans of the size that needs least; as a rule its refusal, told as that of all sizes.
  func planOfLeast() throws -> Planning.Planned {
    let isOptimal = budgeted.configuration.checkpoint == .optimal
    let least = try leastOfAllSizes(isOptimal ? leastNeed : ownNeed)
    do {
      var planned = try planAnew(rows: least.rows)
      planned.microBatchChoice = MicroBatchChoice(
        batchRows: batchRows, rows: least.rows, reason: .fastest,
        weighed: [MicroBatchChoice.Candidate(rows: least.rows, seconds: nil)])
      return planned
    } catch {
      guard isRefusal(error) else { throw error }
      throw isOptimal ? try refusal(error, rows: least.rows) : try refusal(error, ofStrategyNeeding: least)
    }
  }

  private func leastOfAllSizes(_ need: (_ rows: Int) throws -> Int) throws -> (rows: Int, bytes: Int) {
    var least = (rows: batchRows, bytes: Int.max)
    for rows in candidates {
      forget()
      let bytes = try need(rows)
      if bytes < least.bytes { least = (rows, bytes) }
    }
    return least
  }

  /// What a size takes at least under any schedule: of the process where that has a budget, else of the arena.
  private func leastNeed(rows: Int) throws -> Int {
    if let account, memoryBytes != nil { return try budgeted.leastByteCount(budgeted.sizes(rows), account) }
    return try budgeted.leastArenaByteCount(budgeted.sizes(rows))
  }

  /// The same under the run's own strategy, which has to be planned to be known.
  private func ownNeed(rows: Int) throws -> Int {
    let counted = counted(rows: rows).withoutBudgets()
    let planned = try counted.plan()
    guard memoryBytes != nil else { return planned.plans.peakByteCount }
    return try counted.neededByteCount(of: planned)
  }

  /// The refusal of a named strategy, with what it needs in the size in which it needs least.
  private func refusal(_ error: any Error, ofStrategyNeeding least: (rows: Int, bytes: Int)) throws -> any Error {
    let rows = least.rows == batchRows ? "" : " in micro-batches of \(least.rows)"
    let strategy = "\(budgeted.configuration.checkpoint)\(rows)"
    let ofAnySchedule = min(least.bytes, try leastOfAllSizes(leastNeed).bytes)
    switch error {
    case SchedulingError.infeasible(let budget, _), SchedulingError.strategyExceedsBudget(_, _, let budget, _):
      return SchedulingError.strategyExceedsBudget(
        strategy: strategy, neededBytes: least.bytes, budgetBytes: budget, minimumBytes: ofAnySchedule)
    case MemoryBudgetError.infeasible(let budget, _, _), MemoryBudgetError.strategyExceedsBudget(_, _, let budget, _):
      return MemoryBudgetError.strategyExceedsBudget(
        strategy: strategy, neededBytes: least.bytes, budgetBytes: budget, minimumBytes: ofAnySchedule)
    default: return error
    }
  }

  private func refusal(_ error: any Error, rows: Int) throws -> any Error {
    switch error {
    case SchedulingError.infeasible(let budget, let minimum):
      return MemoryBudgetError.infeasibleInMicroBatches(
        .activations, budgetBytes: budget, minimumBytes: minimum, rows: rows, remedies: [])
    case MemoryBudgetError.infeasible(let budget, let minimum, _):
      var remedies: [MemoryBudgetError.Remedy] = []
      if let account, let saved = try counted(rows: batchRows).savingOfFusedUpdates(account, minimum: minimum) {
        remedies.append(.fusedUpdates(savedBytes: saved))
      }
      return MemoryBudgetError.infeasibleInMicroBatches(
        .process, budgetBytes: budget, minimumBytes: minimum, rows: rows, remedies: remedies)
    default: return error
    }
  }
}

// MARK: What sizes need at least

extension RunPlanning {
  fileprivate func leastByteCount(_ sizes: BatchSizes, _ account: ProcessAccount) throws -> Int {
    try leastByteCount(sizes, fusesUpdates: fusesUpdates, account)
  }

  /// The least arena with other sizes of batches.
  fileprivate func leastArenaByteCount(_ sizes: BatchSizes) throws -> Int {
    let split = try batchSplit(of: sizes)
    return try TrainingPlans.needs(
      of: network, sizes: sizes, split: split, fusesUpdates: fusesUpdates, library: library
    ).reduce(Int.max) { min($0, $1.arenaByteCount) }
  }

  /// The arena in which everything is kept.
  fileprivate func keepAllArenaByteCount() throws -> Int {
    let sizes = sizes(nil)
    return try TrainingPlans(
      network: network, sizes: sizes, split: batchSplit(of: sizes), fusesUpdates: fusesUpdates, strategy: .none,
      effort: .brief, library: library
    ).keepAllByteCount
  }

  /// Seconds below which no plan of these sizes is: every node once for each micro-batch.
  fileprivate func leastSeconds(_ sizes: BatchSizes, _ rates: OperationRates) throws -> Double {
    let split = try batchSplit(of: sizes)
    guard case .operationCounts(let rates) = PlanCosts.operationCounts(rates).shared(among: split.partCount) else {
      return 0
    }
    return try sizes.microBatchRows.reduce(0.0) { sum, rows in
      let count = sizes.training.slices(of: sizes.microBatch).count { $0.count == rows }
      guard count > 0 else { return sum }
      let forward = try Graph(network, batchRows: split.parts(of: rows)[0].count, mode: .training)
      let graph = try DifferentiatedGraph(of: forward, addsGradients: sizes.splitsBatches).graph
      return sum + Double(count) * graph.nodes.reduce(0) { $0 + rates.seconds(of: $1, in: graph) }
    }
  }
}
