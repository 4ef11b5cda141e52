package import ComputationGraph

/// Gradients of the kernels that training uses beside those of the float64 reference, at the same parameters and rows.
package struct PrecisionCheck: Hashable, Sendable {
  /// By parameter: |g - r| / |r| over all entries, r the reference's gradient; 0 where both vanish. Where r is nothing
  /// but float64's rounding, as that of a bias before a batch norm, in units of the norm of all gradients together.
  package var relativeErrors: [Double]
  /// The largest that passes where arithmetic of this precision can keep to it; nil where there is no such bound.
  package var tolerance: Double?
  /// By parameter: errors that plain loops make; empty where nobody asked.
  private var plainErrors: [Double] = []
  /// How many times the errors of plain loops pass.
  private let plainFactor: Double

  package var passes: Bool { relativeErrors.indices.allSatisfy(passes(parameter:)) }

  package func passes(parameter: Int) -> Bool {
    tolerance(ofParameter: parameter).map { relativeErrors[parameter] <= $0 } ?? true
  }

  /// The largest error of a parameter that passes; nil where there is no verdict on it.
  package func tolerance(ofParameter parameter: Int) -> Double? {
    guard let tolerance else { return nil }
    guard !plainErrors.isEmpty else { return tolerance }
    let raised = max(tolerance, plainFactor * plainErrors[parameter])
    return raised <= PrecisionCheck.largestTolerance ? raised : nil
  }

  /// - Parameters:
  ///   - elementType: what the gradients were computed in, or the shortest form of what they were computed from.
  ///   - isBounded: whether the network is smooth and at most 100 layers deep. Otherwise one element that rounding puts
  ///     on the other side of a kink changes gradients by far more than rounding does, and errors are told without a
  ///     verdict.
  package init<Element: TrainingElement>(
    _ gradients: [[Element]], reference: [[Double]], elementType: ElementType, isBounded: Bool
  ) {
    relativeErrors = Self.relativeErrors(of: gradients, reference)
    tolerance = isBounded ? Self.tolerance(of: elementType) : nil
    plainFactor = elementType == .bfloat16 ? 2 : 16
  }

  /// Raises the bound of each parameter that is so ill-conditioned that arithmetic of this precision cannot keep to it:
  /// to 16 times the error of plain loops, in bfloat16 twice that. Where what training uses is wrong, these are not.
  /// Where that would let a wrong formula pass, there is no verdict.
  ///
  /// - Parameter plain: gradients by the reference kernels in the precision that is judged, or of a network that keeps
  ///   its values in it.
  package mutating func raiseTolerance<Element: TrainingElement>(
    toErrorsOf plain: [[Element]], reference: [[Double]]
  ) {
    plainErrors = Self.relativeErrors(of: plain, reference)
  }

  private static func relativeErrors<Element: TrainingElement>(
    of gradients: [[Element]], _ reference: [[Double]]
  ) -> [Double] {
    let normOfAll = reference.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    return zip(gradients, reference).map { found, expected in
      var error = 0.0
      var norm = 0.0
      for (g, r) in zip(found, expected) {
        error += (Double(g) - r) * (Double(g) - r)
        norm += r * r
      }
      let isRounding = norm.squareRoot() <= 1e-12 * normOfAll
      return error == 0 ? 0 : error.squareRoot() / (isRounding ? normOfAll : norm.squareRoot())
    }
  }
}

extension PrecisionCheck {
  /// A float32 gradient is within 1e-5 up to 100 layers. bfloat16 rounds several values of every layer to 2⁻⁹ of
  /// themselves, and their errors add up about as the root of their number: 0.03 to 0.06 at 20 to 35 layers. Its bound
  /// finds a formula that is wrong, not a digit that is lost.
  fileprivate static func tolerance(of elementType: ElementType) -> Double {
    switch elementType {
    case .float32, .float64: 1e-5
    case .bfloat16: largestTolerance
    }
  }

  private static let largestTolerance = 0.25
}

extension Graph {
  /// Whether the loss is a smooth function of every parameter, and linear layers follow one another at most `depth`
  /// times.
  package func isSmooth(ofDepth depth: Int) -> Bool {
    var products = 0
    for node in nodes {
      switch node.operation {
      case .linear(_, let activation):
        products += 1
        if activation?.hasKink == true { return false }
      case .activation(let activation): if activation.hasKink { return false }
      case .loss(let loss): if loss.hasKink { return false }
      case .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm, .updateRunningStatistics, .dropout, .add,
        .correctCount, .lossGradient, .activationGradient, .linearInputGradient, .linearWeightGradient,
        .linearBiasGradient, .layerNormInputGradient, .layerNormParameterGradients, .batchNormInputGradient,
        .batchNormParameterGradients, .narrow, .widen, .parameterUpdate:
        break
      }
    }
    return products <= depth
  }
}
