package import ComputationGraph
package import Configuration

extension NetworkDescription {
  /// The network that a configuration describes, for samples of these widths: it computes in their type, or in bfloat16.
  package init<Element: TrainingElement>(_ configuration: TrainingConfiguration, for samples: Samples<Element>) {
    let kind: TargetKind? =
      switch samples.task {
      case .regression: nil
      case .classification: .classes
      case .multilabel: .bits
      }
    self.init(
      layers: configuration.model.layers, loss: configuration.loss, inputFeatures: samples.featureCount,
      targetColumns: samples.targetCount, targetKind: kind,
      elementType: configuration.precision == .bfloat16 ? .bfloat16 : Element.elementType,
      roundsKept: configuration.storage == .bfloat16)
  }
}
