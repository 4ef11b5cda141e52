import Training

/// What a content security policy calls a script or style sheet by: of all that a page might come to hold nothing else
/// is run (W3C, Content Security Policy Level 3, section 2.3.1).
package func policySource(of text: String) -> String {
  let bytes = Array(text.utf8)
  let wordCount = bytes.count / 4
  var hash = SHA256()
  for word in 0..<wordCount { hash.update(bytes[(4 * word)..<(4 * word + 4)].reduce(0) { $0 << 8 | UInt32($1) }) }
  let words = hash.finish(Array(bytes[(4 * wordCount)...]))
  let digest = (0..<32).map { UInt8(words[$0 / 4] >> (24 - 8 * ($0 % 4)) & 0xFF) }
  return "'sha256-\(base64(digest))'"
}

/// RFC 4648, section 4.
private func base64(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  var text = ""
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
    for digit in 0..<4 {
      text.append(digit <= group.count ? alphabet[bits >> (18 - 6 * digit) & 63] : "=")
    }
  }
  return text
}
