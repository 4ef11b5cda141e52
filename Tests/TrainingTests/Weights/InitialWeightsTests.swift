import ComputationGraph
import Testing

import Training

@Suite struct InitialWeightsTests {
  private func values<Element: BinaryFloatingPoint & Sendable>(
    _ units: Int, _ inputs: Int, _ scheme: Initialization.Scheme, _ distribution: Initialization.Distribution = .normal,
    seed: UInt64 = 1, index: Int = 0
  ) throws -> [Element] {
    try InitialWeights(
      units: units, inputs: inputs, initialization: Initialization(scheme: scheme, distribution: distribution),
      seed: seed, parameterIndex: index
    ).values()
  }

  @Test(arguments: [
    (Initialization.Scheme.he, 2.0 / 300), (.xavier, 2.0 / 800), (.lecun, 1.0 / 300),
  ]) func hasTheStatedMoments(scheme: Initialization.Scheme, variance: Double) throws {
    for distribution in Initialization.Distribution.allCases {
      let values: [Double] = try values(500, 300, scheme, distribution)
      let count = Double(values.count)
      #expect(count == 150_000)
      let scaled = values.map { $0 / variance.squareRoot() }
      let mean = scaled.reduce(0, +) / count
      let square = scaled.reduce(0) { $0 + $1 * $1 } / count
      let fourth = scaled.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count
      // Five standard errors, the normal distribution's being the larger: sqrt(1, 2, 96) / sqrt(n).
      #expect(abs(mean) < 0.0129)
      #expect(abs(square - 1) < 0.0183)
      switch distribution {
      case .normal:
        #expect(abs(fourth - 3) < 0.127)
        #expect((4...7).contains(scaled.map(abs).max()!))
      case .uniform:
        #expect(abs(fourth - 9.0 / 5) < 0.02)
        let bound = 3.0.squareRoot()
        #expect(scaled.allSatisfy { abs($0) <= bound * (1 + 1e-15) })
        #expect(scaled.max()! > 0.999 * bound && scaled.min()! < -0.999 * bound)
      }
    }
  }

  @Test func neighboursAreNotCorrelated() throws {
    for distribution in Initialization.Distribution.allCases {
      let values: [Double] = try values(400, 250, .lecun, distribution)
      for distance in [1, 2, 250] {
        let products = zip(values, values.dropFirst(distance)).map { 250 * $0 * $1 }
        let mean = products.reduce(0, +) / Double(products.count)
        #expect(abs(mean) < 0.0159, "\(distribution), distance \(distance)")
      }
    }
  }

  @Test func isAFunctionOfSeedAndParameterIndex() throws {
    let first: [Double] = try values(20, 30, .he)
    #expect(try values(20, 30, .he) == first)
    let otherSeed: [Double] = try values(20, 30, .he, seed: 2)
    let otherIndex: [Double] = try values(20, 30, .he, index: 1)
    #expect(zip(first, otherSeed).allSatisfy { $0 != $1 })
    #expect(zip(first, otherIndex).allSatisfy { $0 != $1 })
    let narrow: [Float] = try values(20, 30, .he)
    #expect(narrow == first.map { Float($0) })
  }

  @Test func zerosAreZeros() throws {
    for distribution in Initialization.Distribution.allCases {
      let values: [Float] = try values(3, 5, .zeros, distribution)
      #expect(values == [Float](repeating: 0, count: 15))
    }
  }

  @Test(arguments: [(1, 1), (1, 9), (9, 1), (7, 7), (8, 8), (40, 64), (64, 40), (150, 150), (200, 17)])
  func orthogonalMatricesAreOrthogonal(units: Int, inputs: Int) throws {
    for distribution in Initialization.Distribution.allCases {
      let values: [Double] = try values(units, inputs, .orthogonal, distribution, seed: 3)
      let isWide = units <= inputs
      func vector(_ index: Int) -> [Double] {
        isWide
          ? Array(values[index * inputs..<(index + 1) * inputs])
          : stride(from: index, to: values.count, by: inputs).map { values[$0] }
      }
      let vectors = (0..<min(units, inputs)).map(vector)
      var worst = 0.0
      for (i, a) in vectors.enumerated() {
        for (j, b) in vectors[...i].enumerated() {
          let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
          worst = max(worst, abs(product - (i == j ? 1 : 0)))
        }
      }
      // Rounding of sums of some hundred terms, amplified at most tenfold before a row is done again.
      #expect(worst < 2e-14, "\(distribution)")
    }
  }

  /// A uniformly drawn orthogonal matrix's elements have mean 0 and variance 1/n, and its first element either sign.
  @Test func orthogonalMatricesPreferNoDirection() throws {
    var sum = 0.0
    var firstSquares = 0.0
    var positive = 0
    for seed in 0..<4000 as Range<UInt64> {
      let values: [Double] = try values(4, 4, .orthogonal, seed: seed)
      sum += values[15]
      firstSquares += values[15] * values[15]
      if values[0] > 0 { positive += 1 }
    }
    // Standard errors: 0.5 / sqrt(4000), 0.2 / sqrt(4000), sqrt(4000) / 2; five of each.
    #expect(abs(sum / 4000) < 0.04)
    #expect(abs(firstSquares / 4000 - 0.25) < 0.016)
    #expect(abs(positive - 2000) < 158)
  }

  @Test func refusesWhatIsTooLarge() throws {
    let overflow = try #require(throws: DataRequestError.self) {
      let _: [Float] = try values(.max, 2, .he)
    }
    #expect(
      overflow.description
        == "a weight matrix of 9223372036854775807 units and 2 inputs has more than 17179869184 elements")
    let slow = try #require(throws: DataRequestError.self) {
      let _: [Float] = try values(4097, 4096, .orthogonal)
    }
    #expect(
      slow.description
        == "orthogonal initialization of 4097 units and 4096 inputs takes too long; it is made up to 4096 x 4096, so choose "
        + "\"he\", \"xavier\" or \"lecun\"")
    // The limit itself is no error.
    _ = try InitialWeights(
      units: 4096, inputs: 4096, initialization: Initialization(scheme: .orthogonal, distribution: .normal), seed: 1,
      parameterIndex: 0)
  }
}
