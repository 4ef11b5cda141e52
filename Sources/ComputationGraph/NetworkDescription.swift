/// All that a graph is built from.
package struct NetworkDescription: Hashable, Sendable {
  package var layers: [LayerDescription]
  package var loss: LossFunction
  /// Width of the network's input.
  package var inputFeatures: Int
  /// Columns of the target: 1 for class labels, else the width of the prediction.
  package var targetColumns: Int
  /// How right predictions are counted in evaluation, nil where the task has no such count.
  package var targetKind: TargetKind?
  package var elementType: ElementType
  /// Whether activations are rounded to bfloat16 while they are kept: for networks of float32.
  package var roundsKept: Bool

  package init(
    layers: [LayerDescription], loss: LossFunction, inputFeatures: Int, targetColumns: Int,
    targetKind: TargetKind? = nil, elementType: ElementType = .float32, roundsKept: Bool = false
  ) {
    precondition(!roundsKept || elementType == .float32, "only float32 is kept in another form")
    self.layers = layers
    self.loss = loss
    self.inputFeatures = inputFeatures
    self.targetColumns = targetColumns
    self.targetKind = targetKind
    self.elementType = elementType
    self.roundsKept = roundsKept
  }
}

extension NetworkDescription {
  /// Columns of the prediction.
  package var outputWidth: Int { lastUnits(of: layers) ?? inputFeatures }

  /// Units of the last linear layer: skip blocks, like all others, keep the width that they find.
  private func lastUnits(of layers: [LayerDescription]) -> Int? {
    for layer in layers.reversed() {
      switch layer {
      case .linear(let units, _): return units
      case .repeated(_, let inner):
        if let units = lastUnits(of: inner) { return units }
      case .activation, .layerNorm, .batchNorm, .dropout, .residual: continue
      }
    }
    return nil
  }
}

/// What a graph is for.
package enum GraphMode: Hashable, Sendable {
  /// Dropout drops, batch norm uses the batch's statistics and updates the running ones.
  case training
  /// Dropout is left out, batch norm uses the running statistics.
  case evaluation
}

/// How activations that are differentiated from their output are represented.
package enum ActivationFusion: Hashable, Sendable {
  /// As part of the product that makes their input: one node, one pass over memory.
  case fused
  /// As nodes of their own, for explaining.
  case separate
}
