/// A byte count as users write it: `4096`, `64KiB`, `1.5GB`, `20%` (of the keep-all value) or `min` (the least
/// feasible).
package enum ByteSize: Hashable, Sendable {
  case bytes(Int)
  /// Percent of the keep-all value.
  case percent(Double)
  /// The least feasible.
  case minimum

  /// Reads a size; units are `B`, `KiB`, `MiB`, `GiB`, `TiB` (powers of 1024) and `kB`, `MB`, `GB`, `TB` (of 1000).
  /// Nil where the text is none. Fractions of a byte are dropped, and what is beyond the range of an `Int` is taken as
  /// its greatest value: more than any memory has.
  package init?(parsing text: String) {
    if text == "min" {
      self = .minimum
      return
    }
    let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
    let unit = String(text.dropFirst(digits.count))
    guard digits.first?.isNumber == true, digits.last?.isNumber == true else { return nil }
    if unit == "%" {
      guard let percent = Double(digits) else { return nil }
      self = .percent(min(percent, ByteSize.greatestPercent))
      return
    }
    guard let factor = ByteSize.unitBytes(unit) else { return nil }
    if let whole = Int(digits) {
      let (bytes, overflow) = whole.multipliedReportingOverflow(by: factor)
      self = .bytes(overflow ? Int.max : bytes)
      return
    }
    guard let number = Double(digits) else { return nil }
    self = .bytes(Int(exactly: (number * Double(factor)).rounded(.down)) ?? Int.max)
  }

  /// Larger percentages are taken as this one, which is beyond every memory.
  private static let greatestPercent = 1e15

  private static func unitBytes(_ unit: String) -> Int? {
    switch unit {
    case "", "B": 1
    case "KiB": 1 << 10
    case "MiB": 1 << 20
    case "GiB": 1 << 30
    case "TiB": 1 << 40
    case "kB": 1_000
    case "MB": 1_000_000
    case "GB": 1_000_000_000
    case "TB": 1_000_000_000_000
    default: nil
    }
  }

  /// The size in bytes, given what keep-all takes and what is least feasible.
  ///
  /// - Returns: Percentages are rounded down; a percentage beyond the range of an `Int` gives `Int.max`.
  package func resolved(keepAllBytes: Int, minimumBytes: Int) -> Int {
    switch self {
    case .bytes(let bytes): bytes
    case .minimum: minimumBytes
    case .percent(let percent): Int(exactly: (Double(keepAllBytes) * percent / 100).rounded(.down)) ?? Int.max
    }
  }
}

extension ByteSize: CustomStringConvertible {
  package var description: String {
    switch self {
    case .bytes(let bytes): "\(bytes)"
    case .percent(let percent): ByteSize.decimalText(percent) + "%"
    case .minimum: "min"
    }
  }

  /// The number without an exponent, in as many digits as tell it from others.
  private static func decimalText(_ number: Double) -> String {
    if let whole = Int(exactly: number) { return "\(whole)" }
    let parts = "\(number)".split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]), exponent < 0 else { return "\(number)" }
    return "0." + String(repeating: "0", count: -exponent - 1) + parts[0].filter { $0 != "." }
  }
}
