/// What is known of a number of units, of which one more takes more bytes and fewer executions.
package enum UnitsOutcome<Found> {
  /// More units would do better: these execute too often, or are too slow to be of use.
  case tooFew
  case fits(Found)
  case tooMany
}

/// What the most units of a strategy that fit gave; nil where none do.
///
/// Halves the range of units, always at the same places: where more bytes never turn an outcome into one of more units,
/// they never give fewer units.
///
/// - Parameters:
///   - count: the most units that there may be.
///   - first: the units that are tried first; half of them where nothing better is known.
///   - probe: tries a number of units, and may name the one to try next instead of the half of what is left.
/// - Complexity: a probe for each halving, and for each number that a probe named.
package func mostUnits<Found, Failure: Error>(
  upTo count: Int, startingWith first: Int? = nil,
  _ probe: (Int) throws(Failure) -> (outcome: UnitsOutcome<Found>, next: Int?)
) throws(Failure) -> Found? {
  var best: Found?
  var (low, high) = (1, count)
  var next = first
  while low <= high {
    let units = next.map { min(max($0, low), high) } ?? (low + high) / 2
    let (outcome, named) = try probe(units)
    next = named
    switch outcome {
    case .tooFew: low = units + 1
    case .fits(let found):
      best = found
      low = units + 1
    case .tooMany: high = units - 1
    }
  }
  return best
}
