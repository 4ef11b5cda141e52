import ArenaMemory
import ComputationGraph
import Execution
import ExecutionPlanning
import Kernels
import SystemCalls

/// Measures a session's ``GradientHealth`` in the iterations that it is told of. Made before training, so that measuring
/// allocates little and changes nothing.
final class HealthMonitor<Element: TrainingElement> {
  /// What hears each of the session's training runs in such an iteration.
  let observers: [HealthObserver]

  private let storage: ParameterStorage<Element>
  private let fusedUpdates: FusedUpdates<Element>?
  private let units: ReLUUnits
  /// By thread with rows of its own.
  private let tallies: [HealthTally]
  private let statistics: ValueStatistics
  private let team: ThreadTeam
  private let stageOfParameter: [Int]
  private let gradientAddresses: [MemoryAddress]
  /// Entries of each weight before the update, one of each stretch of equal length.
  private var samples: [[Element]]
  private var gradientSquares: [Double]
  /// By stage, of the weights before the update and of what it changed.
  private var weights: [HealthTally.Sum]
  private var changes: [HealthTally.Sum]
  private var measuredIteration: Int?

  /// Entries of a weight that its update is judged by.
  private static var sampleLimit: Int { 256 }

  /// Bytes of a monitor of these plans.
  static func byteCount(of plans: TrainingPlans) -> Int {
    let stageCount = plans.stages.stages.count
    let units = ReLUUnits(of: plans.training.graph, stages: plans.stages.stages).unitCount
    let tally = 2 * stageCount * MemoryLayout<HealthTally.Sum>.stride + units
    let observers = plans.microBatches.flatMap(\.parts).reduce(0) {
      $0 + HealthObserver.byteCount(of: $1.plan, stageCount: stageCount)
    }
    let samples = plans.training.graph.parameters.count * (sampleLimit * MemoryLayout<Element>.stride + 64)
    return observers + plans.microBatches[0].parts.count * tally + samples
  }

  init(of session: NetworkSession<Element>, team: ThreadTeam) {
    storage = session.storage
    fusedUpdates = session.fusedUpdates
    gradientAddresses = session.storage.gradientAddresses
    let stages = session.plans.stages
    let graph = session.plans.training.graph
    let units = ReLUUnits(of: graph, stages: stages.stages)
    self.units = units
    let threadCount = (session.trainingRuns.map(\.thread).max() ?? 0) + 1
    let tallies = (0..<threadCount).map { _ in
      HealthTally(stageCount: stages.stages.count, unitCount: units.unitCount)
    }
    self.tallies = tallies
    statistics = ValueStatistics(team: team)
    self.team = team
    let isDivided = session.plans.split.partCount > 1
    let shared = statistics
    observers = session.trainingRuns.map { run in
      HealthObserver(
        plan: run.executor.plan, arena: session.arena, arenaOffset: run.executor.arenaOffset, stages: stages,
        units: units, tally: tallies[run.thread],
        statistics: isDivided ? ValueStatistics(team: .ofOneThread()) : shared)
    }
    var stageOfParameter = Array(repeating: 0, count: graph.parameters.count)
    for stage in stages.stages {
      for node in graph.nodes[stage.forwardNodes] {
        for input in node.inputs {
          if case .parameter(let index) = graph[input].source { stageOfParameter[index] = stage.index }
        }
      }
    }
    self.stageOfParameter = stageOfParameter
    samples = graph.parameters.map { parameter in
      guard case .weight = parameter.kind else { return [] }
      return Array(repeating: 0, count: min(Self.sampleLimit, parameter.shape.elementCount))
    }
    gradientSquares = Array(repeating: 0, count: graph.parameters.count)
    weights = Array(repeating: HealthTally.Sum(), count: stages.stages.count)
    changes = weights
    rehearse()
  }

  /// Called before the rows of an iteration that is measured.
  func iterationWillBegin() {
    for tally in tallies { tally.reset() }
    for index in samples.indices {
      for sample in samples[index].indices { samples[index][sample] = entry(sample, ofParameter: index) }
    }
  }

  /// The gradients are complete; where updates are fused into the reverse pass they were, one after the other.
  func gradientsAreComplete() {
    if let fusedUpdates {
      for index in gradientSquares.indices { gradientSquares[index] = fusedUpdates.gradientSquares[index] }
      return
    }
    for (index, address) in gradientAddresses.enumerated() {
      gradientSquares[index] = statistics.sumOfSquares(
        at: address, count: storage.parameters[index].shape.elementCount,
        elementType: Element.elementType)
    }
  }

  /// The parameters are updated.
  ///
  /// - Parameter iteration: counted from 0.
  func updateDidEnd(iteration: Int) {
    for index in weights.indices {
      weights[index] = HealthTally.Sum()
      changes[index] = HealthTally.Sum()
    }
    for index in samples.indices where !samples[index].isEmpty {
      let count = storage.parameters[index].shape.elementCount
      var (weight, change) = (0.0, 0.0)
      for sample in samples[index].indices {
        let before = Double(samples[index][sample])
        let difference = Double(entry(sample, ofParameter: index)) - before
        weight += before * before
        change += difference * difference
      }
      // Each sampled entry stands for as many as it is one of.
      let share = Double(count) / Double(samples[index].count)
      weights[stageOfParameter[index]] += HealthTally.Sum(squares: weight * share, count: count)
      changes[stageOfParameter[index]] += HealthTally.Sum(squares: change * share, count: count)
    }
    measuredIteration = iteration + 1
  }

  /// Of the latest iteration that was measured; nil before the first. Put together when it is asked for.
  var health: GradientHealth? {
    guard let measuredIteration else { return nil }
    var stages = Array(repeating: GradientHealth.Stage(), count: weights.count)
    for index in stages.indices {
      stages[index].activation = sum { $0.activations[index] }.rootMeanSquare
      stages[index].cotangent = sum { $0.cotangents[index] }.rootMeanSquare
    }
    for layer in units.layers {
      stages[layer.stage].reluUnitCount += layer.units.count
      stages[layer.stage].deadUnitCount += layer.units.count { unit in tallies.allSatisfy { $0.marks[unit] == 0 } }
    }
    var gradients = Array(repeating: HealthTally.Sum(), count: weights.count)
    for index in gradientSquares.indices {
      gradients[stageOfParameter[index]] += HealthTally.Sum(
        squares: gradientSquares[index], count: storage.parameters[index].shape.elementCount)
    }
    for index in stages.indices where gradients[index].count > 0 {
      stages[index].gradientNorm = gradients[index].squares.squareRoot()
      stages[index].parameterCount = gradients[index].count
      if weights[index].squares > 0 {
        stages[index].updateRatio = (changes[index].squares / weights[index].squares).squareRoot()
      }
    }
    return GradientHealth(iteration: measuredIteration, stages: stages)
  }

  private func sum(_ part: (HealthTally) -> HealthTally.Sum) -> HealthTally.Sum {
    tallies.reduce(into: HealthTally.Sum()) { $0 += part($1) }
  }

  /// Goes once through all that measuring does, so that in an iteration it touches no page for the first time.
  private func rehearse() {
    iterationWillBegin()
    for observer in observers {
      observer.runWillBegin()
      observer.lookAtEverything()
    }
    team.touchStacks()
    gradientsAreComplete()
    updateDidEnd(iteration: 0)
    measuredIteration = nil
  }

  private func entry(_ sample: Int, ofParameter index: Int) -> Element {
    let stride = storage.parameters[index].shape.elementCount / samples[index].count
    // A different place in each stretch: at equal ones a matrix would be judged by a single column.
    let place = Int(truncatingIfNeeded: (UInt64(sample) &* 0x9E37_79B9_7F4A_7C15) >> 33) % stride
    return storage.parameterBlock.load(
      Element.self, atByte: storage.layout.offsets[index] + (sample * stride + place) * MemoryLayout<Element>.stride)
  }
}
