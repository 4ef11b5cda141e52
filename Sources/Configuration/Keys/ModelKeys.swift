import ComputationGraph

enum ModelKeys {
  static let object = ObjectCodec(
    ModelConfiguration(layers: []),
    keys: [
      Key("layers", \.layers, LayerKeys.list, .required, "The layers from the input to the output."),
      Key(
        optional: "initialization", \.initialization, initialization,
        "How weights are drawn; null chooses for each layer by the activation that follows it."),
    ])

  /// The schemes by their names, each also with the distribution behind it; a bare name means the normal one.
  static let initialization = ValueCodec<Initialization>.choice(
    Initialization.Scheme.allCases.flatMap { scheme in
      [
        (scheme.rawValue, Initialization(scheme: scheme, distribution: .normal)),
        (scheme.rawValue + "Normal", Initialization(scheme: scheme, distribution: .normal)),
        (scheme.rawValue + "Uniform", Initialization(scheme: scheme, distribution: .uniform)),
      ]
    },
    nameOf: { initialization in
      let scheme = initialization.scheme.rawValue
      switch (initialization.scheme, initialization.distribution) {
      case (.zeros, .normal), (.orthogonal, .normal): return scheme
      case (_, .normal): return scheme + "Normal"
      case (_, .uniform): return scheme + "Uniform"
      }
    })
}
