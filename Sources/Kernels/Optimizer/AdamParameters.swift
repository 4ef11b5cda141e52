internal import Glibc

/// Adam (Kingma, Ba 2015) and AdamW (Loshchilov, Hutter 2019) with PyTorch's meaning of every number:
///
/// ```
/// adam:   g += weightDecay w          adamw:  w -= learningRate weightDecay w
/// m += (1 - beta1) (g - m);  v = beta2 v + (1 - beta2) g²
/// w -= learningRate / (1 - beta1ᵗ) m / (sqrt(v / (1 - beta2ᵗ)) + epsilon)
/// ```
package struct AdamParameters: Hashable, Sendable {
  package var learningRate: Double
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var weightDecay: Double
  /// AdamW: the decay acts on the parameters themselves and stays out of the moments.
  package var decoupledWeightDecay: Bool

  /// PyTorch's `Adam`.
  package static let adam = AdamParameters(weightDecay: 0, decoupledWeightDecay: false)
  /// PyTorch's `AdamW`.
  package static let adamW = AdamParameters(weightDecay: 1e-2, decoupledWeightDecay: true)

  package init(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double, decoupledWeightDecay: Bool
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decoupledWeightDecay = decoupledWeightDecay
  }

  /// 1 - betaᵗ, without cancellation for betas next to 1.
  static func correction(beta: Double, step: UInt64) -> Double {
    beta == 0 ? 1 : -expm1(Double(step) * log(beta))
  }
}
