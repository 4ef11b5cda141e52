/// A byte count as users write it: `4096`, `64KiB`, `1.5GB`, `20%` (of the keep-all value) or `min` (the least feasible).
package enum ByteSize: Hashable, Sendable {
  case bytes(Int)
  /// Percent of the keep-all value.
  case percent(Double)
  /// The least feasible.
  case minimum

  /// Reads a size; units are `B`, `KiB`, `MiB`, `GiB`, `TiB` (powers of 1024) and `kB`, `MB`, `GB`, `TB` (of 1000).
  /// Nil where the text is none, or beyond the range of an `Int`. Fractions of a byte are dropped.
  package init?(parsing text: String) {
    if text == "min" {
      self = .minimum
      return
    }
    let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
    let unit = String(text.dropFirst(digits.count))
    guard digits.first?.isNumber == true, digits.last?.isNumber == true else { return nil }
    if unit == "%" {
      guard let percent = Double(digits), percent.isFinite else { return nil }
      self = .percent(percent)
      return
    }
    guard let factor = ByteSize.unitBytes(unit) else { return nil }
    if let whole = Int(digits) {
      let (bytes, overflow) = whole.multipliedReportingOverflow(by: factor)
      guard !overflow else { return nil }
      self = .bytes(bytes)
      return
    }
    guard digits.contains("."), let number = Double(digits) else { return nil }
    guard let bytes = Int(exactly: (number * Double(factor)).rounded(.down)) else { return nil }
    self = .bytes(bytes)
  }

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
    case .percent(let percent): percent == percent.rounded() ? "\(Int(exactly: percent) ?? Int.max)%" : "\(percent)%"
    case .minimum: "min"
    }
  }
}
