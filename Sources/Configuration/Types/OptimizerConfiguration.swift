/// The rule that updates parameters from gradients, with the meaning and the defaults of `torch.optim`.
package enum OptimizerConfiguration: Hashable, Sendable {
  /// Stochastic gradient descent with momentum, without dampening.
  case sgd(SGDParameters)
  /// Kingma and Ba: Adam (ICLR 2015); weight decay is added to the gradient.
  case adam(AdamParameters)
  /// Loshchilov and Hutter: Decoupled Weight Decay Regularization (ICLR 2019).
  case adamw(AdamParameters)

  /// The learning rate before any schedule.
  package var learningRate: Double {
    switch self {
    case .sgd(let parameters): parameters.learningRate
    case .adam(let parameters), .adamw(let parameters): parameters.learningRate
    }
  }

  /// Whether each parameter is updated as soon as its gradient is complete.
  package var fused: Bool {
    switch self {
    case .sgd(let parameters): parameters.fused
    case .adam(let parameters), .adamw(let parameters): parameters.fused
    }
  }

  /// The name in configuration files.
  package var name: String {
    switch self {
    case .sgd: "sgd"
    case .adam: "adam"
    case .adamw: "adamw"
    }
  }
}

package struct SGDParameters: Hashable, Sendable {
  package var learningRate: Double = 0.001
  package var momentum: Double = 0
  /// Nesterov's momentum; calls for a momentum above 0.
  package var nesterov: Bool = false
  package var weightDecay: Double = 0
  /// Whether each parameter is updated as soon as its gradient is complete.
  package var fused: Bool = false

  package init(
    learningRate: Double = 0.001, momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0,
    fused: Bool = false
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
    self.fused = fused
  }
}

package struct AdamParameters: Hashable, Sendable {
  package var learningRate: Double = 0.001
  /// Decay of the gradient's running mean, in [0, 1).
  package var beta1: Double = 0.9
  /// Decay of the squared gradient's running mean, in [0, 1).
  package var beta2: Double = 0.999
  package var epsilon: Double = 1e-8
  /// 0 for Adam, 0.01 for AdamW unless given.
  package var weightDecay: Double = 0
  /// Whether each parameter is updated as soon as its gradient is complete.
  package var fused: Bool = false

  package init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, fused: Bool = false
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.fused = fused
  }
}
