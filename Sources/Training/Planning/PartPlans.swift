import BufferPlacement
import Checkpointing
import ComputationGraph
import Configuration
import Differentiation
import ExecutionPlanning
import Kernels
import SystemCalls

/// The plans of parts of so many rows, each made once however many slices and threads have parts of that size.
final class PartPlans {
  private let network: NetworkDescription
  private let addsGradients: Bool
  private let fusesUpdates: Bool
  private let strategy: Strategy
  /// With the strategy `file`.
  private let scheduleFile: ScheduleFile?
  private let library: any KernelLibrary
  private let scope: SearchScope
  /// What finding a layout may take.
  private let effort: PlacementEffort
  /// Whether two things are planned at once, which takes the memory of both.
  private let isConcurrent: Bool
  /// Whether the costs may change once it is known what is feasible.
  private let isPricedLater: Bool
  /// What planning knows of time, from `priced(by:)` on.
  private var costs: NodeCosts
  /// Until a planner of its rows is made from it.
  private var graph: Graph?
  private var planners: [Int: Planner] = [:]
  private var choicesOfRows: [Int: PlanChoices] = [:]
  private let fronts = PlannedFrontMemory()
  private var needsOfRows: [Int: [PlanNeed]] = [:]
  private var keepAllPlans: [Int: Plan] = [:]
  private var choices: [Request: PlanChoices.Choice] = [:]
  private var evaluationPlans: [Int: (plan: Plan, kernelHeapByteCount: Int)] = [:]

  private struct Request: Hashable {
    let rows: Int
    let budgetBytes: Int?
  }

  init(
    of network: NetworkDescription, addsGradients: Bool, fusesUpdates: Bool, strategy: Strategy,
    scheduleFile: ScheduleFile?, costs: NodeCosts = .operationCounts, library: any KernelLibrary,
    scope: SearchScope = .full, effort: PlacementEffort = .standard, graph: Graph? = nil, isConcurrent: Bool = false,
    isPricedLater: Bool = false
  ) {
    self.graph = graph
    self.isConcurrent = isConcurrent
    self.isPricedLater = isPricedLater
    self.costs = costs
    self.network = network
    self.addsGradients = addsGradients
    self.fusesUpdates = fusesUpdates
    self.strategy = strategy
    self.scheduleFile = scheduleFile
    self.library = library
    self.scope = scope
    self.effort = effort
  }

  func planner(rows: Int) throws -> Planner {
    if let known = planners[rows] { return known }
    let planner = try TrainingPlans.planner(
      differentiated(rows: rows), costs: costs, isConcurrent: isConcurrent, library: library)
    planners[rows] = planner
    return planner
  }

  private func differentiated(rows: Int) throws -> DifferentiatedGraph {
    var forward = graph
    graph = nil
    if forward?.batchRows != rows { forward = nil }
    return try DifferentiatedGraph(
      of: forward ?? Graph(network, batchRows: rows, mode: .training), addsGradients: addsGradients,
      fusesUpdates: fusesUpdates, roundsKept: network.roundsKept)
  }

  /// Replaces the costs: what is feasible stays, and what is chosen by them is chosen anew.
  func price(by costs: NodeCosts) throws {
    self.costs = costs
    for (rows, planner) in planners {
      let priced = try planner.priced(by: costs)
      planners[rows] = priced
      choicesOfRows[rows] = choicesOfRows[rows]?.priced(by: priced)
    }
    if strategy == .optimal { choices = [:] }
  }

  /// The graph that a plan of so many rows is made from.
  func graph(rows: Int) throws -> Graph {
    if let known = planners[rows] { return known.differentiated.graph }
    return try differentiated(rows: rows).graph
  }

  /// Makes what is needed whatever the budget.
  ///
  /// Where two things may be done at once: the first rows' choices, the plan that keeps everything, and where the costs
  /// are known the table in which the best for a budget is looked for. Otherwise the kernels of all rows, so that what
  /// planning takes comes on top of the same memory each time that a run is planned.
  ///
  /// - Parameter partRows: all that there are, those of a full micro-batch's first part first.
  func prepare(_ partRows: [Int]) throws {
    let rows = partRows[0]
    guard isConcurrent else {
      for rows in partRows { _ = try planner(rows: rows) }
      return
    }
    let planner = try planner(rows: rows)
    guard choicesOfRows[rows] == nil, planner.chain.count > PartPlans.fewStages else { return }
    let needsTable = strategy == .optimal && scope != .few && !isPricedLater
    let (choices, (keepAll, table)) = try concurrently {
      try makeChoices(planner)
    } and: { [effort] in
      (try planner.keepAllPlan(effort: effort), needsTable ? try BudgetTable(of: planner.chain) : nil)
    }
    choicesOfRows[rows] = choices.looking(in: table)
    keepAllPlans[rows] = keepAll
  }

  /// What there is to choose from under a budget.
  func choices(rows: Int) throws -> PlanChoices {
    if let known = choicesOfRows[rows] { return known }
    let choices = try makeChoices(planner(rows: rows))
    choicesOfRows[rows] = choices
    return choices
  }

  private func makeChoices(_ planner: Planner) throws -> PlanChoices {
    try PlanChoices(of: planner, effort: effort, scope: scope, fronts: fronts)
  }

  /// What plans need under a few schedules.
  func needs(rows: Int) throws -> [PlanNeed] {
    if let known = needsOfRows[rows] { return known }
    let needs = try choices(rows: rows).needs()
    needsOfRows[rows] = needs
    return needs
  }

  func keepAllPlan(rows: Int) throws -> Plan {
    if let known = keepAllPlans[rows] { return known }
    let plan = try planner(rows: rows).keepAllPlan(effort: effort)
    keepAllPlans[rows] = plan
    return plan
  }

  /// By the strategy.
  ///
  /// - Parameter budgetBytes: nil where there is no budget, `optimal` then keeping to keep-all's bytes; else found to
  ///   be feasible. Other strategies may need more.
  func choice(rows: Int, budgetBytes: Int?) throws -> PlanChoices.Choice {
    let request = Request(rows: rows, budgetBytes: budgetBytes)
    if let known = choices[request] { return known }
    let choice = try makeChoice(request)
    choices[request] = choice
    return choice
  }

  /// What parts of unequal rows choose together, by their rows; nil where each does as well by itself.
  ///
  /// - Parameters:
  ///   - parts: rows of each part, the longest first.
  ///   - budget: bytes of all together.
  ///   - keepAll: bytes of each part that keeps everything.
  ///   - alone: what the first would choose within its share.
  func choiceOfAll(
    _ parts: [Int], budget: Int, keepAll: [Int], alone: PlanChoices.Choice
  ) throws -> (choice: PlanChoices.Choice, plans: [Int: Plan])? {
    guard scope != .few, strategy == .optimal, Set(parts).count > 1 else { return nil }
    let rows = parts[0]
    let ownShare = Int(Double(budget) * (Double(keepAll[0]) / Double(max(1, keepAll.reduce(0, +)))))
    let leastOfOthers = try parts.reduce(0) { $0 + ($1 == rows ? 0 : try choices(rows: $1).leastFeasibleByteCount) }
    let mostOwnBytes = (budget - leastOfOthers) / parts.count { $0 == rows }
    var plans: [Int: Plan] = [:]
    let found = try choices(rows: rows).fastestOfParts(
      withinBytes: budget, ownShare: ownShare, mostOwnBytes: mostOwnBytes, fasterThan: alone
    ) { choice in
      plans = [rows: choice.plan]
      for other in Set(parts) where other != rows {
        plans[other] = try self.planner(rows: other).plan(for: choice.schedule, effort: .brief)
      }
      return parts.reduce(0) { $0 + (plans[$1]?.peakByteCount ?? 0) }
    }
    return found.map { ($0, plans) }
  }

  /// Bytes that all parts take under a schedule of which one takes `byteCount`.
  ///
  /// - Parameter parts: rows of each part; those of the first are the part's that is known.
  func byteCountOfAll(_ parts: [Int], _ schedule: Schedule, first byteCount: Int) throws -> Int {
    try parts.reduce(0) { sum, rows in
      guard rows != parts[0] else { return sum + byteCount }
      return sum + (try planner(rows: rows).plan(for: schedule, effort: .brief).peakByteCount)
    }
  }

  /// What a part has while another takes longer: the smallest plan that is no slower, which spares bytes and costs no
  /// time. Nil where there is none in so many bytes, and where all parts take equally long.
  ///
  /// - Parameter longest: rows and choice of the other part.
  func smallest(
    rows: Int, withinBytes bytes: Int, noSlowerThan longest: (rows: Int, choice: PlanChoices.Choice)
  ) throws -> Plan? {
    guard strategy == .optimal, scope != .few, rows != longest.rows else { return nil }
    let seconds = try planner(rows: longest.rows).seconds(of: longest.choice.plan)
    let planner = try planner(rows: rows)
    let alike = try planner.plan(for: longest.choice.schedule, effort: .brief)
    let found = try choices(rows: rows).smallest(noSlowerThan: seconds, withinBytes: bytes)?.plan
    guard alike.peakByteCount <= bytes, planner.seconds(of: alike) <= seconds else { return found }
    return found.map { $0.peakByteCount <= alike.peakByteCount ? $0 : alike } ?? alike
  }

  private func makeChoice(_ request: Request) throws -> PlanChoices.Choice {
    let planner = try planner(rows: request.rows)
    if case .optimal = strategy {
      let bytes = try request.budgetBytes ?? keepAllPlan(rows: request.rows).peakByteCount
      let choices = try choices(rows: request.rows)
      guard let fastest = try choices.fastest(withinBytes: bytes) else {
        throw PlanningError("no plan fits \(bytes) bytes, which were found to be enough")
      }
      return fastest
    }
    let schedule =
      if case .file = strategy, let scheduleFile {
        try scheduleFile.schedule(on: planner.chain)
      } else {
        try makeSchedule(strategy, for: planner.chain)
      }
    var plan =
      try strategy == .none ? keepAllPlan(rows: request.rows) : planner.plan(for: schedule, effort: effort)
    // What a search ends with depends on the height that it is to reach: an optimum was looked for within the budget.
    if let budget = request.budgetBytes, plan.peakByteCount > budget, plan.lowerBoundByteCount <= budget {
      let within = try planner.plan(for: schedule, effort: effort.until(height: budget))
      if within.peakByteCount <= budget { plan = within }
    }
    return PlanChoices.Choice(schedule: schedule, plan: plan)
  }

  /// Plans of so many are made in less time than it takes to start a thread, or hardly more.
  private static let fewStages = 64

  func evaluationPlan(rows: Int) throws -> Plan { try evaluation(rows: rows).plan }

  /// Bytes that the kernels of an evaluation take from the general heap.
  func evaluationHeapByteCount(rows: Int) throws -> Int { try evaluation(rows: rows).kernelHeapByteCount }

  private func evaluation(rows: Int) throws -> (plan: Plan, kernelHeapByteCount: Int) {
    if let known = evaluationPlans[rows] { return known }
    let graph = try Graph(network, batchRows: rows, mode: .evaluation)
    let planner = try TrainingPlans.planner(DifferentiatedGraph(withoutReversePass: graph), library: library)
    let evaluation = (plan: try planner.evaluationPlan(), kernelHeapByteCount: planner.kernelHeapByteCount)
    evaluationPlans[rows] = evaluation
    return evaluation
  }
}

extension Planner {
  fileprivate func keepAllPlan(effort: PlacementEffort) throws -> Plan {
    try plan(for: makeSchedule(.none, for: chain), effort: effort)
  }
}
