/// What a node computes: forward operators of the layers, and the operators that their VJP rules add.
///
/// The comment of each case is its signature: inputs -> outputs, with shapes. B is the batch, I inputs, U units,
/// C columns. A cotangent has the shape of its value and is written `d` before its name.
package enum Operator: Hashable, Sendable {
  // MARK: Forward

  /// x [B, I], W [U, I] (, b [1, U]) -> σ(x Wᵀ + b) [B, U]. Only an activation that is differentiated from its output
  /// (``Activation/SavedSide/output``) is ever fused.
  case linear(bias: Bool, activation: Activation?)
  /// u [B, C] -> σ(u) [B, C]
  case activation(Activation)
  /// x [B, C] -> statistics [B, 2]: for each row its mean and 1 / sqrt(variance + epsilon), biased variance.
  case layerNormStatistics(epsilon: Double)
  /// x [B, C], statistics [B, 2], γ [1, C], β [1, C] -> (x - mean) / deviation * γ + β
  case layerNorm
  /// x [B, C] -> statistics [2, C]: row 0 the mean, row 1 the biased variance of each column.
  case batchNormStatistics
  /// x [B, C], statistics [2, C], γ [1, C], β [1, C] -> (x - mean) / sqrt(variance + epsilon) * γ + β.
  /// In evaluation the statistics are the running ones.
  case batchNorm(epsilon: Double)
  /// statistics [2, C], rows of x as a shape only -> none; running [2, C] is updated in place:
  /// (1 - momentum) running + momentum (mean, variance B / (B - 1)). Happens once an iteration.
  case updateRunningStatistics(momentum: Double, batchRows: Int)
  /// x [B, C] -> x mask / (1 - rate). The mask is a pure function of (seed, iteration, layer, element index r C + c).
  /// It is linear and self-adjoint: its own pullback.
  case dropout(rate: Double, layer: Int)
  /// a, b [B, C] -> a + b
  case add
  /// prediction p, target t -> scalar [1, 1]
  case loss(LossFunction)
  /// prediction p, target t -> scalar [1, 1]: how many rows are right. Class labels: the largest logit's index equals
  /// the label. Other targets, element-wise (multilabel): elements with sign(p) > 0 equal to t > 0.5, over columns.
  case correctCount(labels: TargetKind)

  // MARK: Backward

  /// prediction p, target t -> dp: the gradient of the loss, as cotangent of the prediction.
  case lossGradient(LossFunction)
  /// dh, saved (u or h, ``Activation/savedSide``) -> du = dh σ'(u)
  case activationGradient(Activation)
  /// du [B, U], W [U, I] -> dx [B, I] = du W
  case linearInputGradient
  /// du [B, U], x [B, I] -> dW [U, I] = duᵀ x
  case linearWeightGradient
  /// du [B, U] -> db [1, U], the sum over rows
  case linearBiasGradient
  /// dy, x [B, C], statistics [B, 2], γ [1, C] -> dx
  case layerNormInputGradient
  /// dy, x [B, C], statistics [B, 2] -> dγ [1, C], dβ [1, C]
  case layerNormParameterGradients
  /// dy, x [B, C], statistics [2, C], γ [1, C], dγ [1, C], dβ [1, C] -> dx
  case batchNormInputGradient(epsilon: Double)
  /// dy, x [B, C], statistics [2, C] -> dγ [1, C], dβ [1, C]
  case batchNormParameterGradients(epsilon: Double)

  // MARK: Storage

  /// x [B, C] -> x in bfloat16: rounded to the nearest, ties to even. Only in graphs that compute in float32.
  case narrow
  /// x [B, C] in bfloat16 -> x in float32, exactly.
  case widen

  // MARK: Updates

  /// dw, w of one shape -> none; the optimizer updates w in place. Happens once an iteration.
  case parameterUpdate
}

/// How targets are to be compared with predictions.
package enum TargetKind: String, Hashable, Sendable, CaseIterable {
  /// Class index per row, target [B, 1].
  case classes
  /// A 0/1 value per element, target [B, C]; predictions are logits, and a positive one stands for 1.
  case bits
  /// The same; predictions are of the value itself, and what is above one half stands for 1.
  case bitValues
}
