import ArenaMemory
import ComputationGraph
package import Execution
import ExecutionPlanning
package import Kernels
import SystemCalls

/// Measures a session's ``GradientHealth`` in the iterations that it is told of. Made before training, so that
/// measuring allocates little and changes nothing.
package final class HealthMonitor<Element: TrainingElement> {
  /// What hears each of the session's training runs in such an iteration.
  package var observers: [any ExecutionObserver] { healthObservers }

  private let healthObservers: [HealthObserver]
  /// Of them those on the first thread.
  private let firstThreadObservers: [HealthObserver]
  private var nanosecondsBesideRuns: UInt64 = 0
  private let storage: ParameterStorage<Element>
  private let fusedUpdates: FusedUpdates<Element>?
  private let units: ReLUUnits
  /// By thread with rows of its own.
  private let tallies: [HealthTally]
  private let statistics: ValueStatistics
  private let team: ThreadTeam
  private let stageOfParameter: [Int]
  private let gradientAddresses: [MemoryAddress]
  /// Entries of the weights before the update, and of one of them after it.
  private var samples: [Double]
  private var changedSamples: [Double]
  /// By parameter, which of them are its own: none of what is no weight.
  private let places: [Range<Int>]
  private var gradientSquares: [Double]
  /// By stage, of the weights before the update and of what it changed.
  private var weights: [HealthTally.Sum]
  private var changes: [HealthTally.Sum]
  private var measuredIteration: Int?

  /// Entries of a weight that its update is judged by.
  private static var sampleLimit: Int { 256 }

  /// None of what is no weight.
  private static func sampleCount(of parameter: Parameter) -> Int {
    guard case .weight = parameter.kind else { return 0 }
    return min(sampleLimit, parameter.shape.elementCount)
  }

  /// Bytes of a monitor of these plans.
  static func byteCount(of plans: TrainingPlans) -> Int {
    let stageCount = plans.stages.stages.count
    let units = ReLUUnits(of: plans.training.graph, stages: plans.stages.stages).unitCount
    let tally = 2 * stageCount * MemoryLayout<HealthTally.Sum>.stride + units
    let observers = plans.microBatches.flatMap(\.parts).reduce(0) {
      $0 + HealthObserver.byteCount(of: $1.plan, stageCount: stageCount)
    }
    let parameters = plans.training.graph.parameters
    let samples = parameters.reduce(sampleLimit) { $0 + sampleCount(of: $1) } * MemoryLayout<Double>.stride
    let ofParameter =
      MemoryLayout<Int>.stride + MemoryLayout<MemoryAddress>.stride + MemoryLayout<Range<Int>>.stride
      + MemoryLayout<Double>.stride
    let weights = 2 * stageCount * MemoryLayout<HealthTally.Sum>.stride
    return observers + plans.microBatches[0].parts.count * tally + samples + parameters.count * ofParameter + weights
  }

  package init(of session: NetworkSession<Element>, team: ThreadTeam) {
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
    healthObservers = session.trainingRuns.map { run in
      HealthObserver(
        plan: run.executor.plan, arena: session.arena, arenaOffset: run.executor.arenaOffset, stages: stages,
        units: units, tally: tallies[run.thread],
        statistics: isDivided ? ValueStatistics(team: .ofOneThread()) : shared)
    }
    firstThreadObservers = zip(session.trainingRuns, healthObservers).filter { $0.0.thread == 0 }.map(\.1)
    var stageOfParameter = Array(repeating: 0, count: graph.parameters.count)
    for stage in stages.stages {
      for node in graph.nodes[stage.forwardNodes] {
        for input in node.inputs {
          if case .parameter(let index) = graph[input].source { stageOfParameter[index] = stage.index }
        }
      }
    }
    self.stageOfParameter = stageOfParameter
    var sampleCount = 0
    places = graph.parameters.map { parameter in
      let first = sampleCount
      sampleCount += Self.sampleCount(of: parameter)
      return first..<sampleCount
    }
    samples = Array(repeating: 0, count: sampleCount)
    changedSamples = Array(repeating: 0, count: Self.sampleLimit)
    gradientSquares = Array(repeating: 0, count: graph.parameters.count)
    weights = Array(repeating: HealthTally.Sum(), count: stages.stages.count)
    changes = weights
    rehearse()
  }

  /// Called before the rows of an iteration that is measured.
  package func iterationWillBegin() {
    nanosecondsBesideRuns = 0
    for observer in healthObservers { observer.iterationWillBegin() }
    timed { sampleWeights() }
  }

  /// What looking took on the first thread in the latest iteration that was measured, in seconds.
  package var lookSeconds: Double {
    Double(firstThreadObservers.reduce(nanosecondsBesideRuns) { $0 + $1.nanoseconds }) * 1e-9
  }

  private func timed(_ body: () -> Void) {
    let begin = monotonicNanoseconds()
    body()
    nanosecondsBesideRuns += monotonicNanoseconds() - begin
  }

  private func sampleWeights() {
    for tally in tallies { tally.reset() }
    for (index, places) in places.enumerated() where !places.isEmpty { sample(index, into: &samples, places) }
  }

  private func sample(_ parameter: Int, into samples: inout [Double], _ places: Range<Int>) {
    statistics.sample(
      at: storage.parameterBlock.address.advanced(by: storage.layout.offsets[parameter]),
      count: storage.parameters[parameter].shape.elementCount, elementType: Element.elementType, into: &samples, places)
  }

  /// The gradients are complete; where updates are fused into the reverse pass they were, one after the other.
  package func gradientsAreComplete() { timed { squareGradients() } }

  private func squareGradients() {
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
  package func updateDidEnd(iteration: Int) {
    timed { compareWeights() }
    measuredIteration = iteration + 1
  }

  private func compareWeights() {
    for index in weights.indices {
      weights[index] = HealthTally.Sum()
      changes[index] = HealthTally.Sum()
    }
    for (index, places) in places.enumerated() where !places.isEmpty {
      sample(index, into: &changedSamples, 0..<places.count)
      let count = storage.parameters[index].shape.elementCount
      var (weight, change) = (0.0, 0.0)
      for place in places {
        let difference = changedSamples[place - places.lowerBound] - samples[place]
        weight += samples[place] * samples[place]
        change += difference * difference
      }
      // Each sampled entry stands for as many as it is one of.
      let share = Double(count) / Double(places.count)
      weights[stageOfParameter[index]] += HealthTally.Sum(squares: weight * share, count: count)
      changes[stageOfParameter[index]] += HealthTally.Sum(squares: change * share, count: count)
    }
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
    for observer in healthObservers {
      observer.runWillBegin()
      observer.lookAtEverything()
    }
    team.touchStacks()
    gradientsAreComplete()
    updateDidEnd(iteration: 0)
    measuredIteration = nil
  }
}
