package import BufferPlacement
package import Checkpointing
package import ComputationGraph
package import Configuration
import Differentiation
package import ExecutionPlanning
package import Kernels
import SystemCalls

/// Every plan of a run. All share one arena, which has the height of the highest slice.
package struct TrainingPlans: Sendable {
  package let network: NetworkDescription
  package let sizes: BatchSizes
  package let split: BatchSplit
  /// Whether each parameter is updated inside the reverse pass, as soon as its gradient is complete.
  package let fusesUpdates: Bool
  /// The schedule of a full micro-batch (of its first part, where threads have rows of their own).
  package let schedule: Schedule
  package let stages: StageChain
  /// What the scheduler saw, and the same of the full micro-batch's other parts.
  package let chains: [Chain]
  /// One for each number of rows that trains at once, the full micro-batch first.
  package let microBatches: [SlicePlan]
  /// One for each number of rows that is evaluated at once.
  package let validation: [SlicePlan]
  /// Arena bytes that the same run needs when every activation is kept.
  package let keepAllByteCount: Int
  /// The least arena bytes that the same run can be planned in, whatever the strategy and the costs.
  package let minimumFeasibleByteCount: Int
  /// What the same run needs of the process's memory under a few schedules, whatever the strategy and the costs: the
  /// arena, and executions of all plans.
  package let needs: [PlanNeed]
  /// The schedule of a full batch in the least bytes.
  package let smallestSchedule: Schedule
  /// What is certain of the schedule's time before anything runs.
  package let certificate: TimeCertificate
  /// What an iteration on a full batch is predicted to take, its update aside.
  package let prediction: RunPrediction
  /// Arena bytes that the plans must keep to, nil where there is no budget.
  package let activationBudgetBytes: Int?
  /// The most that the process had in memory before plans within the budget were chosen.
  package let residentPeakBeforeChoice: Int
  /// Bytes that kernels take from the general heap while they run, those of all threads that have rows of their own.
  package let kernelHeapByteCount: Int

  /// Bytes of the arena: planned peak of the run.
  package var peakByteCount: Int { slices.reduce(0) { max($0, $1.peakByteCount) } }
  package var lowerBoundByteCount: Int { slices.reduce(0) { max($0, $1.lowerBoundByteCount) } }
  /// Arena and executions of these plans.
  package var need: PlanNeed {
    PlanNeed(
      arenaByteCount: peakByteCount,
      executions: microBatches.flatMap(\.parts).reduce(0) {
        $0 + $1.plan.executions.carriedOut
      })
  }
  package var largestWorkspaceByteCount: Int { slices.reduce(0) { max($0, $1.largestWorkspaceByteCount) } }

  /// The plan of a full micro-batch, or of its first part.
  package var training: Plan { microBatches[0].parts[0].plan }
  package var chain: Chain { chains[0] }

  /// Floating-point operations of an iteration on a full batch, recomputation included.
  package var flopsPerIteration: Double {
    sizes.training.slices(of: sizes.microBatch).reduce(0) { sum, rows in
      sum + (microBatches.first { $0.rows == rows.count }?.flops ?? 0)
    }
  }

  /// The plans of all parts.
  package var all: [Plan] { slices.flatMap { $0.parts.map(\.plan) } }

  /// Everything that is carried through the network at once.
  package var slices: [SlicePlan] { microBatches + validation }

  /// For each thread with rows of its own (or for all together) the most rows that it has at once.
  package var stagedRows: [Int] { sizes.stagedRows(split) }

  /// Threads that have rows of their own, and so copies of the gradients, but the first.
  package var gradientCopyCount: Int { sizes.gradientCopyCount(split) }

  /// Plans a run.
  ///
  /// - Parameters:
  ///   - scheduleFile: the schedule where the strategy is `file`; its actions are those of every batch size.
  ///   - split: whether threads divide the rows of what goes through the network at once.
  ///   - fusesUpdates: whether each parameter is to be updated as soon as its gradient is complete. Where threads have
  ///     rows of their own that is when all of them are done, and nothing is fused.
  ///   - activationBudget: what the arena may take. Without one, `optimal` takes no more than keep-all.
  ///   - scope: how closely `optimal` looks for the fastest schedule.
  ///   - effort: what finding layouts may take; less where plans are only weighed against each other.
  ///   - plansConcurrently: whether two things are planned at once, which takes the memory of both.
  ///   - costs: what planning takes a stage to cost. Nothing but times and what `optimal` chooses by them depends on
  ///     it.
  ///   - graph: the training graph of some rows, where it was made for other reasons.
  ///   - library: the kernels of the whole team.
  /// - Throws: `GraphError`, `KernelError`, `PlanningError`, `PlanViolation`, `ScheduleFileError`, or the scheduler's
  ///   error for a budget or a strategy that does not fit.
  package init(
    network: NetworkDescription, sizes: BatchSizes, split: BatchSplit = .none, fusesUpdates: Bool = false,
    strategy: Strategy,
    scheduleFile: ScheduleFile? = nil, activationBudget: ByteSize? = nil, scope: SearchScope = .full,
    effort: PlacementEffort = .standard, plansConcurrently: Bool = false,
    costs: PlanCosts = .operationCounts(.generated), graph: Graph? = nil, library: any KernelLibrary
  ) throws {
    precondition(!(fusesUpdates && sizes.splitsBatches), "gradients of micro-batches are added up before an update")
    self.fusesUpdates = fusesUpdates && split.partCount == 1
    let costs = costs.shared(among: split.partCount)
    let parts = PartPlans(
      of: network, addsGradients: sizes.splitsBatches, fusesUpdates: self.fusesUpdates, strategy: strategy,
      scheduleFile: scheduleFile, costs: costs.beforeMeasuring,
      library: split.partCount > 1 ? try library.library(ofThread: 0) : library, scope: scope, effort: effort,
      graph: graph, isConcurrent: plansConcurrently, isPricedLater: costs.isMeasured)
    validation = try [sizes.validation, sizes.lastValidation].filter { $0 > 0 }.map { rows in
      try SlicePlan(rows: rows, split: split) { rows, _ in try parts.evaluationPlan(rows: rows) }
    }
    let evaluationPeak = validation.reduce(0) { max($0, $1.peakByteCount) }
    let partRows = split.parts(of: sizes.microBatchRows[0]).map(\.count)
    try parts.prepare(sizes.microBatchRows.flatMap { split.parts(of: $0).map(\.count) })
    let bounds = try ArenaBounds(
      of: sizes, split: split, strategy: strategy, parts: parts, evaluationPeakByteCount: evaluationPeak)
    residentPeakBeforeChoice = try ProcessMemory.current().peakResidentBytes
    keepAllByteCount = bounds.keepAllByteCount
    minimumFeasibleByteCount = bounds.minimumFeasibleByteCount
    let budget = try activationBudget.map { try bounds.byteCount(of: $0) }
    activationBudgetBytes = budget
    let pricing = try PlanPricing(
      parts: parts, rows: partRows[0], costs: costs, minimumArenaByteCount: minimumFeasibleByteCount)

    func share(_ slice: Int, part: Int) -> Int? {
      budget.map { bounds.share(of: $0, slice: slice, part: part) }
    }
    func choice(_ slice: Int, part: Int, rows: Int) throws -> PlanChoices.Choice {
      try parts.choice(rows: rows, budgetBytes: share(slice, part: part))
    }
    func planned(_ slice: Int, rows: Int) throws -> (plan: SlicePlan, first: PlanChoices.Choice) {
      let partRows = split.parts(of: rows).map(\.count)
      let alone = try choice(slice, part: 0, rows: partRows[0])
      if let budget,
        let all = try parts.choiceOfAll(
          partRows, budget: budget, keepAll: bounds.keepAll[slice], alone: alone),
        partRows.allSatisfy({ all.plans[$0] != nil })
      {
        let plan = try SlicePlan(rows: rows, split: split) { rows, _ in
          let own = all.plans[rows] ?? all.choice.plan
          let longest = (partRows[0], all.choice)
          return try parts.smallest(rows: rows, withinBytes: own.peakByteCount, noSlowerThan: longest) ?? own
        }
        return (plan, all.choice)
      }
      let plan = try SlicePlan(rows: rows, split: split) { rows, part in
        let bytes = share(slice, part: part)
        let smallest = try bytes.flatMap {
          try parts.smallest(rows: rows, withinBytes: $0, noSlowerThan: (partRows[0], alone))
        }
        return try smallest ?? choice(slice, part: part, rows: rows).plan
      }
      return (plan, alone)
    }
    let slices = try sizes.microBatchRows.enumerated().map { try planned($0, rows: $1) }
    microBatches = slices.map(\.plan)
    let first = slices[0].first
    schedule = first.schedule
    smallestSchedule = try parts.choices(rows: partRows[0]).smallestSchedule
    let planners = try partRows.map { try parts.planner(rows: $0) }
    stages = planners[0].stages
    chains = planners.map(\.chain)
    kernelHeapByteCount = max(
      try sizes.microBatchRows.reduce(0) { most, rows in
        max(most, try split.parts(of: rows).reduce(0) { $0 + (try parts.planner(rows: $1.count)).kernelHeapByteCount })
      },
      try [sizes.validation, sizes.lastValidation].filter { $0 > 0 }.reduce(0) { most, rows in
        max(most, try split.parts(of: rows).reduce(0) { $0 + (try parts.evaluationHeapByteCount(rows: $1.count)) })
      })
    let bytes = max(share(0, part: 0) ?? 0, first.plan.peakByteCount)
    let distinctPlans = slices.map(\.plan).flatMap(\.distinctPlans) + validation.flatMap(\.distinctPlans)
    let highest = slices.reduce(evaluationPeak) { max($0, $1.plan.peakByteCount) }
    let (weighed, _) = try concurrently(when: plansConcurrently) {
      (
        needs: try parts.needs(of: sizes, split: split, evaluationPeakByteCount: evaluationPeak),
        certificate: TimeCertificate(
          seconds: planners[0].seconds(of: first.plan),
          keepAllSeconds: planners[0].seconds(of: try parts.keepAllPlan(rows: partRows[0])),
          bound: planners[0].chain.leastSeconds(withinBytes: bytes),
          leastOfAll: planners[0].chain.leastSeconds(withinBytes: Chain.maximumByteCount),
          neighbours: try first.neighbours.withBytes(beyond: highest) {
            max(try parts.byteCountOfAll(partRows, $0.schedule, first: $0.byteCount), evaluationPeak)
          })
      )
    } and: {
      for plan in distinctPlans { try plan.verify() }
    }
    (needs, certificate) = (weighed.needs, weighed.certificate)
    prediction = try RunPrediction(of: microBatches, sizes: sizes, pricing: pricing)
    self.network = network
    self.sizes = sizes
    self.split = split
    if let budget, peakByteCount > budget {
      throw SchedulingError.strategyExceedsBudget(
        strategy: strategy.description, neededBytes: peakByteCount, budgetBytes: budget,
        minimumBytes: min(minimumFeasibleByteCount, peakByteCount))
    }
  }

  /// A planner of the differentiated training graph for `rows` at once.
  ///
  /// - Parameter addsGradients: whether gradients are added to those of earlier micro-batches.
  package static func planner(
    of network: NetworkDescription, rows: Int, addsGradients: Bool = false, fusesUpdates: Bool = false,
    costs: NodeCosts = .operationCounts, library: any KernelLibrary
  ) throws -> Planner {
    let graph = try Graph(network, batchRows: rows, mode: .training)
    return try planner(
      DifferentiatedGraph(
        of: graph, addsGradients: addsGradients, fusesUpdates: fusesUpdates, roundsKept: network.roundsKept),
      costs: costs, library: library)
  }

  static func planner(
    _ graph: DifferentiatedGraph, costs: NodeCosts = .operationCounts, isConcurrent: Bool = false,
    library: any KernelLibrary
  ) throws -> Planner {
    var takesTurns = false
    var heapByteCount = 0
    var planner = try Planner(graph, costs: costs, isConcurrent: isConcurrent, sharesWorkspace: takesTurns) {
      node, adds throws(KernelError) in
      let signature = KernelSignature(of: node, in: graph.graph, addsToOutputs: adds)
      heapByteCount = max(heapByteCount, try library.heapByteCount(for: signature))
      // Asked of the products alone: without them there is nothing to gain by tiles.
      if node.operation.isProduct, !takesTurns {
        takesTurns = try library.tileCount(for: KernelSignature(of: node, in: graph.graph)) > 1
      }
      return try library.scratchpadByteCount(for: signature)
    }
    planner.kernelHeapByteCount = heapByteCount
    return planner
  }
}
