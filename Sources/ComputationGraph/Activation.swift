/// An element-wise activation function h = σ(u).
package enum Activation: Hashable, Sendable {
  case relu
  /// `x < 0 ? slope * x : x`, slope >= 0.
  case leakyRelu(slope: Double)
  /// `x < 0 ? alpha * (exp(x) - 1) : x`, alpha >= 0.
  case elu(alpha: Double)
  /// `x Φ(x)`, Φ the normal distribution function by `erf`, or by the tanh approximation.
  case gelu(approximation: GELUApproximation)
  /// `x sigmoid(x)`.
  case silu
  case tanh
  case sigmoid
  /// `log(1 + exp(x))`.
  case softplus

  package enum GELUApproximation: String, Hashable, Sendable, CaseIterable {
    case none
    case tanh
  }

  /// Which side of the function its pullback reads.
  package enum SavedSide: Hashable, Sendable {
    case input
    case output
  }

  /// Whether σ' is computed from the pre-activation u or from the activation h.
  ///
  /// Where the output serves, the pre-activation is never needed again: it may be overwritten in place and the
  /// activation may be fused into the product that makes it.
  package var savedSide: SavedSide {
    switch self {
    case .relu, .leakyRelu, .elu, .tanh, .sigmoid, .softplus: .output
    case .gelu, .silu: .input
    }
  }

  /// Floating-point operations per element, as the profile counts them (one per arithmetic operation or call).
  package var flopsPerElement: Int {
    switch self {
    case .relu: 1
    case .leakyRelu: 2
    case .elu, .tanh, .sigmoid, .softplus, .silu: 4
    case .gelu: 8
    }
  }

  /// The name in configuration files and in the text form of graphs.
  package var name: String {
    switch self {
    case .relu: "relu"
    case .leakyRelu: "leakyRelu"
    case .elu: "elu"
    case .gelu: "gelu"
    case .silu: "silu"
    case .tanh: "tanh"
    case .sigmoid: "sigmoid"
    case .softplus: "softplus"
    }
  }
}
