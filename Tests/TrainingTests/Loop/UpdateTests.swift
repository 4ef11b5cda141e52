import Configuration
import Testing
import Training

/// One linear neuron on one sample, x = 2 and y = 3, from w = b = 0 by a rate of 0.1: every number is worked out by
/// hand from PyTorch's definitions. The loss is (w x + b - y)², so that dL/db = 2 (w x + b - 3) and dL/dw twice that.
@Suite struct UpdateTests {
  struct Trajectory: CustomTestStringConvertible, Sendable {
    let optimizer: String
    var clip = "null"
    /// w and b after the first and the second update.
    let expected: [[Double]]
    var testDescription: String { clip == "null" ? optimizer : "\(optimizer), clipped by \(clip)" }
  }

  static let trajectories: [Trajectory] = [
    // The first gradient is (-12, -6); after it the prediction is right and the second is 0.
    Trajectory(optimizer: #""type": "sgd""#, expected: [[1.2, 0.6], [1.2, 0.6]]),
    // Velocities 0.9 · (-12, -6).
    Trajectory(optimizer: #""type": "sgd", "momentum": 0.9"#, expected: [[1.2, 0.6], [2.28, 1.14]]),
    // g + 0.9 v = 1.9 g: w = 2.28, b = 1.14; then the prediction is 5.7, the gradient (10.8, 5.4), the velocities
    // (0, 0), and the step is the gradient alone.
    Trajectory(
      optimizer: #""type": "sgd", "momentum": 0.9, "nesterov": true"#, expected: [[2.28, 1.14], [1.2, 0.6]]),
    // The decay adds 0.5 (w, b) to the gradient, which is 0 the second time.
    Trajectory(optimizer: #""type": "sgd", "weightDecay": 0.5"#, expected: [[1.2, 0.6], [1.14, 0.57]]),
    // The corrected moments of one gradient are g and g²: the step is as long as the rate. Then the prediction is 0.3
    // and the gradient (-10.8, -5.4).
    Trajectory(optimizer: #""type": "adam""#, expected: [[0.1, 0.1], adamSecondStep]),
    // No decay of 0, and then 0.1 · 0.5 of (0.1, 0.1) before the same step.
    Trajectory(
      optimizer: #""type": "adamw", "weightDecay": 0.5"#,
      expected: [[0.1, 0.1], adamSecondStep.map { $0 - 0.1 * 0.5 * 0.1 }]),
    // The norm √180 is brought to 1, and the gradients with it.
    Trajectory(
      optimizer: #""type": "sgd""#, clip: #"{ "norm": 1 }"#,
      expected: [[1.2 / 180.0.squareRoot(), 0.6 / 180.0.squareRoot()]]),
    Trajectory(optimizer: #""type": "sgd""#, clip: #"{ "norm": 14 }"#, expected: [[1.2, 0.6]]),
    Trajectory(optimizer: #""type": "sgd""#, clip: #"{ "value": 5 }"#, expected: [[0.5, 0.5]]),
    Trajectory(optimizer: #""type": "sgd""#, clip: #"{ "value": 7 }"#, expected: [[0.7, 0.6]]),
  ]

  /// The corrected moments of those two gradients, from the definition; epsilon is too small to be seen.
  private static let adamSecondStep: [Double] = [(12.0, 10.8), (6.0, 5.4)].map { first, second in
    let mean = (0.9 * 0.1 * first + 0.1 * second) / (1 - 0.81)
    let square = (0.999 * 0.001 * first * first + 0.001 * second * second) / (1 - 0.998001)
    return 0.1 + 0.1 * mean / square.squareRoot()
  }

  private func parameters<Element: TrainingElement>(
    _ trajectory: Trajectory, after iterations: Int, as type: Element.Type
  ) throws -> ([Element], TrainingOutcome) {
    let run = try TrainingRun<Element>(
      """
      {
        "data": { "type": "synthetic", "samples": 1, "features": 1 },
        "model": { "layers": [ { "type": "linear", "units": 1 } ], "initialization": "zeros" },
        "loss": "meanSquaredError",
        "optimizer": { \(trajectory.optimizer), "learningRate": 0.1 },
        "training": { "gradientClip": \(trajectory.clip) }
      }
      """, samples: samples([[2]], [[3]]), options: TrainingOptions(iterations: iterations))
    let outcome = try run.train()
    return (try run.parameters(), outcome)
  }

  @Test(arguments: trajectories)
  func trajectoryIsPyTorchs(trajectory: Trajectory) throws {
    for (index, expected) in trajectory.expected.enumerated() {
      let (double, outcome) = try parameters(trajectory, after: index + 1, as: Double.self)
      let (single, _) = try parameters(trajectory, after: index + 1, as: Float.self)
      for (found, wanted) in zip(double, expected) { #expect(abs(found - wanted) < 1e-7, "\(double), not \(expected)") }
      for (found, wanted) in zip(single, expected) {
        #expect(abs(Double(found) - wanted) < 2e-6, "\(single), not \(expected)")
      }
      #expect(outcome.initialLoss == 9)
      if index == 0 {
        // Before clipping.
        #expect(abs(outcome.epochs[0].gradientNorm - 180.0.squareRoot()) < 1e-12)
      }
    }
  }
}
