/// What a prediction is held to. Means are PyTorch's default reductions.
package enum LossFunction: Hashable, Sendable {
  /// Mean of (p - t)² over all elements.
  case meanSquaredError
  /// Mean of |p - t| over all elements.
  case meanAbsoluteError
  /// Mean over all elements of (p - t)²/2 where |p - t| <= delta, else delta (|p - t| - delta/2).
  case huber(delta: Double)
  /// Mean over all elements of the cross-entropy of sigmoid(p) against t in [0, 1]; p are logits.
  case binaryCrossEntropy
  /// Mean over the batch of the cross-entropy of softmax(p) against the class index in t ([rows, 1]).
  case softmaxCrossEntropy
  /// Sum of (p - t)² over 2 x rows.
  case halfSquaredError

  /// The name in configuration files.
  package var name: String {
    switch self {
    case .meanSquaredError: "meanSquaredError"
    case .meanAbsoluteError: "meanAbsoluteError"
    case .huber: "huber"
    case .binaryCrossEntropy: "binaryCrossEntropy"
    case .softmaxCrossEntropy: "softmaxCrossEntropy"
    case .halfSquaredError: "halfSquaredError"
    }
  }
}
