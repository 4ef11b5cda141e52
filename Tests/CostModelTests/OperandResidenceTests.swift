import Checkpointing
import ComputationGraph
import CostModel
import ExecutionPlanning
import Kernels
import TestSupport
import Testing
import Training

@Suite struct OperandResidenceTests {
  /// 12 layers of 16 KiB of weights each, activations of 4 KiB.
  static func plan(_ strategy: Strategy) throws -> Plan {
    let layer: [LayerDescription] = [.linear(units: 64, bias: true), .activation(.relu)]
    let network = NetworkDescription(
      layers: Array(repeating: layer, count: 12).flatMap(\.self), loss: .meanSquaredError, inputFeatures: 64,
      targetColumns: 64)
    let planner = try TrainingPlans.planner(of: network, rows: 16, library: ReferenceKernels())
    return try planner.plan(for: makeSchedule(strategy, for: planner.chain))
  }

  static func coldCount(_ plan: Plan, cache: Int) -> Int {
    OperandResidence(of: plan, cacheByteCount: cache, optimizerStateCount: 1).coldOperands.reduce(0) {
      $0 + $1.rawValue.nonzeroBitCount
    }
  }

  @Test func aCacheThatHoldsAllLeavesNothingCold() throws {
    #expect(try Self.coldCount(Self.plan(.none), cache: 1 << 30) == 0)
  }

  /// However often a plan goes over the same bytes, a cache holds them once.
  @Test func bytesThatAreTouchedAgainCountOnce() throws {
    for strategy in [Strategy.none, .sqrt, .recursive] {
      let plan = try Self.plan(strategy)
      let parameters = plan.graph.parameters.reduce(0) { $0 + plan.graph.byteCount(of: $1.value) }
      let batch = plan.graph.byteCount(of: plan.graph.input) + plan.graph.byteCount(of: plan.graph.target)
      // Parameters, gradients and one state of the optimizer; the arena in whole pages.
      let all = plan.peakByteCount + 4096 + 3 * parameters + batch
      #expect(Self.coldCount(plan, cache: all) == 0, "\(strategy)")
      #expect(Self.coldCount(plan, cache: all / 2) > 0, "\(strategy)")
    }
  }

  @Test func aLargerCacheLeavesNoMoreCold() throws {
    for strategy in [Strategy.none, .sqrt, .recursive] {
      let plan = try Self.plan(strategy)
      var before = Int.max
      for cache in stride(from: 4 << 10, through: 2 << 20, by: 64 << 10) {
        let count = Self.coldCount(plan, cache: cache)
        #expect(count <= before)
        before = count
      }
      #expect(Self.coldCount(plan, cache: 4 << 10) > 0)
    }
  }

  /// With a cache for one layer's operands, weights come from memory and what the layer before has just written does
  /// not.
  @Test func weightsAreColdAndRunningValuesWarm() throws {
    let plan = try Self.plan(.none)
    let residence = OperandResidence(of: plan, cacheByteCount: 48 << 10, optimizerStateCount: 1)
    var products = 0
    for (instruction, cold) in zip(plan.instructions, residence.coldOperands) {
      guard case .linear = plan.graph.nodes[instruction.node].operation else { continue }
      products += 1
      #expect(cold.contains(operand: 1), "the weights were last used an iteration ago")
      #expect(!cold.contains(operand: 0), "the input has just been written")
    }
    #expect(products == 12)
  }

  @Test func worksAreCountedOnceEach() throws {
    let plan = try Self.plan(.sqrt)
    let works = PlanWorks(
      of: plan, residence: OperandResidence(of: plan, cacheByteCount: 48 << 10, optimizerStateCount: 0))
    #expect(works.works.reduce(0) { $0 + $1.count } == plan.instructions.count)
    #expect(Set(works.works.map(\.key)).count == works.works.count)
    #expect(Set(works.works.map(\.key.text)).count == works.works.count)
    for (instruction, work) in zip(plan.instructions, works.workOfInstruction) {
      #expect(plan.graph.nodes[instruction.node].operation == works.works[work].operation)
    }
    #expect(plan.instructions.contains { $0.phase == .recompute })
  }
}
