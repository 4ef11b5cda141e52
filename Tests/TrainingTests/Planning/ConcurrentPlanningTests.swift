import Checkpointing
import ComputationGraph
import ExecutionPlanning
import Kernels
import Testing
import Training

/// What is planned on two threads at once is what one thread plans.
@Suite struct ConcurrentPlanningTests {
  private static func network(layerCount: Int) -> NetworkDescription {
    let layers = (0..<layerCount).flatMap { index -> [LayerDescription] in
      let activation: Activation = index % 3 == 0 ? .gelu(approximation: .tanh) : .tanh
      return [.linear(units: 3 + index * 7 % 19, bias: true), .activation(activation)]
    }
    return NetworkDescription(
      layers: layers + [.linear(units: 2, bias: true)],
      loss: .meanSquaredError, inputFeatures: 5, targetColumns: 2)
  }

  @Test(arguments: [(20, nil), (100, nil), (100, 20), (600, nil), (520, 3), (600, 7)] as [(Int, Double?)])
  func plansAreThoseOfOneThread(layerCount: Int, percent: Double?) throws {
    let network = Self.network(layerCount: layerCount)
    func plans(_ concurrently: Bool, _ strategy: Strategy, _ parts: Int) throws -> TrainingPlans {
      try TrainingPlans(
        network: network, sizes: BatchSizes(training: 9, validation: 4), split: BatchSplit(partCount: parts),
        strategy: strategy, activationBudget: percent.map { .percent($0) }, plansConcurrently: concurrently,
        library: ReferenceKernels())
    }
    for (strategy, parts) in [(Strategy.optimal, 1), (.optimal, 2)] + (percent == nil ? [(.sqrt, 1)] : []) {
      let (one, two) = (try plans(false, strategy, parts), try plans(true, strategy, parts))
      #expect(one.schedule == two.schedule && one.smallestSchedule == two.smallestSchedule)
      #expect(one.minimumFeasibleByteCount == two.minimumFeasibleByteCount)
      #expect(one.keepAllByteCount == two.keepAllByteCount && one.needs == two.needs)
      #expect(one.certificate == two.certificate && one.prediction == two.prediction)
      #expect(one.chains == two.chains && one.stages.stages == two.stages.stages)
      #expect(one.all.map(\.instructions) == two.all.map(\.instructions))
      #expect(one.all.map(\.buffers) == two.all.map(\.buffers))
    }
  }
}
