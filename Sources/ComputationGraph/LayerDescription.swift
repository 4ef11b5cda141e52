/// One entry of a network's layer list, as a configuration names it: no sizes beyond those that are given.
///
/// ```
/// [.linear(units: 512, bias: true), .activation(.relu),
///  .repeated(count: 30, layers: [.linear(units: 512, bias: true), .activation(.relu)]),
///  .linear(units: 10, bias: true)]
/// ```
package indirect enum LayerDescription: Hashable, Sendable {
  case linear(units: Int, bias: Bool)
  case activation(Activation)
  case layerNorm(epsilon: Double)
  case batchNorm(momentum: Double, epsilon: Double)
  /// Inverted dropout: kept elements are scaled by 1/(1 - rate); 0 <= rate < 1.
  case dropout(rate: Double)
  /// x + f(x), f the inner layers: a *skip block*. The inner layers must keep the width.
  case residual(layers: [LayerDescription])
  /// The inner layers `count` times in a row; the layer numbering continues through the copies.
  case repeated(count: Int, layers: [LayerDescription])
}
