extension Graph {
  /// The forward graph of a network for a batch of `batchRows`: its layers, then its loss.
  ///
  /// In evaluation a count of right predictions follows where the network has a target kind; `correctCount` finds it.
  ///
  /// - Throws: `GraphError` where a skip block changes the width, the loss does not fit the last layer, or a size
  ///   passes its cap.
  package init(
    _ network: NetworkDescription, batchRows: Int, mode: GraphMode, fusion: ActivationFusion = .fused
  ) throws(GraphError) {
    var builder = try GraphBuilder(network, batchRows: batchRows, mode: mode, fusion: fusion)
    let layers = unrolled(network.layers)
    // Most layers are one node with its output and two parameters.
    builder.graph.reserveCapacity(nodes: layers.count + 2, values: 3 * layers.count + 4)
    builder.graph.parameters.reserveCapacity(2 * layers.count)
    let prediction = try builder.append(layers, to: builder.graph.input, name: "layers", layer: nil)
    builder.graph.prediction = prediction
    let target = builder.graph.target
    builder.graph.loss = try builder.graph.append(.loss(network.loss), [prediction, target], layer: layers.count)[0]
    if mode == .evaluation, let kind = network.targetKind {
      try builder.graph.append(.correctCount(labels: kind), [prediction, target], layer: layers.count)
    }
    self = builder.graph
    try verify()
  }

  /// The value of the evaluation graph that counts right predictions, where there is one.
  package var correctCount: ValueID? {
    guard let last = nodes.last, case .correctCount = last.operation else { return nil }
    return last.outputs[0]
  }
}

/// A layer list with every `repeat` written out, at this level of nesting. Skip blocks keep their own lists.
package func unrolled(_ layers: [LayerDescription]) -> [LayerDescription] {
  var result: [LayerDescription] = []
  for layer in layers {
    if case .repeated(let count, let inner) = layer {
      let copy = unrolled(inner)
      for _ in 0..<count { result += copy }
    } else {
      result.append(layer)
    }
  }
  return result
}

private struct GraphBuilder {
  var graph: Graph
  let mode: GraphMode
  let fusion: ActivationFusion
  var dropoutLayers = 0

  init(
    _ network: NetworkDescription, batchRows: Int, mode: GraphMode, fusion: ActivationFusion
  ) throws(GraphError) {
    let none = ValueID(index: 0)
    graph = Graph(elementType: network.elementType, input: none, target: none, prediction: none, loss: none)
    self.mode = mode
    self.fusion = fusion
    graph.input = try graph.appendSource(.input, Shape(rows: batchRows, columns: network.inputFeatures))
    graph.target = try graph.appendSource(.target, Shape(rows: batchRows, columns: network.targetColumns))
  }

  /// Appends a layer list. `layer` is the index of the enclosing entry of the outermost list, nil on that list itself.
  /// The recursion is over the nesting of skip blocks, which the configuration bounds, never over layers.
  mutating func append(
    _ layers: [LayerDescription], to input: ValueID, name: String, layer enclosing: Int?
  ) throws(GraphError) -> ValueID {
    var x = input
    var index = 0
    while index < layers.count {
      let layer = enclosing ?? index
      let path = "\(name).\(index)"
      switch layers[index] {
      case .linear(let units, let bias):
        let next = index + 1 < layers.count ? layers[index + 1].asActivation : nil
        let fused = fusion == .fused && next?.savedSide == .output ? next : nil
        x = try appendLinear(units: units, bias: bias, feeds: next, fused: fused, to: x, path: path, layer: layer)
        if fused != nil { index += 1 }
      case .activation(let activation):
        x = try graph.append(.activation(activation), [x], layer: layer)[0]
      case .layerNorm(let epsilon):
        let statistics = try graph.append(.layerNormStatistics(epsilon: epsilon), [x], layer: layer)[0]
        let (scale, shift) = try appendAffine(width: graph[x].shape.columns, path: path)
        x = try graph.append(.layerNorm, [x, statistics, scale, shift], layer: layer)[0]
      case .batchNorm(let momentum, let epsilon):
        x = try appendBatchNorm(momentum: momentum, epsilon: epsilon, to: x, path: path, layer: layer)
      case .dropout(let rate):
        dropoutLayers += 1
        if mode == .training, rate > 0 {
          x = try graph.append(.dropout(rate: rate, layer: dropoutLayers - 1), [x], layer: layer)[0]
        }
      case .residual(let inner):
        let branch = try append(unrolled(inner), to: x, name: "\(path).layers", layer: layer)
        guard graph[branch].shape == graph[x].shape else {
          throw GraphError(
            "\(path): the inner layers turn width \(graph[x].shape.columns) into \(graph[branch].shape.columns); "
              + "a residual block must keep it")
        }
        x = try graph.append(.add, [x, branch], layer: layer)[0]
      case .repeated:
        preconditionFailure("repeats are written out before")
      }
      index += 1
    }
    return x
  }

  private mutating func appendLinear(
    units: Int, bias: Bool, feeds: Activation?, fused: Activation?, to x: ValueID, path: String, layer: Int
  ) throws(GraphError) -> ValueID {
    let shape = Shape(rows: units, columns: graph[x].shape.columns)
    var inputs: OperandList = [x, try appendParameter("\(path).weight", shape, .weight(feeds: feeds))]
    if bias { inputs.append(try appendParameter("\(path).bias", Shape(rows: 1, columns: units), .bias)) }
    return try graph.append(.linear(bias: bias, activation: fused), inputs, layer: layer)[0]
  }

  private mutating func appendBatchNorm(
    momentum: Double, epsilon: Double, to x: ValueID, path: String, layer: Int
  ) throws(GraphError) -> ValueID {
    let width = graph[x].shape.columns
    let (scale, shift) = try appendAffine(width: width, path: path)
    let shape = Shape(rows: 2, columns: width)
    let running = try graph.appendSource(.state(graph.states.count), shape)
    graph.states.append(RunningState(name: path, shape: shape, value: running))
    var statistics = running
    if mode == .training {
      statistics = try graph.append(.batchNormStatistics, [x], layer: layer)[0]
      let rows = graph[x].shape.rows
      try graph.append(
        .updateRunningStatistics(momentum: momentum, batchRows: rows), [statistics, running], layer: layer)
    }
    return try graph.append(.batchNorm(epsilon: epsilon), [x, statistics, scale, shift], layer: layer)[0]
  }

  private mutating func appendAffine(
    width: Int, path: String
  ) throws(GraphError) -> (scale: ValueID, shift: ValueID) {
    let shape = Shape(rows: 1, columns: width)
    return (try appendParameter("\(path).weight", shape, .scale), try appendParameter("\(path).bias", shape, .shift))
  }

  private mutating func appendParameter(
    _ name: String, _ shape: Shape, _ kind: Parameter.Kind
  ) throws(GraphError) -> ValueID {
    let value = try graph.appendSource(.parameter(graph.parameters.count), shape)
    graph.parameters.append(Parameter(name: name, shape: shape, kind: kind, value: value))
    return value
  }
}

extension LayerDescription {
  fileprivate var asActivation: Activation? {
    if case .activation(let activation) = self { activation } else { nil }
  }
}
