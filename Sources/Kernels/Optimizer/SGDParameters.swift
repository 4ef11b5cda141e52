/// Stochastic gradient descent with PyTorch's meaning of every number:
///
/// ```
/// g += weightDecay w;  v = momentum v + g;  w -= learningRate (nesterov ? g + momentum v : v)
/// ```
///
/// Velocities start at zero, so that the first is the first gradient. With momentum 0 there are none.
package struct SGDParameters: Hashable, Sendable {
  package var learningRate: Double
  package var momentum: Double
  package var nesterov: Bool
  package var weightDecay: Double

  package init(learningRate: Double = 1e-3, momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }
}
