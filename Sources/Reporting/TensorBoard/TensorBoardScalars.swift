package import Training

/// What a TensorBoard log has of an update.
///
/// - Parameters:
///   - stageNames: by stage, such as `layers.4 linear+relu`.
///   - processPeakBytes: the most that the process ever had in memory.
package func tensorBoardScalars(
  of progress: TrainingProgress, stageNames: [String], processPeakBytes: Int
) -> [(tag: String, value: Double)] {
  var scalars: [(tag: String, value: Double)] = [
    ("loss/train", progress.loss), ("learning_rate", progress.learningRate),
    ("gradient_norm/all", progress.gradientNorm), ("iteration_seconds", progress.iterationSeconds),
    ("memory/activation_peak_bytes", Double(progress.activationPeakBytes)),
    ("memory/process_peak_bytes", Double(processPeakBytes)),
  ]
  guard let health = progress.health else { return scalars }
  for (name, stage) in zip(stageNames, health.stages) {
    let layers = name.prefix { $0 != " " }
    let figures = [
      ("gradient_norm", stage.gradientNorm), ("activation_rms", stage.activation), ("cotangent_rms", stage.cotangent),
      ("update_ratio", stage.updateRatio), ("dead_share", stage.deadShare),
    ]
    for (tag, value) in figures {
      if let value { scalars.append(("\(tag)/\(layers)", value)) }
    }
  }
  return scalars
}

/// What it has of an epoch.
package func tensorBoardScalars(of epoch: EpochRecord) -> [(tag: String, value: Double)] {
  [
    ("loss/epoch", epoch.trainLoss), ("loss/validation", epoch.validationLoss),
    ("accuracy/validation", epoch.validationAccuracy), ("epoch_seconds", epoch.seconds),
  ].compactMap { tag, value in value.map { (tag, $0) } }
}
