internal import Glibc

/// An element type of the reference kernels, with the C library's functions in its own precision.
protocol ReferenceElement: BinaryFloatingPoint, SIMDScalar, Codable, BitwiseCopyable, Sendable {
  /// The same number as a `Double`, exactly.
  var wide: Double { get }
  init(_ wide: Double)

  static func exp(_ x: Self) -> Self
  static func expm1(_ x: Self) -> Self
  static func log1p(_ x: Self) -> Self
  static func tanh(_ x: Self) -> Self
  static func erf(_ x: Self) -> Self
}

extension Float: ReferenceElement {
  @inline(__always) var wide: Double { Double(self) }
  static func exp(_ x: Float) -> Float { expf(x) }
  static func expm1(_ x: Float) -> Float { expm1f(x) }
  static func log1p(_ x: Float) -> Float { log1pf(x) }
  static func tanh(_ x: Float) -> Float { tanhf(x) }
  static func erf(_ x: Float) -> Float { erff(x) }
}

extension Double: ReferenceElement {
  @inline(__always) var wide: Double { self }
  static func exp(_ x: Double) -> Double { Glibc.exp(x) }
  static func expm1(_ x: Double) -> Double { Glibc.expm1(x) }
  static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
  static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
  static func erf(_ x: Double) -> Double { Glibc.erf(x) }
}
