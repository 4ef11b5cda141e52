import ArenaMemory
package import ComputationGraph
package import ExecutionPlanning
import Kernels
package import SystemCalls

/// Prices plans by what their works take on this machine: known from the cache, else measured, else reckoned from the
/// measured ones.
///
/// ```swift
/// let source = CostSource(threads: threads, optimizerStateCount: 2, cache: cache)
/// let keepAll = try source.price(plan) { rows in graph for rows }
/// let planner = planner.priced(by: keepAll.table.nodeCosts)
/// ```
///
/// A work that was measured has one price for as long as the source lives and, through the cache, in later runs, so
/// that equal configurations are planned alike once all is known. Made and used on the compute thread.
package final class CostSource {
  /// What measuring may take.
  package var limits: CostMeter.Limits
  /// What hindered reading or keeping costs, as sentences.
  package private(set) var problems: [String] = []
  /// Whether other programs took the processors while costs were measured; such costs are not kept.
  package private(set) var wasDisturbed = false
  /// Nanoseconds spent on measuring.
  package private(set) var spentNanoseconds: UInt64 = 0

  /// How many works were looked up, measured, and reckoned from others since time or memory did not suffice.
  package var counts: Counts {
    func count(_ origin: Origin) -> Int { origins.values.count { $0 == origin } }
    return Counts(known: count(.known), measured: count(.measured), reckoned: count(.reckoned))
  }

  private enum Origin {
    case known, measured, reckoned
  }

  package struct Counts: Hashable, Sendable {
    package var known = 0
    package var measured = 0
    package var reckoned = 0

    package init(known: Int = 0, measured: Int = 0, reckoned: Int = 0) {
      self.known = known
      self.measured = measured
      self.reckoned = reckoned
    }
  }

  /// Who computes; others where another number of rows is divided otherwise.
  package var threads: MeasuredThreads
  /// Values that the update keeps beside each parameter.
  package let optimizerStateCount: Int
  /// What the caches can be trusted to hold for each part.
  package var cacheByteCount: Int { trustedCacheByteCount / threads.partCount }
  private let trustedCacheByteCount: Int
  private let cache: CostCache?
  private var known: [String: Double] = [:]
  /// Those that the cache had at first.
  private var cached: [String: Double] = [:]
  private var added: [String: Double] = [:]
  private var reckoned: [String: Double] = [:]
  private var origins: [String: Origin] = [:]
  private let processorWait: () -> UInt64?

  /// - Parameters:
  ///   - optimizerStateCount: values that the update keeps beside each parameter.
  ///   - cache: nil where costs are to be neither looked up nor kept.
  ///   - processorWait: nanoseconds that threads of this process have waited for a processor.
  package init(
    threads: MeasuredThreads, optimizerStateCount: Int, cache: CostCache?,
    limits: CostMeter.Limits = CostMeter.Limits(), processorWait: @escaping () -> UInt64? = processorWaitNanoseconds
  ) {
    self.threads = threads
    self.processorWait = processorWait
    self.optimizerStateCount = optimizerStateCount
    self.cache = cache
    self.limits = limits
    trustedCacheByteCount = CostSource.trustedCacheByteCount()
    switch cache?.read() {
    case .costs(let costs): (known, cached) = (costs, costs)
    case .worthless(let sentence), .unreadable(let sentence): problems.append(sentence)
    case .absent, .otherProgram, nil: break
    }
  }

  /// Half of the last level's cache, which other programs and the other operands use too; 16 MiB where its size is not
  /// known.
  private static func trustedCacheByteCount() -> Int {
    max(1 << 20, (ProcessorCache.lastLevelByteCount() ?? 32 << 20) / 2)
  }

  /// A plan with the price of each of its works.
  package struct PricedPlan {
    /// Every work with seconds.
    package let works: PlanWorks
    package let table: CostTable

    package func prediction(of plan: Plan, stageCount: Int) -> PlanPrediction {
      PlanPrediction(of: plan, works: works, table: table, stageCount: stageCount)
    }
  }

  /// Prices a plan.
  ///
  /// - Parameters:
  ///   - base: the table of an earlier plan, from which works are reckoned that the time no longer suffices for.
  ///   - share: how much of the time that is left may be spent, from 0 to 1.
  ///   - graphForRows: the graph of the plan for another number of rows.
  package func price(
    _ plan: Plan, base: CostTable? = nil, share: Double = 1, graphForRows: (Int) throws -> Graph
  ) throws -> PricedPlan {
    let residence = residence(of: plan)
    var works = PlanWorks(of: plan, residence: residence)
    let keys = works.works.map(text)
    for index in keys.indices { works.works[index].seconds = known[keys[index]] }
    // Updates inside the reverse pass are predicted with all others.
    let isUpdate = works.works.map { $0.operation == .parameterUpdate }
    let isWanted = works.works.indices.map { works.works[$0].seconds == nil && !isUpdate[$0] }
    let secondsPerInstruction = try dispatchSeconds()
    if limits.seconds > 0, isWanted.contains(true) {
      let measured = try withMemory { try measure(works, of: plan, residence, isWanted, share, graphForRows) }
      for (index, seconds) in measured ?? [:] {
        works.works[index].seconds = seconds
      }
    }
    for (index, key) in keys.enumerated() where !isUpdate[index] && (origins[key] ?? .reckoned) == .reckoned {
      if isWanted[index] {
        origins[key] = works.works[index].seconds == nil ? .reckoned : .measured
      } else if origins[key] == nil {
        origins[key] = .known
      }
    }
    let table = CostTable(works.works, secondsPerInstruction: secondsPerInstruction)
    for index in works.works.indices {
      let seconds = works.works[index].seconds ?? (base ?? table).seconds(of: works.works[index])
      // What was only reckoned is measured by a later pass of this run where time is left.
      if works.works[index].seconds != nil {
        keep(seconds, for: keys[index])
      } else if !isUpdate[index] {
        reckoned[keys[index]] = seconds
      }
      works.works[index].seconds = seconds
    }
    return PricedPlan(works: works, table: CostTable(works.works, secondsPerInstruction: secondsPerInstruction))
  }

  /// Seconds of something that is no work of a plan.
  ///
  /// - Parameters:
  ///   - key: what it is, in a line of plain text.
  ///   - measure: measures it in at most so many nanoseconds.
  /// - Returns: nil where it is not known and neither time nor memory is left for measuring.
  package func seconds(for key: String, measure: (_ nanoseconds: UInt64) throws -> Double) throws -> Double? {
    if let seconds = known[key] { return seconds }
    let limit = UInt64(limits.seconds * 1e9)
    guard limit > spentNanoseconds else { return nil }
    let seconds = try withMemory { try watched { try measure(limit - spentNanoseconds) } }
    if let seconds { keep(seconds, for: key) }
    return seconds
  }

  /// What a measurement gives; nil where the system refuses its memory, and nothing is measured from then on: what
  /// cannot be measured is reckoned.
  private func withMemory<Result>(_ measure: () throws -> Result) rethrows -> Result? {
    do {
      return try measure()
    } catch let error as ArenaMemoryError {
      limits.seconds = 0
      problems.append("costs are reckoned and not measured, for which memory is lacking: \(error.description)")
      return nil
    }
  }

  /// Puts what was measured into the cache, unless the machine was too busy for it to be worth keeping.
  package func store() {
    // Reckoned costs are kept with measured ones, so that equal configurations are planned alike.
    if limits.seconds > 0 {
      for (key, seconds) in reckoned where known[key] == nil { keep(seconds, for: key) }
    }
    guard let cache, !added.isEmpty else { return }
    defer { added = [:] }
    if wasDisturbed { return }
    do throws(SystemCallError) {
      try cache.add(added)
    } catch {
      problems.append("the measured costs cannot be kept for later runs: \(error.description)")
    }
  }

  /// Corrects the costs that the cache keeps for later runs by what a plan's instructions took.
  ///
  /// - Parameters:
  ///   - secondsOfInstruction: means over many runs, by instruction of the plan.
  ///   - weight: of what was seen against what it was taken for, from 0 to 1.
  /// - Returns: whether the cache keeps the corrected costs.
  /// - Throws: `SystemCallError` of writing them.
  package func correct(
    _ plan: Plan, secondsOfInstruction: [Double], weight: Double
  ) throws(SystemCallError) -> Bool {
    guard let cache else { return false }
    let residence = residence(of: plan)
    let works = PlanWorks(of: plan, residence: residence)
    var seen = Array(repeating: 0.0, count: works.works.count)
    for (work, seconds) in zip(works.workOfInstruction, secondsOfInstruction) { seen[work] += seconds }
    let ofLoop = known[Self.instructionKey] ?? 0
    // What was measured while others had the processors holds for this run alone.
    let before = wasDisturbed ? cached : known
    var corrected: [String: Double] = [:]
    for (work, sum) in zip(works.works, seen) where work.operation != .parameterUpdate {
      let key = text(of: work)
      let seconds = max(sum / Double(work.count) - ofLoop, Self.leastSeconds)
      corrected[key] = min(
        before[key].map { weight * seconds + (1 - weight) * $0 } ?? seconds, CostCacheText.largestSeconds)
    }
    return try cache.add(corrected, replacing: true)
  }

  private func residence(of plan: Plan) -> OperandResidence {
    OperandResidence(
      of: plan, cacheByteCount: cacheByteCount, optimizerStateCount: optimizerStateCount, partCount: threads.partCount)
  }

  private static let instructionKey = "instruction"
  private static let leastSeconds = 1e-9

  /// Under which a work's cost is kept: kernels of one thread are others than those of all.
  private func text(of work: PricedWork) -> String {
    work.key.text + (threads.partCount > 1 ? " one of \(threads.partCount)" : "")
  }

  private func keep(_ seconds: Double, for key: String) {
    guard limits.seconds > 0, known[key] == nil, seconds > 0, seconds <= CostCacheText.largestSeconds else { return }
    known[key] = seconds
    added[key] = seconds
  }

  private func measure(
    _ works: PlanWorks, of plan: Plan, _ residence: OperandResidence, _ isWanted: [Bool], _ share: Double,
    _ graphForRows: (Int) throws -> Graph
  ) throws -> [Int: Double] {
    try watched {
      let limit = UInt64(limits.seconds * 1e9)
      let left = limit - min(spentNanoseconds, limit)
      var meter = CostMeter(
        threads: threads, cacheByteCount: cacheByteCount,
        limits: CostMeter.Limits(seconds: share * Double(left) * 1e-9, scratchBytes: limits.scratchBytes))
      return try meter.measure(works, of: plan, residence: residence, isWanted: isWanted, graphForRows: graphForRows)
    }
  }

  /// What the executor's loop takes for one instruction.
  private func dispatchSeconds() throws -> Double {
    let measured = try seconds(for: Self.instructionKey) { _ in
      let kernel: any BoundKernel = EmptyKernel()
      let context = RunContext(seed: 0, iteration: 0)
      let count = 2000
      let start = monotonicNanoseconds()
      for _ in 0..<count { kernel.run(context) }
      return max(1e-9, Double(monotonicNanoseconds() - start) * 1e-9 / Double(count))
    }
    return measured ?? 5e-8
  }

  /// Counts the time of a measurement, and whether other processes took the processors meanwhile.
  private func watched<Result>(_ body: () throws -> Result) rethrows -> Result {
    let waitedBefore = processorWait()
    let start = monotonicNanoseconds()
    let result = try body()
    let nanoseconds = monotonicNanoseconds() - start
    spentNanoseconds += nanoseconds
    if let waitedBefore, let waited = processorWait(), waited >= waitedBefore,
      waited - waitedBefore > max(nanoseconds / 10, 2_000_000)
    {
      wasDisturbed = true
    }
    return result
  }
}

private final class EmptyKernel: BoundKernel {
  @inline(never)
  func run(_ context: RunContext) {}
}
