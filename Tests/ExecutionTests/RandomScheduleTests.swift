import Checkpointing
import ComputationGraph
import Execution
import ExecutionPlanning
import Kernels
import RandomNumbers
import TestSupport
import Testing
import Training

/// What the replay lets pass, the planner can plan and the executor carry out: gradients are keep-all's.
@Suite struct RandomScheduleTests {
  @Test(arguments: 0..<40)
  func everyLawfulScheduleGivesTheSameGradients(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 5, elementType: .float64)
    let runner = try NetworkRunner<Double>(network, rows: 5, seed: seed, library: ReferenceKernels())
    let expected = try runner.gradients(under: .none)
    var random = SplitMix64(seed: seed)
    var recomputing = 0
    var found = 0
    for round in 0..<60 {
      guard let schedule = Schedule.random(on: runner.planner.chain, using: &random) else { continue }
      let gradients = try runner.gradients(of: runner.planner.plan(for: schedule))
      #expect(gradients == expected, "seed \(seed), round \(round): \(schedule.actions)")
      found += 1
      if schedule.recomputedExecutions > 0 { recomputing += 1 }
    }
    #expect(found > 3, "seed \(seed)")
    #expect(recomputing > 0 || runner.planner.chain.count == 1, "seed \(seed)")
  }
}
