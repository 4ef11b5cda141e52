/// Text from a file, fit for one line of a message: in quotes, control characters escaped, at most 40 characters.
func quoted(_ text: String) -> String {
  var result = "\""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == 40 {
      result += "..."
      break
    }
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
      result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

/// The same for bytes that need not be UTF-8.
func quoted(_ bytes: some Collection<UInt8>) -> String {
  quoted(String(decoding: bytes.prefix(200), as: UTF8.self))
}

/// A number as a person writes it: whole numbers without a point.
func plainText(_ number: Double) -> String {
  if let whole = Int(exactly: number) { "\(whole)" } else { "\(number)" }
}
