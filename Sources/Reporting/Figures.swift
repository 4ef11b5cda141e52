/// A number with so many decimals; one of more than fifteen digits in all with a power of ten.
package func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite else { return "\(value)" }
  var scale = 1
  for _ in 0..<digits { scale *= 10 }
  guard abs(value) * Double(scale) < 1e15 else { return scientific(value, digits) }
  let scaled = Int((abs(value) * Double(scale)).rounded())
  let sign = value < 0 && scaled > 0 ? "-" : ""
  guard digits > 0 else { return "\(sign)\(scaled)" }
  let fraction = String(scaled % scale)
  return "\(sign)\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
}

/// The same where it leaves a column of so many characters a blank; else with three decimals and a power of ten.
package func fixed(_ value: Double, _ digits: Int, width: Int) -> String {
  let text = fixed(value, digits)
  return text.count < width || !value.isFinite ? text : scientific(value, min(3, max(0, width - 9)))
}

/// A count with what is counted: `1 stage`, `3 stages`.
package func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// A number with so many decimals and a power of ten, such as `1.25e-9`.
package func scientific(_ value: Double, _ digits: Int = 1) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
  var exponent = 0
  var mantissa = abs(value)
  while mantissa >= 10 {
    mantissa /= 10
    exponent += 1
  }
  while mantissa < 1 {
    mantissa *= 10
    exponent -= 1
  }
  var text = fixed(mantissa, digits)
  if text.hasPrefix("10") {
    exponent += 1
    text = fixed(1, digits)
  }
  return "\(value < 0 ? "-" : "")\(text)e\(exponent)"
}

/// A byte count in the largest unit that keeps it at least one.
package func byteText(_ count: Int) -> String {
  let units = ["KiB", "MiB", "GiB", "TiB"]
  guard count >= 1024 else { return "\(count) B" }
  var value = Double(count) / 1024
  var unit = 0
  while value >= 1024, unit + 1 < units.count {
    value /= 1024
    unit += 1
  }
  return "\(fixed(value, 1)) \(units[unit])"
}

/// Seconds in a unit that shows three digits before the point at most.
package func secondsText(_ seconds: Double) -> String {
  if seconds >= 1 { return "\(fixed(seconds, 2)) s" }
  if seconds >= 1e-3 { return "\(fixed(seconds * 1e3, 2)) ms" }
  return "\(fixed(seconds * 1e6, seconds < 1e-5 ? 2 : 1)) µs"
}

/// A time span as people say it: `45 s`, `3 min 20 s`, `2 h 5 min`.
package func durationText(_ seconds: Double) -> String {
  let whole = Int(min(max(0, seconds), 1e9).rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

func left(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

func right(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

extension String {
  /// Without the spaces at its end.
  var trimmingEnd: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}

/// A number with five significant digits.
func significant(_ value: Double) -> String {
  guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
  let size = abs(value)
  guard size >= 1e-3, size < 1e6 else { return scientific(value, 4) }
  var digits = 4
  var bound = 10.0
  while size >= bound, digits > 0 {
    digits -= 1
    bound *= 10
  }
  bound = 1
  while size < bound {
    digits += 1
    bound /= 10
  }
  var text = fixed(value, digits)
  if text.utf8.contains(UInt8(ascii: ".")) {
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
  }
  return text
}

/// Words in lines of at most `width` characters, a longer word on a line of its own.
func wrapped(_ text: String, width: Int) -> [String] {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let last = lines.last, last.count + 1 + word.count <= width {
      lines[lines.count - 1] += " " + word
    } else {
      lines.append(String(word))
    }
  }
  return lines
}
