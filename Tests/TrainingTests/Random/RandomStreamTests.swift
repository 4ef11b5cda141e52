import Testing

import Training

@Suite struct RandomStreamTests {
  @Test func isAFunctionOfSeedPurposeLaneAndIndex() {
    var seen: Set<SIMD2<UInt64>> = []
    for seed: UInt64 in [0, 1, .max] {
      for purpose in RandomPurpose.allCases {
        for lane: UInt64 in [0, 1, 1 << 32] {
          let stream = RandomStream(seed: seed, purpose: purpose, lane: lane)
          for index: UInt64 in [0, 1, 1 << 32] {
            #expect(stream.words(at: index) == RandomStream(seed: seed, purpose: purpose, lane: lane).words(at: index))
            seen.insert(stream.words(at: index))
          }
        }
      }
    }
    #expect(seen.count == 3 * RandomPurpose.allCases.count * 3 * 3)
  }

  @Test func uniformsHaveTheMomentsOfTheUniformDistribution() {
    let stream = RandomStream(seed: 7, purpose: .parameters)
    var sum = SIMD2<Double>.zero
    var squares = SIMD2<Double>.zero
    var product = 0.0
    let count = 100_000
    for index in 0..<UInt64(count) {
      let pair = stream.uniforms(at: index)
      #expect(pair.x >= 0 && pair.x < 1 && pair.y >= 0 && pair.y < 1)
      sum += pair
      squares += pair * pair
      product += pair.x * pair.y
    }
    // Five standard errors: 0.2887 / sqrt(n) for the mean, 0.298 / sqrt(n) for the square, 0.22 / sqrt(n) for x y.
    for lane in 0..<2 {
      #expect(abs(sum[lane] / Double(count) - 0.5) < 0.0046)
      #expect(abs(squares[lane] / Double(count) - 1.0 / 3) < 0.0048)
    }
    #expect(abs(product / Double(count) - 0.25) < 0.0036)
  }

  /// One by one and many at once, but for rounding; in any piece the same bits.
  @Test func normalsAreTheSameManyAtOnce() {
    for (lane, first) in [(UInt64(0), UInt64(0)), (3, 1 << 33), (1 << 40, UInt64.max / 4)] {
      let stream = RandomStream(seed: 7, purpose: .parameters, lane: lane)
      var many = [Double](repeating: .nan, count: 2 * 1003)
      var span = many.mutableSpan
      stream.fillWithNormals(&span, first: first)
      for pair in 0..<1003 {
        let one = stream.normals(at: first + UInt64(pair))
        #expect(abs(many[2 * pair] - one.x) < 1e-14 && abs(many[2 * pair + 1] - one.y) < 1e-14, "\(lane) \(pair)")
      }
      var piece = [Double](repeating: .nan, count: 14)
      var pieceSpan = piece.mutableSpan
      stream.fillWithNormals(&pieceSpan, first: first + 500)
      #expect(piece == Array(many[1000..<1014]))
    }
  }

  @Test func normalsHaveTheMomentsOfTheNormalDistribution() {
    let stream = RandomStream(seed: 7, purpose: .parameters, lane: 5)
    let count = 200_000
    var moments = [Double](repeating: 0, count: 4)
    var beyondTwo = 0
    for index in 0..<UInt64(count / 2) {
      let pair = stream.normals(at: index)
      for value in [pair.x, pair.y] {
        var power = 1.0
        for order in 0..<4 {
          power *= value
          moments[order] += power / Double(count)
        }
        if abs(value) > 2 { beyondTwo += 1 }
      }
    }
    // Five standard errors: sqrt(1, 2, 15, 96) / sqrt(n).
    #expect(abs(moments[0]) < 0.0112)
    #expect(abs(moments[1] - 1) < 0.0159)
    #expect(abs(moments[2]) < 0.0434)
    #expect(abs(moments[3] - 3) < 0.1096)
    #expect(abs(Double(beyondTwo) / Double(count) - 0.0455) < 0.0024)
  }

  @Test func everyPermutationOfFourIsEquallyLikely() {
    var counts: [[UInt32]: Int] = [:]
    let trials = 24_000
    for seed in 0..<UInt64(trials) {
      counts[randomPermutation(count: 4, stream: RandomStream(seed: seed, purpose: .trainingOrder)), default: 0] += 1
    }
    #expect(counts.count == 24)
    // Each count is binomial with mean 1000 and deviation 31.
    for (order, count) in counts { #expect(abs(count - 1000) < 160, "order \(order)") }
  }

  @Test(arguments: [0, 1, 2, 1000]) func permutationsHoldEachIndexOnce(count: Int) {
    let order = randomPermutation(count: count, stream: RandomStream(seed: 3, purpose: .trainingOrder))
    #expect(order.sorted() == Array(0..<UInt32(count)))
    if count == 1000 { #expect(order != Array(0..<UInt32(count))) }
  }
}
