internal import COneDNN
internal import ComputationGraph

extension OneDNNProduct {
  /// x [B, I], W [U, I] (, b [1, U]) -> σ(x Wᵀ + b).
  static func linear(
    inputs: [Shape], bias: Bool, activation: Activation?, type: ElementType
  ) -> OneDNNProduct {
    OneDNNProduct(
      direction: .forward, rows: inputs[0].rows, columns: inputs[1].rows, depth: inputs[0].columns, b: .transposed,
      hasBias: bias, activation: activation, factors: type, result: type)
  }

  /// du [B, U], W [U, I] -> du W.
  static func linearInputGradient(inputs: [Shape], type: ElementType) -> OneDNNProduct {
    OneDNNProduct(
      direction: .inputGradient, rows: inputs[0].rows, columns: inputs[1].columns, depth: inputs[1].rows,
      factors: type, result: type)
  }

  /// du [B, U], x [B, I] -> duᵀ x, or that added to what the output holds; in float32.
  static func linearWeightGradient(inputs: [Shape], adds: Bool, type: ElementType) -> OneDNNProduct {
    OneDNNProduct(
      direction: .weightGradient, rows: inputs[0].columns, columns: inputs[1].columns, depth: inputs[0].rows,
      a: .transposed, adds: adds, factors: type)
  }
}
