internal import COneDNN
internal import ComputationGraph

extension OneDNNProgram {
  /// x [B, I], W [U, I] (, b [1, U]) -> σ(x Wᵀ + b).
  static func linear(
    inputs: [Shape], bias: Bool, activation: Activation?, context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram {
    let product = OneDNNProduct(
      rows: inputs[0].rows, columns: inputs[1].rows, depth: inputs[0].columns, b: .transposed, hasBias: bias)
    // An own activation comes after the product, in place.
    let own = activation.flatMap { unsafe $0.ownForward == nil ? nil : $0 }
    let program = try product.program(activation: own == nil ? activation : nil, context: context)
    if let own {
      let shape = Shape(rows: product.rows, columns: product.columns)
      _ = program.appendOwnActivation(own, from: .output, shape: shape, team: context.team)
    }
    return program
  }

  /// du [B, U], W [U, I] -> du W.
  static func linearInputGradient(inputs: [Shape], context: OneDNNContext) throws(KernelError) -> OneDNNProgram {
    let product = OneDNNProduct(rows: inputs[0].rows, columns: inputs[1].columns, depth: inputs[1].rows)
    return try product.program(activation: nil, context: context)
  }

  /// du [B, U], x [B, I] -> duᵀ x.
  static func linearWeightGradient(inputs: [Shape], context: OneDNNContext) throws(KernelError) -> OneDNNProgram {
    let product = OneDNNProduct(
      rows: inputs[0].columns, columns: inputs[1].columns, depth: inputs[0].rows, a: .transposed)
    return try product.program(activation: nil, context: context)
  }
}
