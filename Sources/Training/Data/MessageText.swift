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

/// The candidate that `name` is most likely meant to be: the nearest by edit distance, if that is at most a third of
/// the name's length (at least 1). Names beyond 64 characters and candidates beyond 10,000 are not compared.
func nearestName(to name: String, among candidates: [String]) -> String? {
  let wanted = Array(name.lowercased())
  guard wanted.count <= 64 else { return nil }
  var best: (name: String, distance: Int)?
  for candidate in candidates.prefix(10_000) {
    let letters = Array(candidate.lowercased())
    guard letters.count <= 64 else { continue }
    let distance = editDistance(wanted, letters)
    if distance <= max(1, wanted.count / 3), distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.name
}

/// Insertions, deletions and replacements that make `a` into `b` (Levenshtein), O(|a| |b|).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, right) in b.enumerated() {
      let replaced = diagonal + (left == right ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
