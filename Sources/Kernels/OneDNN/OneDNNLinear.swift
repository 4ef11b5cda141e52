internal import COneDNN
internal import ComputationGraph

extension OneDNNProgram {
  /// x [B, I], W [U, I] (, b [1, U]) -> σ(x Wᵀ + b).
  static func linear(
    inputs: [Shape], bias: Bool, activation: Activation?, context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram {
    let product = OneDNNProduct(
      direction: .forward, rows: inputs[0].rows, columns: inputs[1].rows, depth: inputs[0].columns, b: .transposed,
      hasBias: bias,
      activation: activation)
    return try product.program(context)
  }

  /// du [B, U], W [U, I] -> du W.
  static func linearInputGradient(inputs: [Shape], context: OneDNNContext) throws(KernelError) -> OneDNNProgram {
    let product = OneDNNProduct(
      direction: .inputGradient, rows: inputs[0].rows, columns: inputs[1].columns, depth: inputs[1].rows)
    return try product.program(context)
  }

  /// du [B, U], x [B, I] -> duᵀ x, or that added to what the output holds.
  static func linearWeightGradient(
    inputs: [Shape], adds: Bool, context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram {
    let product = OneDNNProduct(
      direction: .weightGradient, rows: inputs[0].columns, columns: inputs[1].columns, depth: inputs[0].rows,
      a: .transposed, adds: adds)
    return try product.program(context)
  }
}
