import Testing

import Training

@Suite struct DecimalNumberTests {
  private func parse(_ text: String) -> (value: Double?, rest: String) {
    let bytes = Array(text.utf8)
    var position = 0
    let value = parseDecimal(bytes, at: &position)
    return (value, String(decoding: bytes[position...], as: UTF8.self))
  }

  @Test(arguments: [
    ("0", 0, ""), ("-0", 0, ""), ("7", 7, ""), ("+7", 7, ""), ("-12.5", -12.5, ""), ("1.", 1, ""), (".5", 0.5, ""),
    ("1e3", 1000, ""), ("1E-3x", 0.001, "x"), ("2e+2,", 200, ","), ("1e", 1, "e"), ("1e+", 1, "e+"), ("3 4", 3, " 4"),
    ("9007199254740993", 9_007_199_254_740_992, ""),
    ("9007199254740995", 9_007_199_254_740_996, ""),
    ("9007199254740992.9999", 9_007_199_254_740_992, ""),
    ("18446744073709551615", 18_446_744_073_709_551_616, ""),
    // Multiples of 2^64, which a mantissa of 64 bits does not hold.
    ("18446744073709551616", 18_446_744_073_709_551_616, ""), ("1.8446744073709551616", 1.8446744073709551616, ""),
    ("36893488147419103232", 36_893_488_147_419_103_232, ""), ("92233720368547758080", 92_233_720_368_547_758_080, ""),
    ("99999999999999999999999", 1e23, ""),
    ("0.30000000000000004", 0.30000000000000004, ""),
    ("2.2250738585072014e-308", 2.2250738585072014e-308, ""), ("4.9e-324", .leastNonzeroMagnitude, ""),
    ("1e-400", 0, ""),
    ("1e400", .infinity, ""), ("-1e99999999999999999999", -.infinity, ""), ("0e99999999999999999999", 0, ""),
    ("0.0000000000000000000000000000000000000001", 1e-40, ""),
  ]) func readsNumbers(text: String, value: Double, rest: String) {
    let result = parse(text)
    #expect(result.value == value, "\(text)")
    #expect(result.rest == rest)
  }

  @Test(arguments: ["", "-", ".", "-.", "e5", "abc", "nan", "inf", "--1", " 1"])
  func leavesAloneWhatIsNoNumber(text: String) {
    let result = parse(text)
    #expect(result.value == nil)
    #expect(result.rest == text)
  }

  @Test func keepsTheSignOfZero() {
    #expect(parse("-0.0").value?.sign == .minus)
  }

  /// Every digit count and every power of ten around the fast paths' borders, against the standard library.
  @Test func agreesWithTheStandardLibraryToTheLastBit() throws {
    let stream = RandomStream(seed: 11, purpose: .parameters)
    for index in 0..<60_000 as Range<UInt64> {
      let words = stream.words(at: index)
      let digits = String(words.x).prefix(Int(words.y % 20) + 1)
      let exponent = Int(words.y >> 32 % 61) - 30
      let place = Int(words.y >> 16 % UInt64(digits.count + 1))
      let text = "\(digits.prefix(place)).\(digits.dropFirst(place))e\(exponent)"
      let expected = try #require(Double(text))
      #expect(parse(text).value?.bitPattern == expected.bitPattern, "\(text)")
    }
  }

  @Test func readsBackWhatIsPrinted() {
    let stream = RandomStream(seed: 12, purpose: .parameters)
    for index in 0..<20_000 as Range<UInt64> {
      let words = stream.words(at: index)
      let value = Double(bitPattern: words.x)
      if value.isFinite { #expect(parse("\(value)").value == value, "bits \(words.x)") }
      let small = stream.normals(at: index).x
      #expect(parse("\(small)").value == small)
    }
  }
}
