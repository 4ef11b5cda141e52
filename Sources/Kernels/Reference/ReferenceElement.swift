internal import Glibc

/// An element type of the reference kernels, with the C library's functions in its own precision.
package protocol ReferenceElement: BinaryFloatingPoint, SIMDScalar, Codable, BitwiseCopyable, Sendable {
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
  @inline(__always) package var wide: Double { Double(self) }
  package static func exp(_ x: Float) -> Float { expf(x) }
  package static func expm1(_ x: Float) -> Float { expm1f(x) }
  package static func log1p(_ x: Float) -> Float { log1pf(x) }
  package static func tanh(_ x: Float) -> Float { tanhf(x) }
  package static func erf(_ x: Float) -> Float { erff(x) }
}

extension Double: ReferenceElement {
  @inline(__always) package var wide: Double { self }
  package static func exp(_ x: Double) -> Double { Glibc.exp(x) }
  package static func expm1(_ x: Double) -> Double { Glibc.expm1(x) }
  package static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
  package static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
  package static func erf(_ x: Double) -> Double { Glibc.erf(x) }
}
