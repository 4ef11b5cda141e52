/// The known name that a misspelt one most likely stands for, or nil where none is near.
///
/// Names are compared without regard to case, `_` and `-`; a third of the letters may differ, at least one and never
/// all. Of equally near names the first is taken. Names of more than 64 letters are near to none.
package func nearestName(to name: String, among known: [String]) -> String? {
  let wanted = simplified(name)
  guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
  var best: (name: String, distance: Int)?
  for candidate in known {
    let letters = simplified(candidate)
    guard letters.count <= 64 else { continue }
    let distance = editDistance(wanted, letters)
    let shorter = min(wanted.count, letters.count)
    guard distance <= max(1, shorter / 3), distance < shorter else { continue }
    if let found = best, found.distance <= distance { continue }
    best = (candidate, distance)
  }
  return best?.name
}

private func simplified(_ name: String) -> [UInt8] {
  name.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
}

/// Letters to insert, delete, replace or swap with their neighbour: the restricted distance of Damerau (CACM 7(3),
/// 1964).
private func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
  var beforePrevious = [Int](repeating: 0, count: second.count + 1)
  var previous = Array(0...second.count)
  for (i, letter) in first.enumerated() {
    var row = [i + 1]
    row.reserveCapacity(second.count + 1)
    for (j, other) in second.enumerated() {
      var least = min(previous[j] + (letter == other ? 0 : 1), previous[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, letter == second[j - 1], first[i - 1] == other {
        least = min(least, beforePrevious[j - 1] + 1)
      }
      row.append(least)
    }
    beforePrevious = previous
    previous = row
  }
  return previous[second.count]
}
