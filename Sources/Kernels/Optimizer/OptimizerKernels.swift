internal import COneDNN
package import ComputationGraph
package import SystemCalls

/// Optimizer updates and what is computed over whole gradients, on the thread team, in float32 and float64.
///
/// An update is one pass over a contiguous block of parameters, their gradients and their state, all aligned to the
/// element. It is element-wise: cutting a block into pieces changes no bit. Sums are added in an order that depends
/// on the count and the thread count alone.
package final class OptimizerKernels {
  private let team: ThreadTeam
  private let partialSums: PartialSums

  package init(team: ThreadTeam) {
    self.team = team
    partialSums = PartialSums(team: team)
  }

  /// One step of stochastic gradient descent.
  ///
  /// - Parameter velocities: state of the parameters' size, zero before the first step; nil with momentum 0.
  /// - Parameter gradientScale: what gradients are multiplied with before all else, for clipping by norm.
  package func updateSGD(
    _ sgd: SGDParameters, elementType: ElementType, count: Int, values: MemoryAddress, gradients: MemoryAddress,
    velocities: MemoryAddress?, gradientScale: Double = 1
  ) {
    precondition(sgd.momentum == 0 || velocities != nil, "momentum needs velocities")
    let constants = BptrainSgd(
      learningRate: sgd.learningRate, momentum: sgd.momentum, weightDecay: sgd.weightDecay,
      gradientScale: gradientScale, isNesterov: sgd.nesterov)
    forEachPart(count) { part in
      switch elementType {
      case .float32:
        let (w, g) = unsafe (values.pointer(to: Float.self, part), gradients.pointer(to: Float.self, part))
        if sgd.momentum != 0, let velocities {
          unsafe bptrainSgdMomentum32(w, g, velocities.pointer(to: Float.self, part), part.count, constants)
        } else {
          unsafe bptrainSgd32(w, g, part.count, constants)
        }
      case .bfloat16: preconditionFailure("nothing that outlives an iteration is bfloat16")
      case .float64:
        let (w, g) = unsafe (values.pointer(to: Double.self, part), gradients.pointer(to: Double.self, part))
        if sgd.momentum != 0, let velocities {
          unsafe bptrainSgdMomentum64(w, g, velocities.pointer(to: Double.self, part), part.count, constants)
        } else {
          unsafe bptrainSgd64(w, g, part.count, constants)
        }
      }
    }
  }

  /// One step of Adam or AdamW.
  ///
  /// - Parameter step: which step this is; the first is 1.
  /// - Parameters firstMoments, secondMoments: state of the parameters' size, zero before the first step.
  package func updateAdam(
    _ adam: AdamParameters, step: UInt64, elementType: ElementType, count: Int, values: MemoryAddress,
    gradients: MemoryAddress, firstMoments: MemoryAddress, secondMoments: MemoryAddress, gradientScale: Double = 1
  ) {
    precondition(step >= 1, "the first step is 1")
    let constants = BptrainAdam(
      keptShare: adam.decoupledWeightDecay ? 1 - adam.learningRate * adam.weightDecay : 1,
      weightDecay: adam.decoupledWeightDecay ? 0 : adam.weightDecay, gradientScale: gradientScale,
      share1: 1 - adam.beta1, beta2: adam.beta2, share2: 1 - adam.beta2,
      stepSize: adam.learningRate / AdamParameters.correction(beta: adam.beta1, step: step),
      deviationCorrection: 1 / AdamParameters.correction(beta: adam.beta2, step: step).squareRoot(),
      epsilon: adam.epsilon)
    forEachPart(count) { part in
      switch elementType {
      case .float32:
        unsafe bptrainAdam32(
          values.pointer(to: Float.self, part), gradients.pointer(to: Float.self, part),
          firstMoments.pointer(to: Float.self, part), secondMoments.pointer(to: Float.self, part), part.count,
          constants)
      case .bfloat16: preconditionFailure("nothing that outlives an iteration is bfloat16")
      case .float64:
        unsafe bptrainAdam64(
          values.pointer(to: Double.self, part), gradients.pointer(to: Double.self, part),
          firstMoments.pointer(to: Double.self, part), secondMoments.pointer(to: Double.self, part), part.count,
          constants)
      }
    }
  }

  /// The sum of the squares of `count` elements in double precision; the square root of such sums over all parameters
  /// is the global gradient norm. It is finite exactly where all elements are (and, in float64, their squares).
  package func sumOfSquares(at address: MemoryAddress, count: Int, elementType: ElementType) -> Double {
    partialSums.sum(of: count, granularity: 16, elements: count) { part in
      switch elementType {
      case .float32: unsafe bptrainSquareSum32(address.pointer(to: Float.self, part), part.count)
      case .bfloat16:
        unsafe bptrainSquareSumBFloat16(ActivationPointer(address, .bfloat16) + part.lowerBound, part.count)
      case .float64: unsafe bptrainSquareSum64(address.pointer(to: Double.self, part), part.count)
      }
    }
  }

  /// What gradients of this global norm are to be multiplied with so that it does not exceed `maximumNorm`: PyTorch's
  /// `clip_grad_norm_`, with its 1e-6 below the fraction line.
  package static func gradientScale(norm: Double, maximumNorm: Double) -> Double {
    min(1, maximumNorm / (norm + 1e-6))
  }

  /// Limits every element to -`limit` ... `limit`, in place: PyTorch's `clip_grad_value_`. Not-a-number stays.
  package func clip(at address: MemoryAddress, count: Int, elementType: ElementType, limit: Double) {
    forEachPart(count) { part in
      switch elementType {
      case .float32: unsafe bptrainClip32(address.pointer(to: Float.self, part), part.count, limit)
      case .bfloat16: preconditionFailure("nothing that outlives an iteration is bfloat16")
      case .float64: unsafe bptrainClip64(address.pointer(to: Double.self, part), part.count, limit)
      }
    }
  }

  /// Parts in whole cache lines.
  @inline(__always)
  private func forEachPart(_ count: Int, _ body: (Range<Int>) -> Void) {
    team.split(count, granularity: 16, elements: count, body)
  }
}

extension MemoryAddress {
  /// The first element of a part of a block of `Element` here.
  @inline(__always)
  fileprivate func pointer<Element>(to _: Element.Type, _ part: Range<Int>) -> UnsafeMutablePointer<Element> {
    unsafe UnsafeMutablePointer<Element>(bitPattern: bitPattern)! + part.lowerBound
  }
}
