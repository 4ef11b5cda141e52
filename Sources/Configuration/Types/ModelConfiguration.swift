package import ComputationGraph

/// The layer list as written, and how its weights are drawn.
package struct ModelConfiguration: Hashable, Sendable {
  /// At least one layer, `repeat` blocks kept as written.
  package var layers: [LayerDescription]
  /// How every weight matrix is drawn; nil stands for what suits the activation that follows each linear layer.
  package var initialization: Initialization?

  package init(layers: [LayerDescription], initialization: Initialization? = nil) {
    self.layers = layers
    self.initialization = initialization
  }

  /// The layers without `repeat` blocks, inside skip blocks too; positions are the `i` in `layers.{i}.weight`.
  ///
  /// Runs without recursion, in time linear in the number of layers given back.
  package func unrolledLayers() throws(LayerLimitExceeded) -> [LayerDescription] {
    try unroll(layers)
  }
}

/// A layer list that has more layers than ``Limits/layers`` once its `repeat` blocks are written out.
package struct LayerLimitExceeded: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String {
    "the network has more than \(Limits.layers) layers once every repeat is written out"
  }
}

/// One list being gone through, and what stands around it.
private struct OpenList {
  enum Kind {
    case root
    case residual
    case repeated(count: Int)
  }

  let kind: Kind
  let layers: [LayerDescription]
  var next = 0
  var unrolled: [LayerDescription] = []
  /// Layers in `unrolled`, those inside skip blocks counted too.
  var count = 0

  init(kind: Kind, layers: [LayerDescription]) {
    self.kind = kind
    self.layers = layers
  }

  /// Appends `layers`, which are `size` layers with those inside them, `copies` times.
  mutating func append(
    _ layers: [LayerDescription], size: Int, copies: Int
  ) throws(LayerLimitExceeded) {
    let (added, productOverflow) = size.multipliedReportingOverflow(by: copies)
    let (total, sumOverflow) = count.addingReportingOverflow(added)
    guard !productOverflow, !sumOverflow, total <= Limits.layers else { throw LayerLimitExceeded() }
    count = total
    // An empty block has nothing to copy, however often it is repeated.
    guard !layers.isEmpty, copies > 0 else { return }
    for _ in 0..<copies { unrolled.append(contentsOf: layers) }
  }
}

private func unroll(_ layers: [LayerDescription]) throws(LayerLimitExceeded) -> [LayerDescription] {
  var open = [OpenList(kind: .root, layers: layers)]
  while true {
    let top = open.count - 1
    if open[top].next < open[top].layers.count {
      let layer = open[top].layers[open[top].next]
      open[top].next += 1
      switch layer {
      case .linear, .activation, .layerNorm, .batchNorm, .dropout:
        try open[top].append([layer], size: 1, copies: 1)
      case .residual(let inner): open.append(OpenList(kind: .residual, layers: inner))
      case .repeated(let count, let inner): open.append(OpenList(kind: .repeated(count: count), layers: inner))
      }
      continue
    }
    let closed = open.removeLast()
    switch closed.kind {
    case .root: return closed.unrolled
    case .residual:
      try open[top - 1].append([.residual(layers: closed.unrolled)], size: closed.count + 1, copies: 1)
    case .repeated(let count): try open[top - 1].append(closed.unrolled, size: closed.count, copies: max(count, 0))
    }
  }
}
