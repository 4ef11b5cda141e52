import Testing

import Kernels

@Suite struct CounterBasedGeneratorTests {
  /// The known answers of Random123, `philox4x32 10`.
  @Test(arguments: [
    (
      UInt64(0), SIMD4<UInt32>(0, 0, 0, 0),
      SIMD4<UInt32>(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)
    ),
    (
      UInt64.max, SIMD4<UInt32>(repeating: .max),
      SIMD4<UInt32>(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)
    ),
    (
      UInt64(0x299F_31D0_A409_3822), SIMD4<UInt32>(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344),
      SIMD4<UInt32>(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
    ),
  ])
  func wordsAreThoseOfRandom123(seed: UInt64, counter: SIMD4<UInt32>, expected: SIMD4<UInt32>) {
    #expect(CounterBasedGenerator(seed: seed).words(at: counter) == expected)
  }

  @Test func maskIsAFunctionOfSeedIterationLayerAndElement() {
    func mask(seed: UInt64 = 1, iteration: UInt64 = 5, layer: Int = 3, firstRow: Int = 0) -> [Bool] {
      let context = RunContext(seed: seed, iteration: iteration, firstRow: firstRow)
      let mask = DropoutMask(rate: 0.5, layer: layer, columns: 7, context: context)
      return (0..<64 * 7).map(mask.keeps)
    }
    #expect(mask() == mask())
    #expect(mask() != mask(seed: 2))
    #expect(mask() != mask(seed: 1 << 40 | 1))
    #expect(mask() != mask(iteration: 6))
    #expect(mask() != mask(iteration: 1 << 33 | 5))
    #expect(mask() != mask(layer: 4))
    #expect(Array(mask().dropFirst(5 * 7)) == Array(mask(firstRow: 5).dropLast(5 * 7)))
  }

  @Test(arguments: [0.0, 0.1, 0.5, 0.9])
  func theRateIsMet(rate: Double) {
    let mask = DropoutMask(rate: rate, layer: 0, columns: 1, context: RunContext(seed: 42, iteration: 0))
    let count = 40_000
    let dropped = (0..<count).count { !mask.keeps($0) }
    let deviation = (Double(count) * rate * (1 - rate)).squareRoot()
    #expect(abs(Double(dropped) - rate * Double(count)) <= 4 * deviation)
    #expect(mask.threshold == UInt32((rate * 4_294_967_296).rounded()))
  }

  @Test func aRateNextToOneStillHasAThreshold() {
    let mask = DropoutMask(rate: 1.0.nextDown, layer: 0, columns: 1, context: RunContext(seed: 42, iteration: 0))
    #expect(mask.threshold == .max)
    #expect(mask.scale.isFinite)
  }
}
