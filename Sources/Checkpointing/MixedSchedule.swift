/// Mixed checkpointing (Maddison, J. Comput. Sci. 82, 2024): a unit holds a restart value or one stage's residuals; the
/// running stage has a unit of its own beside the S.
///
/// The optimum E(n, S) and its splits have a closed form, found from the recurrence and held to it by tests. With the
/// binomial lengths b(S, r) = C(S+r, r), cut the chain lengths into blocks b(S, r-1) < n <= b(S, r). In block 1 each
/// further stage costs 1. Block r >= 2 is a row of runs of lengths j = S, S-1, ..., 1, of which there are
/// C(r-2+S-j, S-j) each: the first stage of a run costs r+1, its others r. For S = 3, r = 3: 4 3 3 | 4 3 | 4 3 | 4 | 4
/// | 4. The runs of length j in block r of S are those in block r-1 of S and those in block r of S-1 together (Pascal's
/// rule), so a split that fills the first part with the former and the second with the latter is optimal.
struct MixedSplitting: Splitting {
  func keepsAll(stageCount: Int, units: Int) -> Bool { stageCount <= units + 1 }

  /// - Complexity: O(S + r).
  func firstPart(stageCount n: Int, units: Int) -> Int {
    if units <= 1 { return n - 1 }
    let r = repetitions(stageCount: n, slots: units)
    var rest = n - binomialLength(slots: units, repetitions: r - 1)
    // Block 1 of the first part and the step onto it are the one run of length S.
    if r == 2 { return 1 + min(rest, units) }
    var first = binomialLength(slots: units, repetitions: r - 2)
    // Runs of this length in the first part's block and in the second's, from S down.
    var (firstRuns, secondRuns) = (1, 0)
    var length = units
    while rest >= length * (firstRuns + secondRuns) {
      first += length * firstRuns
      rest -= length * (firstRuns + secondRuns)
      length -= 1
      if length == 0 { break }
      let gap = units - length
      // C(r-3+gap, gap) and C(r-3+gap, gap-1): each from the one before.
      let next = firstRuns * (r - 3 + gap) / gap
      secondRuns = gap == 1 ? 1 : secondRuns * (r - 3 + gap) / (gap - 1)
      firstRuns = next
    }
    // What is left fills the first part's runs first, a run that stays incomplete included.
    return first + min(rest, length * firstRuns)
  }
}

/// E(n, S), the least executions: n up to S+1 stages, else from the closed form above; `Int.max` where it is larger.
///
/// - Parameter units: In `1 ... stageCount`.
package func mixedExecutions(stageCount n: Int, units: Int) -> Int {
  if n <= units + 1 { return n }
  let r = repetitions(stageCount: n, slots: units)
  // b(S, r-1) stages: n + t(n, S) as in binomial checkpointing, less one execution for each of C(S+r-2, S-1) stages.
  let base = binomialLength(slots: units, repetitions: r - 1)
  let (product, overflow) = n.multipliedReportingOverflow(by: r + 1)
  if overflow { return Int.max }
  var executions = r * base - binomialCoefficient(units + r - 1, r - 2) - binomialCoefficient(units + r - 2, units - 1)
  var rest = n - base
  executions += r * rest
  var runs = 1
  for length in stride(from: units, to: 0, by: -1) where rest > 0 {
    if length < units { runs = runs * (r - 2 + units - length) / (units - length) }
    let taken = min(rest, runs * length)
    executions += (taken + length - 1) / length
    rest -= taken
  }
  assert(executions <= product)
  return executions
}
