import Glibc
import Kernels

/// What random numbers are drawn for. Each purpose has a key of its own, so that drawing more for one never changes
/// another, and none repeats the words of a dropout mask made from the same seed.
package enum RandomPurpose: UInt32, Hashable, Sendable, CaseIterable {
  case syntheticFeatures = 1
  case syntheticTeacher
  case syntheticNoise
  case validationSplit
  case trainingOrder
  case parameters
  case gradientCheck
}

/// Random numbers as a pure function of (seed, purpose, lane, index): no state, any order, any thread.
///
/// ```
/// let stream = RandomStream(seed: 42, purpose: .parameters, lane: 3)
/// stream.uniforms(at: 0)   // always the same two numbers
/// ```
/// The words come from Philox4x32-10 under a key that is itself Philox output for (seed, purpose).
package struct RandomStream: Hashable, Sendable {
  private let generator: CounterBasedGenerator
  private let lane: UInt64

  /// - Parameter lane: a second index, for example a parameter's number or an epoch.
  package init(seed: UInt64, purpose: RandomPurpose, lane: UInt64 = 0) {
    // The all-ones words keep these counters apart from those that other users of the seed itself count with.
    let key = CounterBasedGenerator(seed: seed).words(at: SIMD4(purpose.rawValue, 0, .max, .max))
    generator = CounterBasedGenerator(seed: UInt64(key.y) << 32 | UInt64(key.x))
    self.lane = lane
  }

  /// Two independent 64-bit words.
  @inline(__always)
  package func words(at index: UInt64) -> SIMD2<UInt64> {
    let words = generator.words(
      at: SIMD4(
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
        UInt32(truncatingIfNeeded: lane), UInt32(truncatingIfNeeded: lane >> 32)))
    return SIMD2(UInt64(words.y) << 32 | UInt64(words.x), UInt64(words.w) << 32 | UInt64(words.z))
  }

  /// Two independent numbers in [0, 1), multiples of 2⁻⁵³.
  @inline(__always)
  package func uniforms(at index: UInt64) -> SIMD2<Double> {
    let words = words(at: index)
    return SIMD2(Double(words.x >> 11) * 0x1p-53, Double(words.y >> 11) * 0x1p-53)
  }

  /// Two independent numbers of the standard normal distribution.
  ///
  /// Box & Muller: A Note on the Generation of Random Normal Deviates (1958). None exceeds 8.6 in size.
  @inline(__always)
  package func normals(at index: UInt64) -> SIMD2<Double> {
    let uniforms = uniforms(at: index)
    let radius = (-2 * log(1 - uniforms.x)).squareRoot()
    let angle = 2 * Double.pi * uniforms.y
    return SIMD2(radius * cos(angle), radius * sin(angle))
  }

  /// Fills `output` with the numbers that ``normals(at:)`` gives from the index `first` on, but for rounding of the
  /// last bits, many times as fast.
  ///
  /// - Precondition: the output has an even number of elements.
  package func fillWithNormals(_ output: inout MutableSpan<Double>, first: UInt64) {
    generator.fillWithNormals(&output, lane: lane, first: first)
  }

  /// A whole number in 0 ..< bound.
  ///
  /// The high half of a 128-bit product; without rejection, so that it stays a function of the index. A number's
  /// probability is off by at most 2⁻⁶⁴.
  @inline(__always)
  package func integer(at index: UInt64, below bound: Int) -> Int {
    Int(words(at: index).x.multipliedFullWidth(by: UInt64(bound)).high)
  }
}
