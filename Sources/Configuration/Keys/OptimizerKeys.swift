/// The optimizers and their keys.
enum OptimizerKeys {
  static let optimizer = VariantCodec<OptimizerConfiguration>([
    Variant("sgd", sgd, wrap: { .sgd($0) }, unwrap: { if case .sgd(let keys) = $0 { keys } else { nil } }),
    Variant(
      "adam", adam(AdamParameters()), wrap: { .adam($0) },
      unwrap: { if case .adam(let keys) = $0 { keys } else { nil } }),
    Variant(
      "adamw", adam(AdamParameters(weightDecay: 0.01)), wrap: { .adamw($0) },
      unwrap: { if case .adamw(let keys) = $0 { keys } else { nil } }),
  ])

  private static let rateSummary = "Step size before any schedule."
  private static let decaySummary = "How strongly weights are drawn to 0."
  private static let fusedSummary =
    "Whether each parameter is updated as soon as its gradient is complete, whose memory is free then; not with "
    + "gradientClip.norm or micro-batches."

  private static let sgd = ObjectCodec(
    SGDParameters(),
    keys: [
      Key("learningRate", \.learningRate, .number(from: 0), .defaulted, rateSummary),
      Key("momentum", \.momentum, .number(from: 0), .defaulted, "Weight of earlier gradients."),
      Key("nesterov", \.nesterov, .boolean, .defaulted, "Nesterov's momentum; calls for a momentum above 0."),
      Key("weightDecay", \.weightDecay, .number(from: 0), .defaulted, decaySummary),
      Key("fused", \.fused, .boolean, .defaulted, fusedSummary),
    ],
    check: { parameters, node, context in
      guard parameters.nesterov, parameters.momentum == 0 else { return true }
      context.inside("nesterov") {
        $0.report(
          "found true with momentum 0, allowed: true with a momentum above 0, such as 0.9",
          at: node["nesterov"]?.range ?? node.range)
      }
      return false
    })

  private static func adam(_ defaults: AdamParameters) -> ObjectCodec<AdamParameters> {
    ObjectCodec(
      defaults,
      keys: [
        Key("learningRate", \.learningRate, .number(from: 0), .defaulted, rateSummary),
        Key("beta1", \.beta1, .number(from: 0, below: 1), .defaulted, "Decay of the gradient's running mean."),
        Key("beta2", \.beta2, .number(from: 0, below: 1), .defaulted, "Decay of the squared gradient's mean."),
        Key("epsilon", \.epsilon, .number(from: 0), .defaulted, "Added to the root of the squared gradient's mean."),
        Key("weightDecay", \.weightDecay, .number(from: 0), .defaulted, decaySummary),
        Key("fused", \.fused, .boolean, .defaulted, fusedSummary),
      ])
  }
}
