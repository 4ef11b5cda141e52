import ComputationGraph

/// The forms in which a block of several products is kept in part: of the values that its compact form holds, some; the
/// reverse step computes the others again from these, one part after the other from the block's end, products included.
///
/// ```
/// compact    u1 u2 u3 u4 u5 u6 u7 u8
/// parts:4          u3       u6    u8       u7 from u6, then u4 u5 from u3, then u1 u2 from the block's input
/// ```
///
/// Statistics of normalizations, a few bytes a row, are held in each. Earlier parts are longer: their values come to
/// life when what is held after them has been let go of.
func partialForms(_ compact: KeptForm, of stage: Stage, in graph: Graph) -> [KeptForm] {
  let large = compact.held.filter { !isStatistic($0, in: graph) }
  guard large.count > 1, graph.nodes[stage.forwardNodes].count(where: \.operation.isProduct) > 1 else { return [] }
  let small = compact.held.filter { isStatistic($0, in: graph) }
  return partCounts(ofValues: large.count).map { parts in
    let places = heldPlaces(ofValues: large.count, parts: parts)
    var partial = form(
      named: "parts:\(parts)", of: stage, in: graph, holding: (small + places.map { large[$0] }).sorted())
    partial.executesProductsAgain = true
    return partial
  }
}

extension Stage {
  /// Of the values that were just computed again to get at one, those that are let go of at once: all that the compact
  /// form does without, for they are evaluated from the others once more where a reverse step reads them.
  func passing(_ values: [ValueID], besides wanted: ValueID) -> [ValueID] {
    values.filter { $0 != wanted && !forms[0].holds($0) }
  }
}

private func isStatistic(_ value: ValueID, in graph: Graph) -> Bool {
  guard case .node(let producer) = graph[value].source else { return false }
  switch graph.nodes[producer].operation {
  case .layerNormStatistics, .batchNormStatistics: return true
  case .linear, .activation, .layerNorm, .batchNorm, .updateRunningStatistics, .dropout, .add, .loss, .correctCount,
    .lossGradient, .activationGradient, .linearInputGradient, .linearWeightGradient, .linearBiasGradient,
    .layerNormInputGradient, .layerNormParameterGradients, .batchNormInputGradient, .batchNormParameterGradients,
    .narrow, .widen, .parameterUpdate:
    return false
  }
}

/// The numbers of parts that are offered, fewest first: halves of halves of the values held, down to one, and the
/// number for which least is live while the block is reversed.
private func partCounts(ofValues count: Int) -> [Int] {
  var counts: Set<Int> = []
  var held = count / 2
  while held >= 1 {
    counts.insert(held + 1)
    held /= 2
  }
  let least = (1..<count).min { peak(ofValues: count, held: $0) < peak(ofValues: count, held: $1) } ?? 1
  counts.insert(least + 1)
  return counts.sorted()
}

/// The fewest values of a block that are live at once while it is reversed and so many are held: parts of that many,
/// one less, and so on, one less for each value held before them, have all the others.
private func peak(ofValues count: Int, held: Int) -> Int {
  max(held, (count - held + held * (held + 1) / 2 + held) / (held + 1))
}

/// Indices of the values that are held so that a block of `count` values is reversed in so many parts.
private func heldPlaces(ofValues count: Int, parts: Int) -> [Int] {
  let peak = peak(ofValues: count, held: parts - 1)
  var surplus = (0..<parts).reduce(0) { $0 + max(0, peak - $1) } - (count - (parts - 1))
  var places: [Int] = []
  var next = 0
  for part in 0..<parts - 1 {
    let length = max(0, peak - part)
    let spared = min(surplus, length)
    surplus -= spared
    next += length - spared
    places.append(next)
    next += 1
  }
  return places
}
