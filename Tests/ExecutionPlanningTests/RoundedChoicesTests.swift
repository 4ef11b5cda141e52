import Checkpointing
import ComputationGraph
import ExecutionPlanning
import Kernels
import RandomNumbers
import TestSupport
import Testing
import Training

/// Plans of networks that keep rounded copies, of which a replay counts too many bytes: others decide.
@Suite struct RoundedChoicesTests {
  private static func planner(_ seed: UInt64, roundsKept: Bool) throws -> Planner {
    var random = SplitMix64(seed: seed)
    let activations: [Activation] = [.relu, .tanh, .gelu(approximation: .tanh)]
    var layers: [LayerDescription] = []
    for _ in 0..<Int.random(in: 3...8, using: &random) {
      layers.append(.linear(units: Int.random(in: 3...120, using: &random), bias: true))
      layers.append(.activation(activations.randomElement(using: &random)!))
    }
    let network = NetworkDescription(
      layers: layers + [.linear(units: 5, bias: true)], loss: .meanSquaredError,
      inputFeatures: Int.random(in: 3...60, using: &random), targetColumns: 5, roundsKept: roundsKept)
    return try TrainingPlans.planner(of: network, rows: 16, library: ReferenceKernels())
  }

  /// Of 41 to 64 stages varied chains are searched too, whose peaks are no plan's.
  @Test(arguments: [41, 46, 52, 58, 64], [Activation.relu, .gelu(approximation: .tanh)])
  func variedChainsOfNormalizationsAreSearched(stageCount: Int, activation: Activation) throws {
    let block: [LayerDescription] = [
      .linear(units: 16, bias: true), .layerNorm(epsilon: 1e-5), .activation(activation),
    ]
    let network = NetworkDescription(
      layers: [.repeated(count: stageCount - 1, layers: block), .linear(units: 2, bias: true)], loss: .meanSquaredError,
      inputFeatures: 16, targetColumns: 2, roundsKept: true)
    let planner = try TrainingPlans.planner(of: network, rows: 32, library: ReferenceKernels())
    #expect(planner.chain.count >= stageCount)
    let choices = try PlanChoices(of: planner)
    let keepAll = try planner.plan(for: makeSchedule(.none, for: planner.chain)).peakByteCount
    #expect(choices.leastFeasibleByteCount < keepAll / 2)
    let fastest = try #require(try choices.fastest(withinBytes: choices.leastFeasibleByteCount))
    #expect(fastest.plan.peakByteCount == choices.leastFeasibleByteCount)
  }

  /// Optima of the network whose activations are kept as they are, planned with rounded copies: what is chosen in their
  /// bytes is no slower.
  @Test(arguments: 0..<20)
  func whatIsBestWithoutRoundingIsNotPassedOver(seed: UInt64) throws {
    let planner = try Self.planner(seed, roundsKept: true)
    let plain = try ScheduleChoices(Self.planner(seed, roundsKept: false).chain)
    let choices = try PlanChoices(of: planner)
    var compared = 0
    for candidate in plain.fitting(bytes: Int.max).prefix(12) {
      let plan = try planner.plan(for: plain.schedule(of: candidate))
      let found = try #require(try choices.fastest(withinBytes: plan.peakByteCount))
      #expect(found.plan.peakByteCount <= plan.peakByteCount)
      #expect(planner.seconds(of: found.plan) <= planner.seconds(of: plan) * (1 + 1e-12), "\(plan.peakByteCount) bytes")
      compared += 1
    }
    #expect(compared > 3)
  }
}
