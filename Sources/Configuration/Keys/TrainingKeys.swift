enum TrainingKeys {
  static let object = ObjectCodec(
    TrainingParameters(),
    keys: [
      Key("epochs", \.epochs, .integer(1...Limits.repetitions), .defaulted, "Passes over the training samples."),
      Key("batchSize", \.batchSize, .integer(1...Limits.batchSize), .defaulted, "Samples per optimizer update."),
      Key(
        optional: "microBatchSize", \.microBatchSize, .microBatchSize,
        "Samples that go through the network at once, their gradients added up; null is the whole batch, auto what is "
          + "predicted fastest within the budget. Batch norm takes its statistics over a micro-batch."),
      Key("shuffle", \.shuffle, .boolean, .defaulted, "Whether each epoch has a new order."),
      Key(optional: "gradientClip", \.gradientClip, gradientClip, "What bounds the gradients; null is no bound."),
    ])

  struct Clip {
    var norm: Double?
    var value: Double?
  }

  private static let clipKeys = ObjectCodec(
    Clip(),
    keys: [
      clipKey("norm", \.norm, "Bound of the gradients' common Euclidean norm."),
      clipKey("value", \.value, "Bound of each entry's magnitude."),
    ])

  private static func clipKey(
    _ name: String, _ property: any WritableKeyPath<Clip, Double?> & Sendable, _ summary: String
  ) -> Key<Clip> {
    let bound = ValueCodec<Double>.number(above: 0)
    return Key(
      name: name, summary: summary, presence: .derived, allowed: bound.allowed, schema: bound.schema,
      decode: { node, clip, context in
        guard let value = bound.decode(node, &context) else { return false }
        clip[keyPath: property] = value
        return true
      },
      encode: { .optional($0[keyPath: property].map(bound.encode)) })
  }

  /// An object with one of two keys.
  static let gradientClip = ValueCodec<GradientClip>(
    allowed: "an object with either \"norm\" or \"value\"",
    schema: {
      .object((clipKeys.schema().members ?? []) + [JSONMember("minProperties", 1), JSONMember("maxProperties", 1)])
    },
    decode: { node, context in
      guard let clip = clipKeys.decode(node, &context) else { return nil }
      switch (clip.norm, clip.value) {
      case (let norm?, nil): return .norm(norm)
      case (nil, let value?): return .value(value)
      case (nil, nil):
        context.report("found neither \"norm\" nor \"value\", allowed: one of them", at: node.range)
      case (_?, _?):
        context.report("found both \"norm\" and \"value\", allowed: one of them", at: node.range)
      }
      return nil
    },
    encode: { clip in
      switch clip {
      case .norm(let norm): .object([JSONMember("norm", .number(norm))])
      case .value(let value): .object([JSONMember("value", .number(value))])
      }
    })
}

extension ValueCodec<MicroBatchSize> {
  /// A number of samples, or `auto`.
  static let microBatchSize: ValueCodec = {
    let rows = ValueCodec<Int>.integer(1...Limits.batchSize)
    let allowed = "\(rows.allowed), or \"auto\""
    return ValueCodec(
      allowed: allowed,
      schema: { ["anyOf": [rows.schema(), ["enum": ["auto"]]]] },
      decode: { node, context in
        if case .string("auto") = node.content { return .automatic }
        if let integer = node.integer, (1...Limits.batchSize).contains(integer) { return .rows(integer) }
        if !node.isInvalid { context.report(node, allowed: allowed) }
        return nil
      },
      encode: {
        switch $0 {
        case .rows(let count): rows.encode(count)
        case .automatic: "auto"
        }
      })
  }()
}
