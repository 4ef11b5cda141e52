import Reporting
import Testing

@Suite struct FiguresTests {
  @Test(arguments: [
    (0.0, 5, "0.00000"), (-0.000001, 5, "0.00000"), (1.5, 0, "2"), (-12.345, 2, "-12.35"), (9.999, 2, "10.00"),
    (9_999_999_999.5, 5, "9999999999.50000"), (1e10, 5, "1.00000e10"), (4.9e13, 5, "4.90000e13"),
    (-9.3e14, 4, "-9.3000e14"), (1e15, 0, "1e15"), (1e300, 3, "1.000e300"), (.infinity, 2, "inf"),
  ])
  func decimals(value: Double, digits: Int, text: String) { #expect(fixed(value, digits) == text) }

  @Test func columnsAreNeverFull() {
    for exponent in -12...300 {
      for value in [7.77 * power(10, exponent), -7.77 * power(10, exponent)] {
        for (digits, width) in [(5, 12), (4, 12), (7, 12), (1, 11)] {
          let text = fixed(value, digits, width: width)
          #expect(text.count < width, "\(text)")
        }
      }
    }
  }

  /// A training that explodes goes through every magnitude.
  @Test(arguments: 0...9) func everyMagnitudeIsToldShortly(digits: Int) {
    for exponent in -320...307 {
      let value = 1.77 * power(10, exponent)
      for value in [value, -value] {
        let text = fixed(value, digits)
        #expect(text.utf8.count <= 19, "\(text)")
        #expect(abs((Double(text) ?? .nan) - value) <= max(1, abs(value)) * power(10, -digits), "\(text)")
      }
    }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<abs(exponent) { result = exponent < 0 ? result / base : result * base }
    return result
  }
}
