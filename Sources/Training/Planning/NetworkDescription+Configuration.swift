package import ComputationGraph
package import Configuration

extension NetworkDescription {
  /// The network that a configuration describes, for samples of these widths. It computes in their type; bfloat16,
  /// which a configuration may have it compute or keep values in, stands in for float32 alone.
  package init<Element: TrainingElement>(_ configuration: TrainingConfiguration, for samples: Samples<Element>) {
    let kind: TargetKind? =
      switch samples.task {
      case .regression: nil
      case .classification: .classes
      case .multilabel: configuration.loss == .binaryCrossEntropy ? .bits : .bitValues
      }
    let isFloat32 = Element.elementType == .float32
    self.init(
      layers: configuration.model.layers, loss: configuration.loss, inputFeatures: samples.featureCount,
      targetColumns: samples.targetCount, targetKind: kind,
      elementType: isFloat32 && configuration.precision == .bfloat16 ? .bfloat16 : Element.elementType,
      roundsKept: isFloat32 && configuration.storage == .bfloat16)
  }
}
