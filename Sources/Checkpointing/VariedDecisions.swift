import RandomNumbers

/// The decisions of a table of optima, of which some are exchanged for others that take hardly longer: a schedule of
/// about the same bytes and seconds, whose layout is another.
///
/// What a schedule's values take together is one number, and how low they can be laid out another. Where the lowest
/// layout of an optimum is above what is counted, that of a schedule much like it may not be.
struct VariedDecisions: ReversalDecisions {
  private let optima: IntervalOptima
  /// Which of many variants.
  private let number: Int
  /// By which share of a part's seconds another decision may be slower.
  private let slower: Double

  /// Small shares and larger ones in turn: the less a variant may lose, the fewer differ from the optimum.
  private static let shares = [0.002, 0.01, 0.05]
  /// How often a decision is exchanged.
  private static let chance = 0.25

  init(_ optima: IntervalOptima, number: Int) {
    self.optima = optima
    self.number = number
    slower = VariedDecisions.shares[number % VariedDecisions.shares.count]
  }

  func decide(_ part: ReversalPart, allowance: Int) -> (decision: ReversalDecision, second: Int, first: Int) {
    var random = random(part, allowance)
    // Parts of which some stages are not reversed, and the loss, stay as they are.
    guard part.skipped == 0, part.first < optima.chain.count, random.nextFraction() < VariedDecisions.chance else {
      return optima.decide(part, allowance: allowance)
    }
    let options = optima.options(of: part, within: allowance)
    let fewest = options.map(\.seconds).min() ?? 0
    guard let option = options.filter({ $0.seconds <= fewest * (1 + slower) }).randomElement(using: &random) else {
      return optima.decide(part, allowance: allowance)
    }
    return optima.allowances(option.decision.decision(first: part.first), part, left: option.bytes)
  }

  /// A part is always varied in the same way.
  private func random(_ part: ReversalPart, _ allowance: Int) -> SplitMix64 {
    [part.first, part.end, allowance].reduce(SplitMix64(seed: UInt64(number))) { random, value in
      var random = random
      return SplitMix64(seed: random.next() ^ UInt64(value))
    }
  }
}

/// Collects of each list that is offered the point of fewest seconds within so many bytes.
struct OptionCollector: DecisionCollecting {
  private let byteCount: Int
  private(set) var options: [ReversalPoint] = []

  init(byteCount: Int) { self.byteCount = byteCount }

  mutating func add(_ point: ReversalPoint) {
    if point.bytes <= byteCount { options.append(point) }
  }

  mutating func addRaised(
    of fronts: borrowing ReversalFronts, _ place: ReversalFronts.Place, token: Int, floor: Int, seconds: Double,
    decision: EncodedDecision
  ) {
    guard let best = fronts.best(in: place, bytes: byteCount - token) else { return }
    let cost = fronts.costs[best]
    add(
      ReversalPoint(bytes: max(floor, cost.bytes + token), seconds: seconds + cost.seconds, decision: decision))
  }

  mutating func addSums(
    of fronts: borrowing ReversalFronts, _ first: ReversalFronts.Place, _ second: ReversalFronts.Place, token: Int,
    floor: Int, seconds: Double, decision: EncodedDecision
  ) {
    guard let left = fronts.best(in: first, bytes: byteCount),
      let right = fronts.best(in: second, bytes: byteCount - token)
    else { return }
    let (a, b) = (fronts.costs[left], fronts.costs[right])
    add(
      ReversalPoint(
        bytes: max(floor, a.bytes, b.bytes + token), seconds: seconds + a.seconds + b.seconds, decision: decision))
  }
}
