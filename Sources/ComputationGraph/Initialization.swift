/// How a weight matrix [units, inputs] is drawn; biases start at zero. Variances as in PyTorch's `torch.nn.init`.
package struct Initialization: Hashable, Sendable {
  package enum Scheme: String, Hashable, Sendable, CaseIterable {
    /// Variance 2 / inputs.
    case he
    /// Variance 2 / (inputs + units).
    case xavier
    /// Variance 1 / inputs.
    case lecun
    /// A (semi-)orthogonal matrix.
    case orthogonal
    case zeros
  }

  package enum Distribution: String, Hashable, Sendable, CaseIterable {
    case normal
    case uniform
  }

  package var scheme: Scheme
  package var distribution: Distribution

  package init(scheme: Scheme, distribution: Distribution) {
    self.scheme = scheme
    self.distribution = distribution
  }
}
