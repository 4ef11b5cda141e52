import ComputationGraph

/// The losses: a bare name, or an object where a loss has a number of its own.
enum LossKeys {
  static let codec = ValueCodec<LossFunction>(
    allowed: allowed,
    schema: { ["anyOf": [bare.schema(), variants.schema]] },
    decode: { node, context in
      switch node.content {
      case .string: return bare.decode(node, &context)
      case .object: return variants.decode(node, &context)
      case .invalid: return nil
      case .null, .bool, .integer, .number, .array:
        context.report(node, allowed: allowed)
        return nil
      }
    },
    encode: { loss in
      if case .huber = loss { variants.encode(loss) } else { .string(loss.name) }
    })

  private static let all: [LossFunction] = [
    .meanSquaredError, .meanAbsoluteError, .huber(delta: 1), .binaryCrossEntropy, .softmaxCrossEntropy,
    .halfSquaredError,
  ]
  private static let allowed = "one of \(quotedList(all.map(\.name))), or { \"type\": \"huber\", \"delta\": 1 }"
  private static let bare = ValueCodec<LossFunction>.choice(all.map { ($0.name, $0) }, nameOf: \.name)

  struct Huber {
    var delta = 1.0
  }

  private static let huber = ObjectCodec(
    Huber(),
    keys: [Key("delta", \.delta, .number(above: 0), .defaulted, "Where the loss turns from a square to a line.")])

  private static let variants = VariantCodec<LossFunction>(
    all.map { loss in
      guard case .huber = loss else { return Variant(loss.name, loss) }
      return Variant(
        loss.name, huber, wrap: { .huber(delta: $0.delta) },
        unwrap: { if case .huber(let delta) = $0 { Huber(delta: delta) } else { nil } })
    })
}
