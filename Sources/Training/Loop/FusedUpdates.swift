import ComputationGraph
import Execution
import Kernels
import SystemCalls

/// Updates each parameter inside the reverse pass, as soon as its gradient is complete.
///
/// ```
/// forward ... loss | reverse stage 2: dW2, dx2, update W2 | reverse stage 1: dW1, dx1, update W1 | ...
///                    '-- the bytes of dW2 are free from here on
/// ```
///
/// Updates are element-wise, so that parameters come out bit for bit as when all are updated at the end. A loss that is
/// not finite lets no parameter be touched, and a gradient that is not ends the updates with it; those of later layers
/// have been made then.
final class FusedUpdates<Element: TrainingElement>: ParameterUpdates {
  /// Of one iteration, between `begin` and `end`.
  private(set) var squaredGradientNorm = 0.0
  /// The square of each gradient's norm, before clipping.
  private(set) var gradientSquares: [Double]
  private let storage: ParameterStorage<Element>
  private let kernels: OptimizerKernels
  private let loss: () -> Double
  /// Nil outside of an iteration.
  private var updater: ParameterUpdater<Element>?
  private var learningRate = 0.0
  private var lossIsChecked = false

  /// - Parameter loss: of the batch at hand, computed before the first gradient.
  init(storage: ParameterStorage<Element>, team: ThreadTeam, loss: @escaping () -> Double) {
    self.storage = storage
    self.loss = loss
    kernels = OptimizerKernels(team: team)
    gradientSquares = Array(repeating: 0, count: storage.parameters.count)
  }

  /// Opens the updates of one iteration; outside of an iteration a reverse pass updates nothing.
  func begin(_ updater: ParameterUpdater<Element>, learningRate: Double) {
    updater.beginUpdate()
    self.updater = updater
    self.learningRate = learningRate
    lossIsChecked = false
    squaredGradientNorm = 0
  }

  func end() { updater = nil }

  func kernel(updating parameter: Int, from gradient: MemoryAddress) -> any BoundKernel {
    FusedUpdate(updates: self, parameter: parameter, gradient: gradient)
  }

  fileprivate func gradientIsComplete(of parameter: Int, at address: MemoryAddress) {
    guard let updater else { return }
    if !lossIsChecked {
      lossIsChecked = true
      guard loss().isFinite else { return end() }
    }
    let squares = kernels.sumOfSquares(
      at: address, count: storage.parameters[parameter].shape.elementCount, elementType: Element.elementType)
    gradientSquares[parameter] = squares
    squaredGradientNorm += squares
    guard squares.isFinite else { return end() }
    updater.update(parameter: parameter, gradient: address, learningRate: learningRate)
  }
}

/// The update of one parameter, as an instruction of a plan.
private final class FusedUpdate<Element: TrainingElement>: BoundKernel {
  private unowned let updates: FusedUpdates<Element>
  private let parameter: Int
  private let gradient: MemoryAddress

  init(updates: FusedUpdates<Element>, parameter: Int, gradient: MemoryAddress) {
    self.updates = updates
    self.parameter = parameter
    self.gradient = gradient
  }

  func run(_ context: RunContext) { updates.gradientIsComplete(of: parameter, at: gradient) }
}
