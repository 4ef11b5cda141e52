/// The learning-rate schedules and their keys.
enum ScheduleKeys {
  static let schedule = VariantCodec<LearningRateSchedule>([
    Variant(
      "constant", plain, wrap: { $0.schedule(.constant) },
      unwrap: { if case .constant = $0.shape { Plain($0) } else { nil } }),
    Variant(
      "step", step, wrap: { $0.plain.schedule(.step(every: $0.every, factor: $0.factor)) },
      unwrap: {
        if case .step(let every, let factor) = $0.shape {
          Step(plain: Plain($0), every: every, factor: factor)
        } else {
          nil
        }
      }),
    Variant(
      "cosine", cosine, wrap: { $0.plain.schedule(.cosine(minimum: $0.minimum)) },
      unwrap: {
        if case .cosine(let minimum) = $0.shape { Cosine(plain: Plain($0), minimum: minimum) } else { nil }
      }),
    Variant(
      "linear", plain, wrap: { $0.schedule(.linear) },
      unwrap: { if case .linear = $0.shape { Plain($0) } else { nil } }),
  ])

  /// What every schedule has.
  struct Plain {
    var warmupIterations = 0

    init() {}

    init(_ schedule: LearningRateSchedule) {
      warmupIterations = schedule.warmupIterations
    }

    func schedule(_ shape: LearningRateSchedule.Shape) -> LearningRateSchedule {
      LearningRateSchedule(shape: shape, warmupIterations: warmupIterations)
    }
  }

  struct Step {
    var plain = Plain()
    var every = 1
    var factor = 0.1
  }

  struct Cosine {
    var plain = Plain()
    var minimum = 0.0
  }

  private static let plain = ObjectCodec(
    Plain(),
    keys: [
      Key(
        "warmupIterations", \.warmupIterations, .integer(0...Limits.repetitions), .defaulted,
        "Iterations over which the rate first rises in a straight line.")
    ])
  private static let step = ObjectCodec(
    Step(),
    keys: [
      Key("every", \.every, .integer(1...Limits.repetitions), .required, "Epochs between two changes."),
      Key("factor", \.factor, .number(above: 0), .defaulted, "What the rate is multiplied by."),
    ] + plain.keys.map { $0.lifted(through: \.plain) })
  private static let cosine = ObjectCodec(
    Cosine(),
    keys: [Key("minimum", \.minimum, .number(from: 0), .defaulted, "The rate at the end; at most the optimizer's.")]
      + plain.keys.map { $0.lifted(through: \.plain) })
}
