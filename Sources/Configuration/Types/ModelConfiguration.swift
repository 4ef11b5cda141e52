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
}
