/// The digest by which two runs' parameters are compared: SHA-256 over all parameters as little-endian float32, in the
/// order in which they are taken in.
///
/// ```
/// var digest = ParametersDigest()
/// digest.update(weights.span)
/// digest.update(biases.span)
/// digest.text   // "sha256:…", 64 hexadecimal digits
/// ```
package struct ParametersDigest: Sendable {
  private var hash = SHA256()

  package init() {}

  /// Takes in parameters.
  package mutating func update(_ parameters: borrowing Span<Float>) { hash.update(parameters) }

  /// Takes in parameters, each rounded to float32.
  @_specialize(where Element == Double)
  package mutating func update<Element: BinaryFloatingPoint>(_ parameters: borrowing Span<Element>) {
    for index in parameters.indices { hash.update(Float(parameters[index]).bitPattern.byteSwapped) }
  }

  /// The digest of all that has been taken in.
  package var text: String {
    let words = hash.finish()
    var text = "sha256:"
    for index in words.indices {
      let digits = String(words[index], radix: 16)
      text += String(repeating: "0", count: 8 - digits.count) + digits
    }
    return text
  }
}
