/// The known name that a misspelt one most likely stands for, or nil where none is near.
///
/// A third of the letters may differ, at least one and never all; of equally near names the first is taken.
func nearestName(to name: String, among known: [String]) -> String? {
  let wanted = Array(name.lowercased().utf8)
  guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
  var best: (name: String, distance: Int)?
  for candidate in known {
    let letters = Array(candidate.utf8)
    let distance = editDistance(wanted, letters)
    let shorter = min(wanted.count, letters.count)
    guard distance <= max(1, shorter / 3), distance < shorter, distance < best?.distance ?? Int.max else {
      continue
    }
    best = (candidate, distance)
  }
  return best?.name
}

/// Letters to insert, delete, replace or swap with their neighbour: the restricted distance of Damerau (CACM 7(3), 1964).
private func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
  var beforePrevious = [Int](repeating: 0, count: second.count + 1)
  var previous = Array(0...second.count)
  for (i, letter) in first.enumerated() {
    var row = [i + 1]
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
