import BufferPlacement
import Checkpointing
import ComputationGraph
import Differentiation
import ExecutionPlanning
import Kernels
import RandomNumbers
import TestSupport
import Testing
import Training

/// The bytes said to be the least feasible are enough, and one byte less is refused.
@Suite struct LeastFeasibleTests {
  private static func chain(_ count: Int, widths: [Int]) -> NetworkDescription {
    NetworkDescription(
      layers: (0..<count).flatMap { index -> [LayerDescription] in
        [.linear(units: widths[index % widths.count], bias: true), .activation(.tanh)]
      }, loss: .meanSquaredError, inputFeatures: 4, targetColumns: widths[(count - 1) % widths.count],
      elementType: .float32)
  }

  private static func expectExact(_ choices: PlanChoices, _ name: String) throws -> Plan {
    let least = choices.leastFeasibleByteCount
    let choice = try #require(try choices.fastest(withinBytes: least), "\(name)")
    #expect(choice.plan.peakByteCount <= least, "\(name)")
    #expect(try choices.fastest(withinBytes: least - 1) == nil, "\(name)")
    return choice.plan
  }

  /// Schedules of more than 50,000 actions, and chains long enough that executions are limited in all.
  @Test(arguments: [
    ("equal stages", 2_500, [4]), ("three widths", 2_000, [16, 48, 32]), ("long", 12_000, [4]),
    ("long, five widths", 6_000, [16, 4, 80, 32, 20]),
  ])
  func longSchedulesArePlannedToo(name: String, stageCount: Int, widths: [Int]) throws {
    let planner = try ChainOfNumbersTests.planner(Self.chain(stageCount, widths: widths), rows: 4)
    let choices = try PlanChoices(of: planner)
    let executions = choices.smallestSchedule.prescribedForwardExecutions
    #expect(choices.smallestSchedule.actions.count > 50_000)
    #expect(executions > 10 * stageCount && executions <= planner.chain.maximumExecutions)
    let plan = try Self.expectExact(choices, name)
    #expect(plan.executions.prescribed > stageCount)
    try plan.verify()
  }

  /// Where a layout decides whether a schedule fits, a lower one is looked for: what a longer search brings within fewer
  /// bytes is as fast there.
  @Test(arguments: [
    (128, [8, 6, 3, 3, 7, 3, 7, 5, 3, 4, 8, 5, 4, 5, 3, 8, 7, 4, 6, 3, 3, 7, 7, 6, 7, 6, 4, 5, 3, 3], 13_516),
    (8, [4, 3, 8, 8, 4, 5, 8, 5, 5, 4, 5, 4, 8, 4, 6, 3, 7, 6, 8, 6, 6, 4, 7, 7, 5, 4, 3, 3, 6, 6], 921),
  ])
  func noLayoutIsPassedOver(rows: Int, widths: [Int], budget: Int) throws {
    let planner = try TrainingPlans.planner(
      of: Self.chain(widths.count, widths: widths), rows: rows, library: ReferenceKernels())
    let choices = try PlanChoices(of: planner)
    let found = try #require(try choices.fastest(withinBytes: budget))
    let quick = try planner.plan(for: found.schedule, effort: .sweepsOnly)
    #expect(quick.peakByteCount > found.plan.peakByteCount, "there is something to look for")
    let lowest = try planner.plan(for: found.schedule)
    #expect(lowest.peakByteCount <= found.plan.peakByteCount, "a schedule that is written fits where it came from")
    let inFewer = try #require(try choices.fastest(withinBytes: lowest.peakByteCount))
    #expect(planner.seconds(of: inFewer.plan) <= planner.seconds(of: found.plan))
  }

  /// What is said to be the least is no more than what any named schedule needs, and in the bytes of each the optimum
  /// is no slower than it: chains with several activations in a row, and networks of every kind.
  @Test(arguments: 0..<80)
  func noNamedScheduleNeedsLessOrIsFaster(seed: UInt64) throws {
    let network =
      seed.isMultiple(of: 2)
      ? .activationChain(seed: seed) : NetworkDescription.random(seed: seed, depth: 5, elementType: .float32)
    let planner = try ChainOfNumbersTests.planner(network, rows: 16)
    let choices = try PlanChoices(of: planner)
    let count = planner.chain.count
    let strategies: [Strategy] =
      [.none, .sqrt, .recursive, .mixed(1), .mixed(2), .revolve(1)] + (1...count).map { .every($0) }
    for strategy in strategies {
      let schedule = try makeSchedule(strategy, for: planner.chain)
      let plan = try planner.plan(for: schedule)
      let least = choices.leastFeasibleByteCount
      #expect(plan.peakByteCount >= least, "seed \(seed), \(strategy)")
      guard plan.peakByteCount >= least else { continue }
      let optimum = try #require(try choices.fastest(withinBytes: plan.peakByteCount), "seed \(seed), \(strategy)")
      let (own, named) = (planner.seconds(of: optimum.plan), planner.seconds(of: plan))
      #expect(own <= named * (1 + 1e-12), "seed \(seed), \(strategy)")
    }
  }

  /// Linear layers of random widths, an activation after each, and a last one for the outputs.
  private static func layers(
    _ count: Int, ofUnits units: ClosedRange<Int>, _ activation: Activation, inputs: Int, outputs: Int, seed: UInt64
  ) -> NetworkDescription {
    var random = SplitMix64(seed: seed)
    let layers = (0..<count).flatMap { _ -> [LayerDescription] in
      [.linear(units: Int.random(in: units, using: &random), bias: true), .activation(activation)]
    }
    return NetworkDescription(
      layers: layers + [.linear(units: outputs, bias: true)], loss: .meanSquaredError, inputFeatures: inputs,
      targetColumns: outputs)
  }

  /// With one restart value at a time a long chain would be executed too often; reversed by parts it needs no more
  /// bytes. What is faster in a little more is found as well.
  @Test(arguments: 0..<2 as Range<UInt64>)
  func longUnequalChainsAreReversedInFewBytes(seed: UInt64) throws {
    let network = Self.layers(300, ofUnits: 3...64, .relu, inputs: 20, outputs: 2, seed: seed)
    let planner = try ChainOfNumbersTests.planner(network, rows: 8)
    let choices = try PlanChoices(of: planner)
    let least = choices.leastFeasibleByteCount
    #expect(least <= (try planner.plan(for: makeSchedule(.mixed(1), for: planner.chain))).peakByteCount)
    var last = Double.infinity
    for percent in [100, 103, 110, 125, 150] {
      let found = try #require(try choices.fastest(withinBytes: least * percent / 100))
      #expect(found.plan.peakByteCount <= least * percent / 100)
      let summary = try replay(found.schedule, on: planner.chain)
      #expect(summary.forwardExecutions <= planner.chain.maximumExecutions)
      #expect(summary.seconds <= last, "\(percent) %")
      last = summary.seconds
    }
  }

  /// Where layouts are tight the next smaller optimum may take twice as long as the one that is wanted; a variant of
  /// that takes hardly longer.
  @Test(arguments: [2, 9, 11] as [UInt64])
  func variantsStandForOptimaWhoseLayoutsDoNotFit(seed: UInt64) throws {
    let network = Self.layers(120, ofUnits: 3...8, .tanh, inputs: 6, outputs: 4, seed: seed)
    let planner = try ChainOfNumbersTests.planner(network, rows: 128)
    let choices = try PlanChoices(of: planner)
    let counted = try ScheduleChoices(planner.chain)
    var last = Double.infinity
    for percent in [105, 114, 120] {
      let budget = choices.leastFeasibleByteCount * percent / 100
      let found = try #require(try choices.fastest(withinBytes: budget))
      let seconds = planner.seconds(of: found.plan)
      let fewest = try #require(counted.fitting(bytes: budget).first).seconds
      #expect(found.plan.peakByteCount <= budget)
      #expect(seconds <= fewest * 1.1, "\(percent) %")
      #expect(seconds <= last, "\(percent) %")
      last = seconds
    }
  }

  /// Gradients of fused updates are so large beside the values that layouts are tight: what is found in a named
  /// schedule's bytes fits nevertheless, and is no slower.
  @Test func namedSchedulesAreNotFasterWhereLayoutsAreTight() throws {
    for seed in 0..<3 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let layers = (0..<60).flatMap { _ -> [LayerDescription] in
        [.linear(units: 128, bias: Bool.random(using: &random))]
          + (Bool.random(using: &random) ? [.activation(.tanh)] : [])
      }
      let network = NetworkDescription(
        layers: layers + [.linear(units: 1, bias: true)], loss: .meanSquaredError, inputFeatures: 8, targetColumns: 1)
      let planner = try TrainingPlans.planner(
        of: network, rows: 32, fusesUpdates: true, library: ReferenceKernels())
      let plans = try PlanChoices(of: planner, effort: .brief)
      for strategy in [Strategy.mixed(2), .mixed(3), .mixed(4), .revolve(3), .sqrt] {
        let named = try replay(makeSchedule(strategy, for: planner.chain), on: planner.chain)
        let found = try #require(try plans.fastest(withinBytes: named.peakBytes))
        let seconds = try replay(found.schedule, on: planner.chain).seconds
        #expect(seconds <= named.seconds * (1 + 1e-12), "seed \(seed), \(strategy)")
        #expect(found.plan.peakByteCount <= named.peakBytes)
      }
    }
  }

  /// Of kept values that are rounded a replay counts more bytes than a plan needs, and the optimum in the counted bytes
  /// may be slower than named schedules that fit as well.
  @Test(arguments: [160, 300])
  func whereReplaysCountTooManyBytesNamedSchedulesAreTaken(stageCount: Int) throws {
    let block: [LayerDescription] = [
      .layerNorm(epsilon: 1e-5), .linear(units: 16, bias: true), .activation(.gelu(approximation: .tanh)),
    ]
    let layers = Array(repeating: block, count: stageCount)
    let network = NetworkDescription(
      layers: layers.flatMap(\.self) + [.linear(units: 10, bias: true)], loss: .meanSquaredError, inputFeatures: 16,
      targetColumns: 10, roundsKept: true)
    let planner = try TrainingPlans.planner(of: network, rows: 32, library: ReferenceKernels())
    let plans = try PlanChoices(of: planner)
    for strategy in [Strategy.revolve(6), .revolve(9), .mixed(10), .mixed(20), .mixed(60)] {
      let schedule = try makeSchedule(strategy, for: planner.chain)
      let named = try planner.plan(for: schedule)
      let found = try #require(try plans.fastest(withinBytes: named.peakByteCount))
      #expect(found.plan.peakByteCount <= named.peakByteCount)
      #expect(planner.seconds(of: found.plan) <= planner.seconds(of: named) * (1 + 1e-12), "\(strategy)")
    }
  }

  /// Values that wait in a reverse step for others are worth evaluating anew: three activations in a row are reversed
  /// with one value of them beside the one kept and the cotangent.
  @Test func aLeanReverseStepNeedsFewerBytes() throws {
    let network = NetworkDescription(
      layers: [.linear(units: 64, bias: true)] + Array(repeating: .activation(.tanh), count: 4)
        + [.linear(units: 4, bias: true)], loss: .meanSquaredError, inputFeatures: 64, targetColumns: 4)
    let planner = try Planner(
      DifferentiatedGraph(of: Graph(network, batchRows: 128, mode: .training)), costs: .operationCounts
    ) { (_: Node, _: Bool) in 0 }
    #expect(planner.stages.stages[0].forms.map(\.name) == ["compact", "full", "lean"])
    let choices = try PlanChoices(of: planner)
    #expect(choices.leastFeasibleByteCount == 3 * 128 * 64 * 4)
    let plan = try Self.expectExact(choices, "lean")
    try plan.verify()
    let evaluations = plan.instructions.count { $0.phase == .recompute }
    #expect(evaluations == 3 + 2 + 1, "of the last activations three, then two, then one")
  }

  /// In the least bytes all but the tightest stages are reversed by optima of parts: unequal stages that only a schedule
  /// of one execution of the whole prefix for each reverse step fits are executed far less often.
  @Test(arguments: 0..<6 as Range<UInt64>)
  func inTheLeastBytesFewStagesAreTight(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let layers = (0..<(seed < 3 ? 48 : 90)).flatMap { _ -> [LayerDescription] in
      [.linear(units: Int.random(in: 4...96, using: &random), bias: true), .activation(.tanh)]
    }
    let network = NetworkDescription(
      layers: layers + [.linear(units: 3, bias: true)], loss: .meanSquaredError, inputFeatures: 7, targetColumns: 3)
    let planner = try ChainOfNumbersTests.planner(network, rows: 16)
    let choices = try PlanChoices(of: planner)
    let found = try #require(try choices.fastest(withinBytes: choices.leastFeasibleByteCount))
    #expect(found.plan.peakByteCount <= choices.leastFeasibleByteCount)
    try found.plan.verify()
    let ofEachPrefix = planner.chain.count * (planner.chain.count + 1) / 2
    #expect(found.plan.executions.prescribed < ofEachPrefix / 2, "seed \(seed)")
  }

  /// Equal stages whose values take turns: binomial checkpointing with few slots fits where the others execute far more.
  @Test(arguments: [66, 100, 257])
  func equalStagesInFewBytesAreReversedAsSeldomAsByRevolve(stageCount: Int) throws {
    let block: [LayerDescription] = [.linear(units: 32, bias: true), .activation(.gelu(approximation: .none))]
    let network = NetworkDescription(
      layers: Array(repeating: block, count: stageCount - 1).flatMap(\.self) + [.linear(units: 32, bias: true)],
      loss: .meanSquaredError, inputFeatures: 32, targetColumns: 32)
    let planner = try ChainOfNumbersTests.planner(network, rows: 16)
    let choices = try PlanChoices(of: planner)
    for slots in 2...6 {
      let named = try planner.plan(for: makeSchedule(.revolve(slots), for: planner.chain))
      #expect(choices.leastFeasibleByteCount <= named.peakByteCount, "\(slots) slots")
      let found = try #require(try choices.fastest(withinBytes: named.peakByteCount))
      #expect(planner.seconds(of: found.plan) <= planner.seconds(of: named) * (1 + 1e-12), "\(slots) slots")
    }
  }

  /// From the least budget on, each plan is followed by the one that it says is next, in the very bytes and seconds that
  /// it says, and not a byte before; and that one says the same of it.
  @Test(arguments: 0..<24 as Range<UInt64>)
  func theNextPlansAreWhatTheyAreSaidToBe(seed: UInt64) throws {
    var network = NetworkDescription.ofEachKind(seed: seed, depth: 6)
    network.roundsKept = seed.isMultiple(of: 2)
    try expectPlansFollowEachOther(ChainOfNumbersTests.planner(network, rows: 16), "seed \(seed)")
  }

  /// The same of a few units, of which a plan may need little more than half of what a replay counts.
  @Test func theNextPlansOfFewUnitsAreWhatTheyAreSaidToBe() throws {
    func linear(_ units: Int, bias: Bool = true) -> LayerDescription { .linear(units: units, bias: bias) }
    var network = NetworkDescription(
      layers: [
        linear(3, bias: false), .layerNorm(epsilon: 1e-5), .activation(.softplus), .activation(.elu(alpha: 1)),
        linear(17), .dropout(rate: 0.1), linear(3), linear(1), .activation(.tanh), .activation(.sigmoid),
        .residual(layers: [linear(3, bias: false), .activation(.relu), linear(1), .activation(.relu)]),
        .activation(.elu(alpha: 0)), linear(2),
      ], loss: .softmaxCrossEntropy, inputFeatures: 2, targetColumns: 1, elementType: .float32)
    network.roundsKept = true
    try expectPlansFollowEachOther(ChainOfNumbersTests.planner(network, rows: 30), "few units")
  }

  private func expectPlansFollowEachOther(_ planner: Planner, _ name: String) throws {
    let choices = try PlanChoices(of: planner)
    var found = try #require(try choices.fastest(withinBytes: choices.leastFeasibleByteCount))
    #expect(found.neighbours.smaller == nil, "\(name)")
    while let faster = found.neighbours.faster {
      let before = try #require(try choices.fastest(withinBytes: faster.byteCount - 1))
      #expect(before.schedule == found.schedule, "\(name), a byte less than \(faster.byteCount)")
      let next = try #require(try choices.fastest(withinBytes: faster.byteCount))
      #expect(next.plan.peakByteCount == faster.byteCount, "\(name)")
      #expect(planner.seconds(of: next.plan) == faster.seconds, "\(name), \(faster.byteCount) bytes")
      #expect(faster.seconds < planner.seconds(of: found.plan), "\(name), \(faster.byteCount) bytes")
      // A plan that turns out to need less than the least is taken to need as much.
      let known = max(found.plan.peakByteCount, choices.leastFeasibleByteCount)
      #expect(next.neighbours.smaller?.byteCount == known, "\(name)")
      #expect(next.neighbours.smaller?.seconds == planner.seconds(of: found.plan), "\(name)")
      guard faster.seconds < planner.seconds(of: found.plan) else { break }
      found = next
    }
    let more = try #require(try choices.fastest(withinBytes: Int.max))
    #expect(more.schedule == found.schedule, "\(name)")
  }

  /// Every budget from the least feasible on has a plan.
  @Test(arguments: 0..<8)
  func everyBudgetFromTheLeastOnHasAPlan(seed: UInt64) throws {
    let planner = try ChainOfNumbersTests.planner(.plainChain(seed: seed), rows: 16)
    let choices = try PlanChoices(of: planner)
    for step in 0..<6 {
      let budget = choices.leastFeasibleByteCount + step * step * 64
      let choice = try #require(try choices.fastest(withinBytes: budget), "\(budget) bytes")
      #expect(choice.plan.peakByteCount <= budget)
    }
  }
}
