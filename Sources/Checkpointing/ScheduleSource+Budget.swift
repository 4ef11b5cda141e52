/// What is looked for when a budget is known.
///
/// With a larger budget nothing that fits a smaller one is passed over: numbers of units are tried at places that do
/// not depend on the bytes.
extension ScheduleSource {
  /// The largest optima that fit, and of the others and of each family of units what may be as fast; fastest first.
  func fitting(bytes: Int, depth: Int, others: [ScheduleChoices.Choice]) -> [ScheduleChoices.Choice] {
    let optima = largestOptima(within: bytes, count: depth)
    var found = others.filter { $0.peakBytes <= bytes }
    for family in UnitFamily.allCases {
      let known = (optima + found).lazy.map(\.seconds).min()
      if let choice = mostUnits(family, bytes: bytes, fasterThan: known) { found.append(choice) }
    }
    // Slower optima come before what is slower than all of these.
    let slowest = optima.count < depth ? .infinity : optima[depth - 1].seconds
    return (optima + found.filter { $0.seconds <= slowest })
      .sorted { ($0.seconds, $0.peakBytes) < ($1.seconds, $1.peakBytes) }
  }

  /// The next of the choice's own kind.
  func neighbours(of recipe: ScheduleRecipe) -> ScheduleChoices.Neighbours {
    if case .optima(let bytes, _) = recipe, let index = wholeChain.firstIndex(where: { $0.bytes == bytes }) {
      return (
        optima(wholeChain[(index + 1)...].prefix(neighbourCount)),
        optima(wholeChain[..<index].reversed().prefix(neighbourCount))
      )
    }
    guard let (family, units) = UnitFamily.of(recipe) else { return ([], []) }
    return (
      units < chain.count ? [choice(family.recipe(units: units + 1))].compactMap(\.self) : [],
      units > 1 ? [choice(family.recipe(units: units - 1))].compactMap(\.self) : []
    )
  }

  /// A few of the smallest optima and of each family the one of fewest units, of fewest bytes first.
  func smallestOfEach() -> [ScheduleChoices.Choice] {
    let recipes = UnitFamily.allCases.map { $0.recipe(units: $0 == .revolve ? chain.fewestSlots : chain.fewestUnits) }
    return (optima(wholeChain.prefix(neighbourCount)) + recipes.compactMap { choice($0) })
      .sorted { $0.peakBytes < $1.peakBytes }
  }

  private func optima(_ points: some Sequence<(bytes: Int, seconds: Double)>) -> [ScheduleChoices.Choice] {
    points.compactMap { choice(.optima(bytes: $0.bytes)) }
  }

  /// So many, the largest first. The table counts a few bytes too many of some, so that those a little beyond the budget
  /// are looked at as well.
  private func largestOptima(within bytes: Int, count: Int) -> [ScheduleChoices.Choice] {
    var found: [ScheduleChoices.Choice] = []
    for point in wholeChain.reversed().drop(while: { $0.bytes - $0.bytes / 32 > bytes }) where found.count < count {
      guard let choice = choice(.optima(bytes: point.bytes)), choice.peakBytes <= bytes else { continue }
      found.append(choice)
    }
    return found
  }

  /// Of a long chain each takes a noticeable time.
  private var neighbourCount: Int { chain.count > maximumUngroupedStageCount ? 1 : 4 }

  /// The choice of a family with the most units within so many bytes; nil where there is none, and where it is clear
  /// that it takes longer than what is known.
  private func mostUnits(_ family: UnitFamily, bytes: Int, fasterThan known: Double?) -> ScheduleChoices.Choice? {
    if let known {
      guard chain.leastSeconds(of: family) < known else { return nil }
      let most = Checkpointing.mostUnits(upTo: chain.count) { units in
        (chain.sweepBytes(family, units: units) <= bytes ? .fits(units) : .tooMany, nil)
      }
      guard let most, let fastest = choice(family.recipe(units: most)) else { return nil }
      if most == chain.count, fastest.peakBytes <= bytes { return fastest }
      // Where stages are unequal a few units fewer may take a little less, for restart values stand elsewhere then.
      let n = Double(chain.count)
      let spread = min(1 / n.squareRoot(), 3 * Double(most).squareRoot() / n)
      guard fastest.seconds <= known * (1 + spread) else { return nil }
    }
    return mostUnits(family, bytes: bytes)
  }

  /// Where stages are equal, a unit more takes the bytes of one value more, and what is left is divided by these.
  private func mostUnits(_ family: UnitFamily, bytes: Int) -> ScheduleChoices.Choice? {
    let unitBytes = chain.isNearlyUniform ? chain.keptBoundaryBytes(chain.count / 2) : 0
    var probes = 0
    return Checkpointing.mostUnits(upTo: chain.count, startingWith: unitBytes > 0 ? bytes / unitBytes : nil) { units in
      probes += 1
      if unitBytes == 0, chain.sweepBytes(family, units: units) > bytes { return (.tooMany, nil) }
      switch outcome(family.recipe(units: units), within: unitBytes > 0 ? nil : bytes) {
      case .executesTooOften: return (.tooFew, nil)
      case .exceedsBytes: return (.tooMany, nil)
      case .fits(let choice):
        let left = bytes - choice.peakBytes
        let next =
          unitBytes > 0 && probes < mostEstimates
          ? units + (left >= 0 ? left : left - unitBytes + 1) / unitBytes : nil
        return (left >= 0 ? .fits(choice) : .tooMany, next)
      }
    }
  }
}

extension UnitFamily {
  fileprivate func recipe(units: Int) -> ScheduleRecipe {
    switch self {
    case .binomial: .binomial(slots: units)
    case .mixed: .classical(.mixed(units))
    case .revolve: .classical(.revolve(units))
    }
  }

  /// The family of a recipe and its units; nil where it is of none.
  fileprivate static func of(_ recipe: ScheduleRecipe) -> (family: UnitFamily, units: Int)? {
    switch recipe {
    case .binomial(let slots): (.binomial, slots)
    case .classical(.mixed(let units)): (.mixed, units)
    case .classical(.revolve(let slots)): (.revolve, slots)
    case .optima, .optimaOfFewBytes, .optimaOfParts, .classical: nil
    }
  }
}

/// Numbers of units reckoned from bytes that are left, before halving goes on.
private let mostEstimates = 8
