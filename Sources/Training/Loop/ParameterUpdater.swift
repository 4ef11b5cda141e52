import ArenaMemory
import ComputationGraph
package import Configuration
package import Kernels
import SystemCalls

/// Turns gradients into an update of all parameters: norm, clipping, and one fused pass of the optimizer.
package final class ParameterUpdater<Element: TrainingElement> {
  private let storage: ParameterStorage<Element>
  private let optimizer: OptimizerConfiguration
  private let clip: GradientClip?
  private let kernels: OptimizerKernels
  private let team: ThreadTeam
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
    self.team = team
  }

  /// Euclidean norm of all gradients, before clipping; not finite where a gradient is not.
  package func gradientNorm() -> Double {
    kernels.sumOfSquares(
      at: storage.gradientBlock.address, count: storage.elementCount, elementType: Element.elementType
    ).squareRoot()
  }

  /// Whether every parameter is finite.
  func parametersAreFinite() -> Bool {
    kernels.sumOfSquares(
      at: storage.parameterBlock.address, count: storage.elementCount, elementType: Element.elementType
    ).isFinite
  }

  /// Clips the gradients and updates every parameter once.
  package func update(learningRate: Double, gradientNorm: Double) {
    beginUpdate()
    let scale: Double
    switch clip {
    case .norm(let maximum): scale = OptimizerKernels.gradientScale(norm: gradientNorm, maximumNorm: maximum)
    case .value, nil: scale = 1
    }
    // Parameters that are rounded as well are still in a cache then if the pieces are small; updates are element-wise.
    let step = storage.roundedBlock == nil ? max(1, storage.elementCount) : Self.largestRoundedPiece
    for start in stride(from: 0, to: storage.elementCount, by: step) {
      let byteOffset = start * MemoryLayout<Element>.stride
      update(
        Piece(
          byteOffset: byteOffset, count: min(step, storage.elementCount - start),
          gradients: storage.gradientBlock.address.advanced(by: byteOffset)), learningRate: learningRate, scale: scale)
    }
  }

  /// Counts an update of all parameters that are updated one by one afterwards.
  func beginUpdate() { updatesDone += 1 }

  /// Clips the gradient of one parameter, entry by entry, and updates it.
  func update(parameter index: Int, gradient: MemoryAddress, learningRate: Double) {
    update(
      Piece(
        byteOffset: storage.layout.offsets[index], count: storage.parameters[index].shape.elementCount,
        gradients: gradient), learningRate: learningRate, scale: 1)
  }

  /// Parameters that stand side by side, and their gradients.
  private struct Piece {
    /// From the start of each block of parameters or state.
    let byteOffset: Int
    let count: Int
    let gradients: MemoryAddress
  }

  private func update(_ piece: Piece, learningRate: Double, scale: Double) {
    if case .value(let limit) = clip {
      kernels.clip(at: piece.gradients, count: piece.count, elementType: Element.elementType, limit: limit)
    }
    switch optimizer {
    case .sgd(let sgd):
      kernels.updateSGD(
        Kernels.SGDParameters(
          learningRate: learningRate, momentum: sgd.momentum, nesterov: sgd.nesterov, weightDecay: sgd.weightDecay),
        elementType: Element.elementType, count: piece.count, values: address(of: piece, in: storage.parameterBlock),
        gradients: piece.gradients, velocities: storage.optimizerBlocks.first.map { address(of: piece, in: $0) },
        gradientScale: scale)
    case .adam(let adam): updateAdam(adam, piece, decoupled: false, learningRate: learningRate, scale: scale)
    case .adamw(let adam): updateAdam(adam, piece, decoupled: true, learningRate: learningRate, scale: scale)
    }
    storage.round(from: piece.byteOffset, count: piece.count, team: team)
  }

  /// Elements: 1 MiB of parameters.
  private static var largestRoundedPiece: Int { 1 << 18 }

  private func updateAdam(
    _ adam: Configuration.AdamParameters, _ piece: Piece, decoupled: Bool, learningRate: Double, scale: Double
  ) {
    kernels.updateAdam(
      Kernels.AdamParameters(
        learningRate: learningRate, beta1: adam.beta1, beta2: adam.beta2, epsilon: adam.epsilon,
        weightDecay: adam.weightDecay, decoupledWeightDecay: decoupled),
      step: updatesDone, elementType: Element.elementType, count: piece.count,
      values: address(of: piece, in: storage.parameterBlock), gradients: piece.gradients,
      firstMoments: address(of: piece, in: storage.optimizerBlocks[0]),
      secondMoments: address(of: piece, in: storage.optimizerBlocks[1]), gradientScale: scale)
  }

  private func address(of piece: Piece, in block: MemoryBlock) -> MemoryAddress {
    block.address.advanced(by: piece.byteOffset)
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
