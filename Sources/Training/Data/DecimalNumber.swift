/// Reads a decimal number from bytes, correctly rounded: `[+-] digits [. digits] [e [+-] digits]`, digits on at least
/// one side of the point.
///
/// Up to 19 significant digits with a power of ten from -19 to 19, which is nearly every number that programs write,
/// take one multiplication or division; the rest goes through the standard library.
/// - Parameter position: where to begin; moved behind the number, or left alone if there is none.
/// - Returns: nil if no number begins there; infinity if it is beyond float64.
@inline(__always)
package func parseDecimal(_ bytes: borrowing [UInt8], at position: inout Int) -> Double? {
  let start = position
  let end = bytes.count
  var index = start
  var negative = false
  if index < end, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
    negative = bytes[index] == UInt8(ascii: "-")
    index += 1
  }
  var mantissa: UInt64 = 0
  var exponent = 0
  var digitCount = 0
  var significantCount = 0
  while index < end {
    let digit = bytes[index] &- UInt8(ascii: "0")
    if digit > 9 { break }
    mantissa = mantissa &* 10 &+ UInt64(digit)
    digitCount &+= 1
    significantCount &+= significantCount > 0 || digit != 0 ? 1 : 0
    index &+= 1
  }
  if index < end, bytes[index] == UInt8(ascii: ".") {
    index &+= 1
    while index < end {
      let digit = bytes[index] &- UInt8(ascii: "0")
      if digit > 9 { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      digitCount &+= 1
      significantCount &+= significantCount > 0 || digit != 0 ? 1 : 0
      exponent &-= 1
      index &+= 1
    }
  }
  if digitCount == 0 { return nil }
  if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
    var cursor = index + 1
    var negativeExponent = false
    if cursor < end, bytes[cursor] == UInt8(ascii: "-") || bytes[cursor] == UInt8(ascii: "+") {
      negativeExponent = bytes[cursor] == UInt8(ascii: "-")
      cursor += 1
    }
    let firstDigit = cursor
    var written = 0
    while cursor < end {
      let digit = bytes[cursor] &- UInt8(ascii: "0")
      if digit > 9 { break }
      // Far beyond float64 already; the standard library reads the digits themselves.
      if written < 1_000_000 { written = written * 10 + Int(digit) }
      cursor += 1
    }
    if cursor > firstDigit {
      exponent += negativeExponent ? -written : written
      index = cursor
    }
  }
  position = index
  // Twenty digits may have overflowed the mantissa; nineteen cannot have.
  let magnitude = significantCount <= 19 ? scaled(mantissa, byPowerOfTen: exponent) : nil
  guard let magnitude else { return Double(String(decoding: bytes[start..<index], as: UTF8.self)) }
  return negative ? -magnitude : magnitude
}

/// `mantissa` x 10^`exponent`, correctly rounded, or nil where |exponent| > 19.
///
/// The product or quotient is formed to 63 or more bits; what lies below is told by its lowest bit ("sticky"), so the
/// conversion to 53 bits is the only rounding. The last factor is a power of two and exact.
@inline(__always)
private func scaled(_ mantissa: UInt64, byPowerOfTen exponent: Int) -> Double? {
  if exponent == 0 || mantissa == 0 { return Double(mantissa) }
  guard (-19...19).contains(exponent) else { return nil }
  let power = powersOfTen[abs(exponent)]
  if exponent < 0 {
    let mantissaShift = mantissa.leadingZeroBitCount
    let powerShift = power.leadingZeroBitCount
    let dividend = mantissa << UInt64(mantissaShift)
    let (quotient, remainder) = (power << UInt64(powerShift)).dividingFullWidth((dividend >> 1, dividend << 63))
    return Double(quotient | (remainder == 0 ? 0 : 1)) * powerOfTwo(powerShift - mantissaShift - 63)
  }
  let (high, low) = mantissa.multipliedFullWidth(by: power)
  if high == 0 { return Double(low) }
  let shift = high.leadingZeroBitCount
  let top = high << UInt64(shift) | low >> UInt64(64 - shift)
  return Double(top | (low << UInt64(shift) == 0 ? 0 : 1)) * powerOfTwo(64 - shift)
}

/// 2^`exponent` for the exponents of normal numbers.
@inline(__always)
private func powerOfTwo(_ exponent: Int) -> Double {
  Double(bitPattern: UInt64(1023 + exponent) << 52)
}

/// 10⁰ ... 10¹⁹.
private let powersOfTen: InlineArray<20, UInt64> = [
  1, 10, 100, 1_000,
  10_000, 100_000, 1_000_000, 10_000_000,
  100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
  1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
]
