import ArenaMemory
package import Configuration
package import Kernels

/// Turns gradients into an update of all parameters: norm, clipping, and one fused pass of the optimizer.
package final class ParameterUpdater<Element: TrainingElement> {
  private let storage: ParameterStorage<Element>
  private let optimizer: OptimizerConfiguration
  private let clip: GradientClip?
  private let kernels: OptimizerKernels
  private var updatesDone: UInt64 = 0

  package init(
    storage: ParameterStorage<Element>, optimizer: OptimizerConfiguration, clip: GradientClip?, team: ThreadTeam
  ) {
    precondition(
      storage.optimizerBlocks.count == optimizer.stateCount, "the storage has the state that the optimizer keeps")
    self.storage = storage
    self.optimizer = optimizer
    self.clip = clip
    kernels = OptimizerKernels(team: team)
  }

  /// Euclidean norm of all gradients, before clipping; not finite where a gradient is not.
  package func gradientNorm() -> Double {
    kernels.sumOfSquares(
      at: storage.gradientBlock.address, count: storage.elementCount, elementType: Element.elementType
    ).squareRoot()
  }

  /// Clips the gradients and updates every parameter once.
  package func update(learningRate: Double, gradientNorm: Double) {
    updatesDone += 1
    var scale = 1.0
    switch clip {
    case .norm(let maximum): scale = OptimizerKernels.gradientScale(norm: gradientNorm, maximumNorm: maximum)
    case .value(let limit):
      kernels.clip(
        at: storage.gradientBlock.address, count: storage.elementCount, elementType: Element.elementType, limit: limit)
    case nil: break
    }
    switch optimizer {
    case .sgd(let sgd):
      kernels.updateSGD(
        Kernels.SGDParameters(
          learningRate: learningRate, momentum: sgd.momentum, nesterov: sgd.nesterov, weightDecay: sgd.weightDecay),
        elementType: Element.elementType, count: storage.elementCount, values: storage.parameterBlock.address,
        gradients: storage.gradientBlock.address, velocities: storage.optimizerBlocks.first?.address,
        gradientScale: scale)
    case .adam(let adam): updateAdam(adam, decoupled: false, learningRate: learningRate, scale: scale)
    case .adamw(let adam): updateAdam(adam, decoupled: true, learningRate: learningRate, scale: scale)
    }
  }

  private func updateAdam(
    _ adam: Configuration.AdamParameters, decoupled: Bool, learningRate: Double, scale: Double
  ) {
    kernels.updateAdam(
      Kernels.AdamParameters(
        learningRate: learningRate, beta1: adam.beta1, beta2: adam.beta2, epsilon: adam.epsilon,
        weightDecay: adam.weightDecay, decoupledWeightDecay: decoupled),
      step: updatesDone, elementType: Element.elementType, count: storage.elementCount,
      values: storage.parameterBlock.address, gradients: storage.gradientBlock.address,
      firstMoments: storage.optimizerBlocks[0].address, secondMoments: storage.optimizerBlocks[1].address,
      gradientScale: scale)
  }
}

extension OptimizerConfiguration {
  /// Values that the optimizer keeps beside each parameter.
  package var stateCount: Int {
    switch self {
    case .sgd(let sgd): sgd.momentum == 0 ? 0 : 1
    case .adam, .adamw: 2
    }
  }
}
