import ArenaMemory
import BufferPlacement
import Checkpointing
package import ComputationGraph
package import Configuration
import CostModel
import Execution
import ExecutionPlanning
package import Kernels
import Profiling
import SystemCalls

/// Plans a run once its data is in memory, within the budgets of arena and process.
///
/// What is fixed (program, data, parameters, optimizer state) is measured or known; the rest of a process's budget goes
/// to the arena and to the instructions of the plan. A plan is taken when the account of the process, made with the
/// plan in memory, stays within the budget; until then the arena is made smaller by what was too much.
package struct RunPlanning<Element: TrainingElement> {
  private(set) var configuration: TrainingConfiguration
  let network: NetworkDescription
  /// The sizes of a run whose micro-batches have so many rows; nil where batches are not split.
  let sizes: (_ microBatchSize: Int?) -> BatchSizes
  let scheduleFile: ScheduleFile?
  let samples: Samples<Element>
  let split: SampleSplit
  let options: TrainingOptions
  let totalIterations: Int
  /// 0 for a run without updates.
  package let optimizerStateCount: Int
  /// Whether parameters are to be updated inside the reverse pass.
  let fusesUpdates: Bool
  let team: ThreadTeam
  let library: any KernelLibrary
  private(set) var costs: PlanCosts
  /// What finding layouts may take.
  private var effort = PlacementEffort.standard
  /// Whether a refusal says what would help, which takes planning of its own.
  private(set) var namesRemedies = true
  /// Bytes of the general heap, and in memory, before planning.
  package let heapByteCount: Int
  package let residentByteCount: Int

  package init(
    configuration: TrainingConfiguration, network: NetworkDescription,
    sizes: @escaping (_ microBatchSize: Int?) -> BatchSizes, scheduleFile: ScheduleFile?, samples: Samples<Element>,
    split: SampleSplit, options: TrainingOptions, totalIterations: Int, optimizerStateCount: Int, fusesUpdates: Bool,
    team: ThreadTeam, library: any KernelLibrary, costs: PlanCosts, heapByteCount: Int, residentByteCount: Int
  ) {
    self.configuration = configuration
    self.network = network
    self.sizes = sizes
    self.scheduleFile = scheduleFile
    self.samples = samples
    self.split = split
    self.options = options
    self.totalIterations = totalIterations
    self.optimizerStateCount = optimizerStateCount
    self.fusesUpdates = fusesUpdates
    self.team = team
    self.library = library
    self.costs = costs
    self.heapByteCount = heapByteCount
    self.residentByteCount = residentByteCount
  }

  /// Plans with what they take of the general heap, and the budget of the process that they keep to.
  package struct Planned {
    package let plans: TrainingPlans
    let heapByteCount: Int
    package var memoryBudgetBytes: Int?
    /// The least memory budget, where it was found on the way.
    fileprivate(set) var minimumFeasibleByteCount: Int?
    /// What the configuration's activation budget leaves the arena, whatever the process's budget leaves it.
    fileprivate(set) var arenaLimitBytes: Int?
    /// Where the configuration leaves the size of micro-batches open.
    package var microBatchChoice: MicroBatchChoice?

    /// The least memory budget that the run is planned in.
    ///
    /// - Parameter account: of these plans.
    package func minimumFeasibleByteCount(_ account: ProcessAccount) -> Int {
      minimumFeasibleByteCount ?? account.minimumFeasibleByteCount(arenaBytes: arenaLimitBytes ?? Int.max)
    }
  }

  /// The plans that the configuration asks for.
  ///
  /// - Throws: `MemoryBudgetError` where the process cannot keep to its budget; as `TrainingPlans`.
  package func plan() throws -> Planned {
    if configuration.memoryBudget != nil { try GeneralHeap.returnFreedMemory() }
    guard case .automatic? = configuration.training.microBatchSize else { return try planOfGivenSizes() }
    return try MicroBatchSearch(planning: self).plan()
  }

  /// The same with micro-batches of so many rows.
  ///
  /// - Parameter rows: nil where batches are not split.
  func withMicroBatches(of rows: Int?, namesRemedies: Bool = false) -> RunPlanning {
    var other = self
    other.configuration.training.microBatchSize = rows.map { .rows($0) }
    other.namesRemedies = namesRemedies
    return other
  }

  /// The same for plans that are only weighed against each other, by operation counts.
  func weighing(_ rates: OperationRates) -> RunPlanning {
    var other = self
    other.costs = .operationCounts(rates)
    other.effort = .brief
    return other
  }

  /// The same without budgets.
  func withoutBudgets() -> RunPlanning {
    var other = self
    other.configuration.activationBudget = nil
    other.configuration.memoryBudget = nil
    return other
  }

  /// The same with budgets that are shares of what keeping everything takes in bytes.
  func withBudgets(activationBytes: Int?, memoryBytes: Int?) -> RunPlanning {
    var other = self
    if let activationBytes { other.configuration.activationBudget = .bytes(activationBytes) }
    if let memoryBytes { other.configuration.memoryBudget = .size(.bytes(memoryBytes)) }
    return other
  }

  private func planOfGivenSizes() throws -> Planned {
    let strategy = configuration.checkpoint
    guard let memoryBudget = configuration.memoryBudget else {
      var planned = try make(strategy, activationBudget: configuration.activationBudget)
      planned.arenaLimitBytes = planned.plans.activationBudgetBytes
      return planned
    }
    // Measuring takes memory, of which nothing is known yet.
    let limits = forbidMeasuring()
    let keepAll = try keepAllAccount()
    let arenaLimit = try arenaLimit(keepAll)
    let minimum = try minimumFeasibleByteCount(keepAll, arenaLimit: arenaLimit)
    let budget = try resolved(memoryBudget, keepAll.account, minimum: minimum)
    // Between what the process needs and the least feasible, a margin above it, plans decide.
    guard budget >= min(minimum, keepAll.account.minimumFeasibleByteCount()) - keepAll.account.spread else {
      throw try infeasible(budget: budget, keepAll.account, minimum: minimum)
    }
    allowMeasuring(limits, bytes: max(0, budget - minimum))
    var planned: Planned
    if case .optimal = strategy {
      planned = try fastest(withinBytes: budget, keepAll, arenaLimit: arenaLimit, minimum: minimum)
    } else {
      try releaseFreedMemory()
      planned = try make(strategy, activationBudget: configuration.activationBudget)
      guard try account(of: planned, samples).peakByteCount <= budget else {
        let needed = try neededByteCount(of: planned)
        throw MemoryBudgetError.strategyExceedsBudget(
          strategy: strategy.description, neededBytes: needed, budgetBytes: budget,
          minimumBytes: min(minimum, needed))
      }
    }
    planned.memoryBudgetBytes = budget
    // With a limit it may have been reckoned high, and the account of these plans tells it.
    planned.minimumFeasibleByteCount = arenaLimit == nil ? minimum : nil
    planned.arenaLimitBytes = arenaLimit
    return planned
  }

  /// What the process will need under these plans, told once everything is planned and nothing has been taken yet.
  ///
  /// - Parameter samples: as they are in memory now.
  package func account(of planned: Planned, _ samples: Samples<Element>) throws -> ProcessAccount {
    let plans = planned.plans
    try releaseFreedMemory()
    let memory = try ProcessMemory.current()
    var later = plans.kernelHeapByteCount + plans.all.reduce(0) { $0 + Executor.byteCount(of: $1) }
    later += library.laterByteCount(threadsWithOwnRows: plans.split.partCount)
    later += TimeRecorder.byteCount(of: plans.microBatches.map { $0.parts[0].plan }, iterations: totalIterations)
    if options.trace {
      later += plans.traceByteCount(
        iterations: totalIterations, team: team, observesHealth: options.observesHealth)
    }
    if options.observesHealth {
      later += plans.healthByteCount(Element.self) + options.healthByteCountOfStage * plans.stages.stages.count
    }
    later += options.reportByteCountOfStage * plans.stages.stages.count
    let iterationsPerEpoch = split.iterationsPerEpoch(batchSize: configuration.training.batchSize)
    later += EpochRecord.byteCount(
      epochs: (totalIterations - 1) / iterationsPerEpoch + 1, areWritten: options.writesEpochs)
    if options.verify { later += plans.all.reduce(0) { $0 + RecomputationVerifier.byteCount(of: $1) } }
    return ProcessAccount(
      residentByteCount: memory.residentBytes, residentByteCountBeforePlanning: residentByteCount,
      earlierPeakByteCount: memory.peakResidentBytes,
      earlierPeakOfOthersByteCount: plans.residentPeakBeforeChoice, planHeapByteCount: planned.heapByteCount,
      datasetByteCount: samples.heldByteCount + split.byteCount,
      laterOrderByteCount: BatchSequence.orderByteCount(
        rowCount: split.trainingRows.count, isShuffled: configuration.training.shuffle),
      laterPlanByteCount: later,
      session: SessionMemory(of: plans, samples: samples, optimizerStateCount: optimizerStateCount),
      initializationByteCount: try initializationByteCount(
        of: plans.training.graph.parameters, by: configuration.model.initialization),
      needs: plans.runNeeds)
  }

  /// A budget of the process that these plans keep to in every run.
  func neededByteCount(of planned: Planned) throws -> Int {
    let account = try account(of: planned, samples)
    return account.peakByteCount + account.budgetMargin
  }

  private func make(
    _ strategy: Strategy, activationBudget: ByteSize?, scope: SearchScope = .full
  ) throws -> Planned {
    let sizes = sizes(configuration.training.microBatchRows)
    let (split, graph) = try BatchSplit.decided(for: network, rows: sizes.microBatch, threads: team.threadCount)
    if case .measured(let source) = costs, source.threads.partCount != split.partCount {
      source.threads = try MeasuredThreads(library: library, team: team, partCount: split.partCount)
    }
    let plans = try TrainingPlans(
      network: network, sizes: sizes, split: split, fusesUpdates: fusesUpdates, strategy: strategy,
      scheduleFile: scheduleFile, activationBudget: activationBudget, scope: scope, effort: effort,
      // A budget of the process has to do with what planning itself takes, which is to be the same each time.
      plansConcurrently: configuration.memoryBudget == nil && team.threadCount > 1, costs: costs,
      graph: graph, library: library)
    return Planned(plans: plans, heapByteCount: try processAllocatedBytes() - heapByteCount)
  }

  func batchSplit(of sizes: BatchSizes) throws -> BatchSplit {
    try BatchSplit(for: network, rows: sizes.microBatch, threads: team.threadCount)
  }

  // MARK: Budgets of the process

  /// Until it is allowed, what costs are not known from earlier runs is reckoned.
  func forbidMeasuring() -> CostMeter.Limits? {
    guard case .measured(let source) = costs else { return nil }
    defer { source.limits.seconds = 0 }
    return source.limits
  }

  /// Allows measuring where a budget leaves room for it beside all that the least plan needs.
  private func allowMeasuring(_ limits: CostMeter.Limits?, bytes: Int) {
    guard case .measured(let source) = costs, var limits, bytes >= Self.leastMeasuringRoom else { return }
    limits.scratchBytes = min(limits.scratchBytes, bytes / 2)
    source.limits = limits
  }

  /// Beside scratch memory measuring leaves behind the code of kernels that training does not use: up to some MiB.
  private static var leastMeasuringRoom: Int { 32 << 20 }

  /// What keeping everything tells of all other plans; it is not in memory any longer.
  struct KeepAll {
    let account: ProcessAccount
    let arenaByteCount: Int
    let leastArenaByteCount: Int
    let searchByteCounts: SearchByteCounts
  }

  func keepAllAccount() throws -> KeepAll {
    let planned = try make(.none, activationBudget: nil)
    let plans = planned.plans
    return KeepAll(
      account: try account(of: planned, samples), arenaByteCount: plans.keepAllByteCount,
      leastArenaByteCount: plans.minimumFeasibleByteCount, searchByteCounts: SearchByteCounts(of: plans.chain))
  }

  /// The budget in bytes.
  ///
  /// - Parameter minimum: the least that is feasible.
  func resolved(_ budget: MemoryBudget, _ keepAll: ProcessAccount, minimum: Int) throws -> Int {
    switch budget {
    case .automatic:
      let memory = try ProcessMemory.current()
      return try MemoryLimits.current().budgetBytes(residentBytes: memory.residentBytes)
    case .size(let size):
      // Of a small network the margins of what is least may be more than all that it keeps.
      return size.resolved(
        keepAllBytes: max(keepAll.peakByteCount + keepAll.spread, minimum), minimumBytes: minimum)
    }
  }

  /// What `optimal` may use as its arena in bytes, nil where that is not limited.
  private func arenaLimit(_ keepAll: KeepAll) throws -> Int? {
    guard case .optimal = configuration.checkpoint else { return nil }
    let limit = configuration.activationBudget?.resolved(
      keepAllBytes: keepAll.arenaByteCount, minimumBytes: keepAll.leastArenaByteCount)
    if let limit, limit < keepAll.leastArenaByteCount {
      throw SchedulingError.infeasible(budgetBytes: limit, minimumBytes: keepAll.leastArenaByteCount)
    }
    return limit
  }

  /// The least memory budget with an arena of at most so many bytes.
  ///
  /// From what keeping everything takes, plans of many more executions are reckoned high: where the limit leaves no
  /// others one is made, unless a budget in bytes is beyond what is reckoned.
  private func minimumFeasibleByteCount(_ keepAll: KeepAll, arenaLimit: Int?) throws -> Int {
    let account = keepAll.account
    let reckoned = account.minimumFeasibleByteCount(arenaBytes: arenaLimit ?? Int.max)
    if case .size(.bytes(let budget))? = configuration.memoryBudget, budget >= reckoned { return reckoned }
    guard let arenaLimit, reckoned > account.minimumFeasibleByteCount(),
      let need = account.leastNeed(arenaBytes: arenaLimit)
    else { return reckoned }
    let smallest = try fastest(arenaBytes: need.arenaByteCount, .few).account
    return min(reckoned, smallest.peakByteCount + smallest.budgetMargin)
  }

  /// The fastest plans of which the process keeps to the budget.
  private func fastest(
    withinBytes budget: Int, _ keepAll: KeepAll, arenaLimit: Int?, minimum: Int
  ) throws -> Planned {
    // An arena beyond keep-all's is of use where evaluations can be spared, and of none beyond twice that.
    let most = max(keepAll.arenaByteCount * 2, keepAll.leastArenaByteCount)
    var arena = keepAll.account.largestArenaByteCount(withinBytes: budget).map { min($0, most) }
    if let arenaLimit { arena = arena.map { min($0, arenaLimit) } ?? arenaLimit }
    var leastNeeded = Int.max
    for _ in 0..<Self.attempts {
      let bytes = max(arena ?? 0, keepAll.leastArenaByteCount)
      let room =
        try budget - ProcessMemory.current().peakResidentBytes - keepAll.account.candidatesByteCount(arenaBytes: bytes)
      let (planned, account) = try fastest(arenaBytes: bytes, keepAll.searchByteCounts.scope(within: room))
      let needed = account.peakByteCount
      if needed <= budget { return planned }
      leastNeeded = min(leastNeeded, needed)
      guard bytes > keepAll.leastArenaByteCount else { break }
      arena = planned.plans.peakByteCount - (needed - budget) - keepAll.account.spread / 4
    }
    // The least feasible budget was reckoned with a few schedules, which a search for the fastest may pass by.
    if let need = keepAll.account.leastNeed(arenaBytes: arenaLimit ?? Int.max) {
      let (planned, account) = try fastest(arenaBytes: need.arenaByteCount, .few)
      if account.peakByteCount <= budget { return planned }
      leastNeeded = min(leastNeeded, account.peakByteCount)
    }
    throw try infeasible(
      budget: budget, keepAll.account,
      minimum: max(minimum, leastNeeded + keepAll.account.budgetMargin))
  }

  /// The fastest plans in an arena, and the account of the process with them.
  private func fastest(
    arenaBytes: Int, _ scope: SearchScope
  ) throws -> (planned: Planned, account: ProcessAccount) {
    // What the plans before have left behind would count to the peak beside these.
    try releaseFreedMemory()
    let planned = try make(.optimal, activationBudget: .bytes(arenaBytes), scope: scope)
    return (planned, try account(of: planned, samples))
  }

  private static var attempts: Int { 6 }
}
