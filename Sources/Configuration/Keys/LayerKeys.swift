import ComputationGraph

/// The kinds of layers and their keys.
enum LayerKeys {
  /// One entry of a layer list.
  static let layer: VariantCodec<LayerDescription> = VariantCodec([
    Variant(
      "linear", linear, wrap: { .linear(units: $0.units, bias: $0.bias) },
      unwrap: { if case .linear(let units, let bias) = $0 { Linear(units: units, bias: bias) } else { nil } }),
    Variant("relu", .activation(.relu)),
    Variant(
      "leakyRelu", slope, wrap: { .activation(.leakyRelu(slope: $0.value)) },
      unwrap: { if case .activation(.leakyRelu(let slope)) = $0 { Scalar(value: slope) } else { nil } }),
    Variant(
      "elu", alpha, wrap: { .activation(.elu(alpha: $0.value)) },
      unwrap: { if case .activation(.elu(let alpha)) = $0 { Scalar(value: alpha) } else { nil } }),
    Variant(
      "gelu", gelu, wrap: { .activation(.gelu(approximation: $0.approximate)) },
      unwrap: { if case .activation(.gelu(let approximation)) = $0 { GELU(approximate: approximation) } else { nil } }),
    Variant("silu", .activation(.silu)),
    Variant("tanh", .activation(.tanh)),
    Variant("sigmoid", .activation(.sigmoid)),
    Variant("softplus", .activation(.softplus)),
    Variant(
      "layerNorm", layerNorm, wrap: { .layerNorm(epsilon: $0.value) },
      unwrap: { if case .layerNorm(let epsilon) = $0 { Scalar(value: epsilon) } else { nil } }),
    Variant(
      "batchNorm", batchNorm, wrap: { .batchNorm(momentum: $0.momentum, epsilon: $0.epsilon) },
      unwrap: {
        if case .batchNorm(let momentum, let epsilon) = $0 {
          BatchNorm(momentum: momentum, epsilon: epsilon)
        } else {
          nil
        }
      }),
    Variant(
      "dropout", dropout, wrap: { .dropout(rate: $0.value) },
      unwrap: { if case .dropout(let rate) = $0 { Scalar(value: rate) } else { nil } }),
    Variant(
      "residual", residual, wrap: { .residual(layers: $0.layers) },
      unwrap: { if case .residual(let layers) = $0 { Block(layers: layers) } else { nil } }),
    Variant(
      "repeat", repeated, wrap: { .repeated(count: $0.count, layers: $0.layers) },
      unwrap: {
        if case .repeated(let count, let layers) = $0 { Block(count: count, layers: layers) } else { nil }
      }),
  ])

  /// A list of at least one layer. Its closures reach `layer` only when called: the two hold each other.
  static let list: ValueCodec<[LayerDescription]> = ValueCodec(
    allowed: "a list of at least one layer",
    schema: { ["type": "array", "minItems": 1, "items": ["$ref": "#/$defs/layer"]] },
    decode: { node, context in
      guard case .array(let elements) = node.content, !elements.isEmpty else {
        if case .array = node.content {
          context.report("found an empty list, allowed: a list of at least one layer", at: node.range)
        } else if !node.isInvalid {
          context.report(node, allowed: "a list of at least one layer")
        }
        return nil
      }
      var layers: [LayerDescription] = []
      for (index, element) in elements.enumerated() where !context.findings.isFull {
        if let layer = context.inside(index, { layer.decode(element, &$0) }) { layers.append(layer) }
      }
      return layers.count == elements.count ? layers : nil
    },
    encode: { .array($0.map { layer.encode($0) }) })

  struct Linear {
    var units = 0
    var bias = true
  }

  struct GELU {
    var approximate = Activation.GELUApproximation.none
  }

  struct BatchNorm {
    var momentum = 0.1
    var epsilon = 1e-5
  }

  /// A layer with one number.
  struct Scalar {
    var value: Double
  }

  struct Block {
    var count = 1
    var layers: [LayerDescription] = []
  }

  private static let linear = ObjectCodec(
    Linear(),
    keys: [
      Key("units", \.units, .integer(1...Limits.width), .required, "Outputs of the layer."),
      Key("bias", \.bias, .boolean, .defaulted, "Whether a bias is added."),
    ])
  private static let slope = ObjectCodec(
    Scalar(value: 0.01),
    keys: [Key("slope", \.value, .number(from: 0), .defaulted, "Slope below 0.")])
  private static let alpha = ObjectCodec(
    Scalar(value: 1),
    keys: [Key("alpha", \.value, .number(from: 0), .defaulted, "Minus the limit towards minus infinity.")])
  private static let gelu = ObjectCodec(
    GELU(),
    keys: [Key("approximate", \.approximate, .choice(), .defaulted, "Exact by erf, or by the tanh approximation.")])
  private static let layerNorm = ObjectCodec(
    Scalar(value: 1e-5),
    keys: [Key("epsilon", \.value, .number(from: 0), .defaulted, "Added to the variance.")])
  private static let batchNorm = ObjectCodec(
    BatchNorm(),
    keys: [
      Key(
        "momentum", \.momentum, .number(from: 0, to: 1), .defaulted, "Weight of a batch in the running statistics."),
      Key("epsilon", \.epsilon, .number(from: 0), .defaulted, "Added to the variance."),
    ])
  private static let dropout = ObjectCodec(
    Scalar(value: 0),
    keys: [
      Key("rate", \.value, .number(from: 0, below: 1), .required, "Share of the elements set to 0 in training.")
    ])
  private static let residual = ObjectCodec(
    Block(), keys: [Key("layers", \.layers, list, .required, "f in x + f(x); they must keep the width.")])
  private static let repeated = ObjectCodec(
    Block(),
    keys: [
      Key("count", \.count, .integer(1...Limits.layers), .required, "How many copies follow each other."),
      Key("layers", \.layers, list, .required, "What is copied."),
    ])
}
