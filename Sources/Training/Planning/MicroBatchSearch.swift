import Checkpointing
import ComputationGraph
import Configuration
import CostModel
import ExecutionPlanning
import Kernels

/// Chooses the size of micro-batches and their schedule together: the least predicted seconds of an iteration within
/// the budgets, by planning and not by running.
///
/// ```
/// rows     8192    4096    2731    2048    1366    1024
///          does not fit    recomputes      keeps everything
/// ```
///
/// The search goes from the whole batch downwards. Operation counts bound what a size can gain and choose; where costs
/// are measured, the size that they choose, the next larger one and one that stays in the cache are measured, and what
/// is not faster by a margin is not split further. Equal costs give equal choices; by operation counts it is a function
/// of the configuration alone.
struct MicroBatchSearch<Element: TrainingElement> {
  typealias Planning = RunPlanning<Element>

  private let planning: Planning
  private let batchRows: Int
  /// Why batches are not to be split at all, and the products of the network.
  private let reasonAgainst: MicroBatchChoice.Reason?
  private let productCount: Int

  /// By how much a smaller size has to be faster in measured costs, which repeat no better.
  private static var margin: Double { 0.03 }
  /// Rows below which products are far from their rate, and micro-batches only made where a budget asks for it.
  private static var fewestRowsInCache: Int { 32 }

  init(planning: Planning) throws {
    self.planning = planning
    batchRows = planning.sizes(nil).training
    let graph = try Graph(planning.network, batchRows: max(2, batchRows), mode: .training)
    reasonAgainst = planning.fusesUpdates ? .fusedUpdates : graph.needsWholeBatch ? .batchNorm : nil
    productCount = graph.nodes.count { $0.operation.isProduct }
  }

  func plan() throws -> Planning.Planned {
    if let reasonAgainst {
      var planned = try planning.withMicroBatches(of: nil, namesRemedies: true).plan()
      planned.microBatchChoice = MicroBatchChoice(batchRows: batchRows, rows: batchRows, reason: reasonAgainst)
      return planned
    }
    let search = try BudgetedSizes(planning, batchRows: batchRows, candidates: candidates(), isLong: productCount > 512)
    var weighed = try search.weighed()
    let fitting = weighed.compactMap { candidate in candidate.seconds.map { (rows: candidate.rows, seconds: $0) } }
    guard let best = fitting.min(by: { $0.seconds < $1.seconds }) else { return try search.planOfLeast() }
    var rows = best.rows
    var planned: Planning.Planned?
    if case .measured(let source) = planning.costs {
      let finalists = try finalists(best: best.rows, fitting: fitting.map(\.rows), search)
      weighed = weighed.filter { $0.seconds == nil }
      (rows, planned) = try measure(finalists, source, search, &weighed)
    }
    var chosen: Planning.Planned
    do {
      chosen = try planned ?? search.planAnew(rows: rows)
    } catch {
      // What the process needs is measured, and a budget may be within what two measurements differ by.
      guard isRefusal(error) else { throw error }
      return try search.planOfLeast()
    }
    chosen.microBatchChoice = MicroBatchChoice(batchRows: batchRows, rows: rows, reason: .fastest, weighed: weighed)
    return chosen
  }

  /// The batch and near-equal parts of it, largest first: for chains of some thousand layers, of which each plan takes
  /// seconds, fewer.
  private func candidates() -> [Int] {
    let (factor, hasThirds) = productCount <= 512 ? (2, true) : productCount <= 8192 ? (2, false) : (8, false)
    var rows: [Int] = []
    var count = 1
    while count < batchRows {
      rows.append((batchRows + count - 1) / count)
      let third = (2 * batchRows + 3 * count - 1) / (3 * count)
      if hasThirds, count > 1, third >= 32 { rows.append(third) }
      count *= factor
    }
    rows.append(1)
    return Array(Set(rows)).sorted(by: >)
  }

  // MARK: Measured costs

  /// The sizes that are measured, the most promising last.
  private func finalists(best: Int, fitting: [Int], _ search: BudgetedSizes<Element>) throws -> [Int] {
    var finalists = Array(fitting.filter { $0 > best }.suffix(1)) + [best]
    if let cached = try search.largestInCache(below: best, fewestRows: Self.fewestRowsInCache) {
      finalists.insert(cached, at: 0)
    }
    return finalists
  }

  /// Plans each size by measured costs, with equal shares of the time for measuring.
  ///
  /// - Returns: the fastest, with its plans where they are at hand.
  private func measure(
    _ finalists: [Int], _ source: CostSource, _ search: BudgetedSizes<Element>,
    _ weighed: inout [MicroBatchChoice.Candidate]
  ) throws -> (rows: Int, planned: Planning.Planned?) {
    let limits = source.limits
    var seconds: [Int: Double] = [:]
    var last: Planning.Planned?
    for (index, rows) in finalists.enumerated() {
      last = nil
      planning.library.forgetUnboundKernels()
      source.limits = limits
      source.limits.seconds *= Double(index + 1) / Double(finalists.count)
      do {
        let planned = try search.planning(rows: rows).plan()
        seconds[rows] = try planning.seconds(of: planned)
        last = planned
      } catch {
        guard isRefusal(error) else { throw error }
        // Its margins differ from those of the costs that it was weighed by.
        continue
      }
    }
    weighed += finalists.sorted(by: >).map { MicroBatchChoice.Candidate(rows: $0, seconds: seconds[$0]) }
    let descending = seconds.sorted { $0.key > $1.key }
    guard var best = descending.first else { return (finalists[finalists.count - 1], nil) }
    for candidate in descending.dropFirst() where candidate.value < best.value * (1 - Self.margin) { best = candidate }
    return (best.key, best.key == finalists.last ? last : nil)
  }
}

extension RunPlanning {
  /// What a choice of sizes weighs: predicted seconds of both passes over a batch and of the sums of its gradients.
  func seconds(of planned: Planned) throws -> Double {
    let work = UpdateWork(
      optimizer: configuration.optimizer, clip: configuration.training.gradientClip, plans: planned.plans)
    return try planned.plans.prediction.totalSeconds + work.prediction(costs, team: team).gradientSeconds
  }
}

/// Whether an error says that a budget is too small for what was asked.
func isRefusal(_ error: any Error) -> Bool {
  switch error {
  case is MemoryBudgetError: return true
  case let error as SchedulingError:
    switch error {
    case .infeasible, .strategyExceedsBudget: return true
    case .tooManyExecutions, .chosenByPlan, .readFromFile: return false
    }
  default: return false
  }
}
