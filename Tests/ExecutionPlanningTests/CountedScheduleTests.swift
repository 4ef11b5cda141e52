import BufferPlacement
import Checkpointing
import ComputationGraph
import Differentiation
import ExecutionPlanning
import TestSupport
import Testing

/// What a replay counts bounds what a plan takes: the search among plans goes by it.
@Suite struct CountedScheduleTests {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func plansTakeNoLessThanIsAssumed(seed: UInt64) throws {
    var network = NetworkDescription.ofEachKind(seed: seed, depth: 8)
    network.roundsKept = seed % 4 == 3
    let isPlain = seed % 3 < 2 && !network.roundsKept
    let planner = try ChainOfNumbersTests.planner(network, rows: 16)
    // The largest share of a stage's execution, with the copies of what it gives, that is no product.
    let (differentiated, costs) = (planner.differentiated, NodeCosts.operationCounts)
    let graph = differentiated.graph
    func seconds(_ nodes: some Sequence<Int>) -> Double {
      nodes.reduce(0) { $0 + costs.seconds(of: graph.nodes[$1], in: graph) }
    }
    let share = zip(planner.stages.stages, planner.chain.stages).reduce(0) { largest, stage in
      let others = stage.0.forwardNodes.filter { !graph.nodes[$0].operation.isProduct }
      let copies = stage.0.forwardNodes.flatMap { graph.nodes[$0].outputs }.compactMap {
        differentiated.rounding(of: $0).map { [$0.narrow, $0.widen] }
      }
      let copying = seconds(copies.joined())
      return max(largest, (seconds(others) + copying) / (stage.1.forwardSeconds + copying))
    }
    let choices = try ScheduleChoices(planner.chain)
    let optima = choices.all.map { choices.schedule(of: $0) }
    let named = try ChainOfNumbersTests.strategies.map { try makeSchedule($0, for: planner.chain) }
    for schedule in optima + named {
      let counted = try replay(schedule, on: planner.chain)
      let plan = try planner.plan(for: schedule, effort: .sweepsOnly)
      let (bytes, seconds) = isPlain ? (1, 1 - share) : (2.0 / 3, 1 - max(0.1, share))
      let name = "seed \(seed), \(schedule.strategy)"
      #expect(Double(plan.lowerBoundByteCount) >= bytes * Double(counted.peakBytes), "\(name)")
      #expect(planner.seconds(of: plan) >= seconds * counted.seconds * (1 - 1e-12), "\(name)")
    }
  }
}
