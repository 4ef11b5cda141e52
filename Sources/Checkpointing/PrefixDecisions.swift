/// Reverses a chain in very few bytes: from its end on, each time from the network's input, as much as the optima of
/// parts reverse within the bytes, at least one stage.
///
/// ```
/// stages  0 1 2 3 4 5 6 7 8 9
///                           x     one stage, executed from the input on
///                       x x       a part, from a restart value
///         x x x x x x x           the rest, by the optimum of that part
/// ```
///
/// The optima count the bytes of a few steps too high (a part's start as held for as long as it can be, say), so that
/// the table has no point in the least bytes, in which a named strategy reverses the chain. That may be due to a single
/// stage; what is below it has room.
struct PrefixDecisions: ReversalDecisions {
  private let optima: IntervalOptima
  private let byteCount: Int
  /// By the prefix's end: how it is reversed. The last is the whole chain with the loss.
  private var steps: [Step] = []

  private enum Step {
    /// By the optimum of the whole prefix.
    case optimum
    /// The stages from this one on, then the prefix before it.
    case from(stage: Int)
  }

  /// What a part may use: a prefix all of the bytes, another one so many, or the fewest that the table knows.
  enum Allowance {
    case prefix
    case bytes(Int)
    case fewest
  }

  /// - Complexity: linear in the parts that are looked at.
  init(_ optima: IntervalOptima, byteCount: Int) {
    self.optima = optima
    self.byteCount = byteCount
    let chain = optima.chain
    // By stage: seconds and the most bytes of executing all before it from the network's input on.
    var advance = [0.0]
    var sweepPeaks = [0]
    for (stage, numbers) in optima.numbers.enumerated() {
      advance.append(advance[stage] + numbers.forwardSeconds)
      sweepPeaks.append(max(sweepPeaks[stage], stage == 0 ? numbers.forward.held : numbers.forward.ending))
    }
    var seconds = [0.0]
    steps = [.optimum]
    for end in 1...(chain.count + 1) {
      let prefix = ReversalPart(first: 0, end: end)
      var best = (seconds: Double.infinity, step: Step.from(stage: end - 1))
      if let point = optima.fronts.best(in: optima.place(of: prefix), bytes: byteCount) {
        best = (optima.fronts.costs[point].seconds, .optimum)
      }
      let waiting = end <= chain.count ? chain.boundaryBytes(end) : 0
      for stage in optima.parts.firsts(endingAt: end).reversed()
      where stage > 0 && waiting + sweepPeaks[stage] <= byteCount {
        guard let part = PrefixDecisions.seconds(ofPart: stage..<end, within: byteCount, optima) else { continue }
        let total = advance[stage] + part + seconds[stage]
        if total < best.seconds { best = (total, .from(stage: stage)) }
      }
      // The last stage alone, of which the table may count more bytes than it looks at.
      if best.seconds == .infinity { best.seconds = seconds[end - 1] + advance[min(end, chain.count)] }
      seconds.append(best.seconds)
      steps.append(best.step)
    }
  }

  /// Seconds of reversing a part from a restart value at its start; nil where it does not fit.
  private static func seconds(ofPart stages: Range<Int>, within byteCount: Int, _ optima: IntervalOptima) -> Double? {
    let part = ReversalPart(first: stages.lowerBound, end: stages.upperBound, start: .ending)
    let place = optima.place(of: part)
    let left = byteCount - optima.chain.keptBoundaryBytes(stages.lowerBound)
    if let point = optima.fronts.best(in: place, bytes: left) { return optima.fronts.costs[point].seconds }
    return stages.count == 1 && !place.isEmpty ? optima.fronts.costs[place.first].seconds : nil
  }

  func decide(
    _ part: ReversalPart, allowance: Allowance
  ) -> (decision: ReversalDecision, second: Allowance, first: Allowance) {
    switch allowance {
    case .prefix:
      guard case .from(let stage) = steps[part.end], stage > 0 else {
        return decide(part, allowance: .bytes(byteCount))
      }
      let left = byteCount - optima.chain.keptBoundaryBytes(stage)
      return (.split(.init(stage: stage, lowest: stage)), .bytes(left), .prefix)
    case .bytes(let bytes):
      guard optima.fronts.best(in: optima.place(of: part), bytes: bytes) != nil else {
        return decide(part, allowance: .fewest)
      }
      let (decision, second, first) = optima.decide(part, allowance: bytes)
      return (decision, .bytes(second), .bytes(first))
    case .fewest:
      let place = optima.place(of: part)
      guard !place.isEmpty else { return (decisionAlone(part), .fewest, .fewest) }
      let (decision, second, first) = optima.decide(part, allowance: place.leastBytes)
      return (decision, .bytes(second), .bytes(first))
    }
  }

  /// How one stage is reversed of which the table has no point.
  private func decisionAlone(_ part: ReversalPart) -> ReversalDecision {
    precondition(part.count == 1, "parts of several stages come from the table")
    let stage = optima.chain.stages[part.first]
    let readsBoundaryValues = stage.formReadingBoundaryValues(inputIsLive: true, outputIsLive: false) != nil
    return part.endIsKept || readsBoundaryValues ? .reverse : .executeAndReverse(form: 0)
  }
}
