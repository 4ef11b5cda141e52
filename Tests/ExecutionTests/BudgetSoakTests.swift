import ArenaMemory
import Checkpointing
import ComputationGraph
import Execution
import ExecutionPlanning
import Kernels
import RandomNumbers
import TestSupport
import Testing

/// Random networks under random strategies and budgets: the gradients are keep-all's bit for bit, the peak is the
/// planned one, and no budget is passed.
@Suite("Soak: budgets") struct BudgetSoakTests {
  /// Pairs of a network with a strategy or budget, ten for each network: a hundred, or ten times what `BPTRAIN_SOAK`
  /// says.
  static let networks = soakSeeds(few: 10)

  /// What activations are computed in, and kept in.
  enum Form: CaseIterable {
    case float32
    case bfloat16
    /// Computed in float32 and rounded to bfloat16 while they are kept: gradients depend on what is kept, and are those
    /// of a second run.
    case rounded
  }

  @Test(arguments: networks, Form.allCases)
  func gradientsAreKeepAllsWithinTheBudget(seed: UInt64, form: Form) throws {
    var random = SplitMix64(seed: seed &+ 1_000_003)
    var network = NetworkDescription.random(
      seed: seed, depth: 14, elementType: form == .bfloat16 ? .bfloat16 : .float32)
    network.roundsKept = form == .rounded
    let team = ThreadTeam(threadCount: 2)
    let runner = try NetworkRunner<Float>(
      network, rows: Int.random(in: 2...40, using: &random), seed: seed, library: OneDNNKernels(team: team))
    let expected = form == .rounded ? nil : try runner.gradients(under: .none)
    let keepAll = try runner.plan(.none).peakByteCount
    let choices = try PlanChoices(of: runner.planner)
    let least = choices.leastFeasibleByteCount
    #expect(try choices.fastest(withinBytes: least - 1) == nil, "seed \(seed): one byte less is not feasible")
    var seconds = Double.infinity
    var recomputed = 0
    for step in 0..<8 {
      let budget = step == 0 ? least : least + (keepAll - least) * step / 7
      let choice = try #require(try choices.fastest(withinBytes: budget), "seed \(seed), \(budget) bytes")
      #expect(choice.plan.peakByteCount <= budget, "seed \(seed), \(budget) bytes")
      try check(choice.plan, runner, expected, "seed \(seed), \(budget) bytes")
      if choice.schedule.recomputedExecutions > 0 { recomputed += 1 }
      let predicted = runner.planner.seconds(of: choice.plan)
      #expect(predicted <= seconds, "seed \(seed), \(budget) bytes: a larger budget is not slower")
      seconds = predicted
    }
    let keepAllSeconds = runner.planner.seconds(of: try runner.plan(.none))
    #expect(seconds <= keepAllSeconds * (1 + 1e-12), "seed \(seed): keep-all's bytes are enough to keep all")
    #expect(
      recomputed > 0 || runner.planner.chain.count < 4 || form == .rounded || keepAll - least < keepAll / 2,
      "seed \(seed)")
    let strategies: [Strategy] = [
      .segments(Int.random(in: 1...9, using: &random)), .every(Int.random(in: 1...9, using: &random)), .recursive,
      .revolve(Int.random(in: 2...9, using: &random)), .mixed(Int.random(in: 2...9, using: &random)),
      .greedy(.bytes(Int.random(in: 64...9000, using: &random))),
    ]
    for strategy in strategies.shuffled(using: &random).prefix(2) {
      let plan = try runner.plan(strategy)
      try check(plan, runner, expected, "seed \(seed), \(strategy)")
      let named = runner.planner.seconds(of: plan)
      let inItsBytes = try #require(try choices.fastest(withinBytes: max(plan.peakByteCount, least)))
      let optimal = runner.planner.seconds(of: inItsBytes.plan)
      #expect(optimal <= named * (1 + 1e-12), "seed \(seed): \(strategy) fits as well")
    }
  }

  private func check(
    _ plan: Plan, _ runner: NetworkRunner<Float>, _ expected: [[Float]]?, _ name: String
  ) throws {
    let expected = try expected ?? runner.gradients(of: plan)
    try plan.verify()
    let arena = try runner.arena(for: plan)
    try arena.poison(offset: 0, byteCount: plan.peakByteCount)
    try runner.executor(of: plan, in: arena).run(RunContext(seed: 5, iteration: 0))
    #expect(try runner.gradients() == expected, "\(name)")
    #expect(arena.measuredPeakBytes == plan.peakByteCount, "\(name)")
  }
}
