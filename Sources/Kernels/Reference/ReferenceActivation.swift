internal import ComputationGraph

/// The activations and their gradients. At kinks the derivatives are PyTorch's.
enum ReferenceActivation {
  /// h = σ(u); both may be the same memory. Not-a-number goes through.
  static func forward<Element: ReferenceElement>(_ activation: Activation, u: Matrix<Element>, h: Matrix<Element>) {
    switch activation {
    case .relu: map(u, h) { $0 < 0 ? 0 : $0 }
    case .leakyRelu(let slope):
      let slope = Element(slope)
      map(u, h) { $0 < 0 ? slope * $0 : $0 }
    case .elu(let alpha):
      let alpha = Element(alpha)
      map(u, h) { $0 < 0 ? alpha * Element.expm1($0) : $0 }
    case .gelu(.none): map(u, h) { $0 * normalDistribution($0) }
    case .gelu(.tanh): map(u, h) { $0 * (1 + Element.tanh(geluArgument($0))) / 2 }
    case .silu: map(u, h) { $0 * sigmoid($0) }
    case .tanh: map(u, h) { Element.tanh($0) }
    case .sigmoid: map(u, h) { sigmoid($0) }
    case .softplus: map(u, h) { ($0 < 0 ? 0 : $0) + Element.log1p(Element.exp(-abs($0))) }
    }
  }

  /// du = dh σ', the derivative computed from what ``Activation/savedSide`` names; du may be dh's memory.
  static func gradient<Element: ReferenceElement>(
    _ activation: Activation, dh: Matrix<Element>, saved: Matrix<Element>, du: Matrix<Element>
  ) {
    switch activation {
    case .relu: map(dh, saved, du) { dh, h in h <= 0 ? 0 : dh }
    case .leakyRelu(let slope):
      let slope = Element(slope)
      map(dh, saved, du) { dh, h in h <= 0 ? dh * slope : dh }
    case .elu(let alpha):
      let alpha = Element(alpha)
      map(dh, saved, du) { dh, h in h <= 0 ? dh * (h + alpha) : dh }
    case .tanh: map(dh, saved, du) { dh, h in dh * (1 - h * h) }
    case .sigmoid: map(dh, saved, du) { dh, h in dh * (h * (1 - h)) }
    case .softplus: map(dh, saved, du) { dh, h in dh * -Element.expm1(-h) }
    case .gelu(.none):
      let normalizer = Element(0.398942280401432677939946059934381868)  // 1 / sqrt(2 pi)
      map(dh, saved, du) { dh, u in
        dh * (normalDistribution(u) + u * normalizer * Element.exp(-u * u / 2))
      }
    case .gelu(.tanh):
      let factor = geluFactor(Element.self)
      map(dh, saved, du) { dh, u in
        let t = Element.tanh(geluArgument(u))
        let slope = factor * (1 + 3 * Element(0.044715) * u * u)
        return dh * ((1 + t) / 2 + u * (1 - t * t) * slope / 2)
      }
    case .silu:
      map(dh, saved, du) { dh, u in
        let s = sigmoid(u)
        return dh * (s * (1 + u * (1 - s)))
      }
    }
  }

  @inline(__always)
  static func sigmoid<Element: ReferenceElement>(_ x: Element) -> Element {
    1 / (1 + Element.exp(-x))
  }

  /// Φ(x)
  @inline(__always)
  private static func normalDistribution<Element: ReferenceElement>(_ x: Element) -> Element {
    (1 + Element.erf(x * Element(0.707106781186547524400844362104849039))) / 2  // 1 / sqrt(2)
  }

  /// sqrt(2 / pi)
  @inline(__always)
  private static func geluFactor<Element: ReferenceElement>(_: Element.Type) -> Element {
    Element(0.797884560802865355879892119868763737)
  }

  @inline(__always)
  private static func geluArgument<Element: ReferenceElement>(_ x: Element) -> Element {
    geluFactor(Element.self) * (x + Element(0.044715) * x * x * x)
  }

  @inline(__always)
  private static func map<Element: ReferenceElement>(
    _ a: Matrix<Element>, _ result: Matrix<Element>, _ function: (Element) -> Element
  ) {
    for index in 0..<result.count { result[index] = function(a[index]) }
  }

  @inline(__always)
  private static func map<Element: ReferenceElement>(
    _ a: Matrix<Element>, _ b: Matrix<Element>, _ result: Matrix<Element>, _ function: (Element, Element) -> Element
  ) {
    for index in 0..<result.count { result[index] = function(a[index], b[index]) }
  }
}
