import Checkpointing
import ComputationGraph
import Execution
import Kernels
import RandomNumbers
import Testing
import TestSupport
import Training

/// Whole networks against central differences, in float64 on the reference kernels.
@Suite struct GradientTests {
  @Test(arguments: 0..<40)
  func gradientsOfSmoothNetworksEqualCentralDifferences(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 5, elementType: .float64, smooth: true)
    let runner = try NetworkRunner<Double>(network, rows: 4, seed: seed, library: ReferenceKernels())
    let plan = try runner.plan(.none)
    let arena = try runner.arena(for: plan)
    let executor = try runner.executor(of: plan, in: arena)
    let context = RunContext(seed: 5, iteration: 0)
    func loss() throws -> Double {
      try executor.run(context)
      return try runner.loss()
    }
    let atRest = try loss()
    let gradients = try runner.gradients()
    var random = SplitMix64(seed: seed &+ 1)
    for (index, parameter) in runner.storage.parameters.enumerated() {
      let values = try runner.storage.values(ofParameter: index)
      for _ in 0..<4 {
        let entry = Int.random(in: 0..<values.count, using: &random)
        // Central differences are best with a step of the cube root of the rounding unit; the second term of the
        // tolerance is the rounding of the difference itself.
        let step = 6e-6 * max(1, abs(values[entry]))
        var moved = values
        moved[entry] += step
        try runner.storage.setValues(moved, ofParameter: index)
        let above = try loss()
        moved[entry] = values[entry] - step
        try runner.storage.setValues(moved, ofParameter: index)
        let below = try loss()
        try runner.storage.setValues(values, ofParameter: index)
        let difference = (above - below) / (2 * step)
        let gradient = gradients[index][entry]
        let tolerance = 1e-7 * abs(gradient) + 16 * Double.ulpOfOne * abs(atRest) / step
        #expect(abs(difference - gradient) <= tolerance, "seed \(seed), \(parameter.name)[\(entry)]")
      }
    }
  }
}
