import Checkpointing
import ComputationGraph
import Differentiation
import SystemCalls

extension StageChain {
  /// What schedulers see of the stages: bytes and seconds, no graph.
  ///
  /// - Parameters:
  ///   - secondsOfNode: what an execution of each node of the graph costs.
  ///   - isConcurrent: whether two threads count.
  /// - Complexity: linear in the graph's edges; of stages that are alike only the first is counted.
  func chain(
    of differentiated: DifferentiatedGraph, secondsOfNode: [Double], scratchpadByteCounts: [Int],
    isConcurrent: Bool = false
  ) throws -> Chain {
    let makeCounter = counters(
      of: differentiated, secondsOfNode: secondsOfNode, scratchpadByteCounts: scratchpadByteCounts)
    return try Chain(
      stages: numbers(isConcurrent: isConcurrent, countedBy: makeCounter) { $0.count($1) },
      lossPeak: makeCounter().lossPeak(), instructionsPerExecution: instructionsPerExecution)
  }

  /// The same chain at other costs.
  ///
  /// - Parameter chain: of the same stages.
  func chain(
    _ chain: Chain, pricedBy secondsOfNode: [Double], of differentiated: DifferentiatedGraph,
    scratchpadByteCounts: [Int], isConcurrent: Bool
  ) throws -> Chain {
    let makeCounter = counters(
      of: differentiated, secondsOfNode: secondsOfNode, scratchpadByteCounts: scratchpadByteCounts)
    let stages = numbers(isConcurrent: isConcurrent, countedBy: makeCounter) { counter, stage in
      var numbers = chain.stages[stage.index]
      counter.price(&numbers, of: stage)
      return numbers
    }
    return try Chain(
      stages: stages, inputBytes: chain.inputBytes, lossPeak: chain.lossPeak,
      instructionsPerExecution: instructionsPerExecution)
  }

  private var instructionsPerExecution: Int {
    let nodes = stages.reduce(0) { $0 + $1.forwardNodes.count }
    return max(1, (nodes + stages.count - 1) / stages.count)
  }

  /// Makes a counter for each thread.
  private func counters(
    of differentiated: DifferentiatedGraph, secondsOfNode: [Double], scratchpadByteCounts: [Int]
  ) -> @Sendable () -> StageCounter {
    {
      StageCounter(
        stages: self, differentiated: differentiated, secondsOfNode: secondsOfNode,
        scratchpadByteCounts: scratchpadByteCounts)
    }
  }

  /// Of each stage its numbers, asked for once for stages that are alike.
  private func numbers(
    isConcurrent: Bool, countedBy makeCounter: @Sendable () -> StageCounter,
    _ count: @Sendable (StageCounter, Stage) -> ChainStage
  ) -> [ChainStage] {
    let kinds = stages.indices.filter { firstAlike[$0] == $0 }
    @Sendable func counted(_ kinds: ArraySlice<Int>) -> [ChainStage] {
      let counter = makeCounter()
      return kinds.map { count(counter, stages[$0]) }
    }
    let half = kinds.count / 2
    let halves = concurrently(when: isConcurrent) {
      counted(kinds[..<half])
    } and: {
      counted(kinds[half...])
    }
    var waiting = (halves.0 + halves.1).makeIterator()
    var numbers: [ChainStage] = []
    numbers.reserveCapacity(stages.count)
    for first in firstAlike {
      guard let next = Int(first) < numbers.count ? numbers[Int(first)] : waiting.next() else {
        preconditionFailure("a stage is like an earlier one or of a kind of its own")
      }
      numbers.append(next)
    }
    return numbers
  }
}

/// Counts the numbers of one stage after the other.
private struct StageCounter {
  let stages: StageChain
  let differentiated: DifferentiatedGraph
  let graph: Graph
  let secondsOfNode: [Double]
  let meter: StageMeter

  init(
    stages: StageChain, differentiated: DifferentiatedGraph, secondsOfNode: [Double], scratchpadByteCounts: [Int]
  ) {
    self.stages = stages
    self.differentiated = differentiated
    graph = differentiated.graph
    self.secondsOfNode = secondsOfNode
    meter = StageMeter(
      graph: differentiated.graph, scratchpadByteCounts: scratchpadByteCounts,
      gradients: differentiated.fusesUpdates ? [] : Set(differentiated.gradients.compactMap(\.self)))
  }

  /// The loss and what follows it, then its gradient; the prediction is its input.
  func lossPeak() -> StagePeaks.ByInput {
    let sequence = [stages.lossNode] + stages.followingNodes + (stages.lossGradientNode.map { [$0] } ?? [])
    let cotangents = stages.lossGradientNode.map { Set(graph.nodes[$0].outputs) } ?? []
    return execution(from: graph.prediction, sequence, surviving: cotangents)
  }

  func count(_ stage: Stage) -> ChainStage {
    let forward = Array(stage.forwardNodes)
    let sequences = sequences(of: stage)
    let reverse = sequences[0].reverse
    let readsInput = reverse.contains { graph.nodes[$0].inputs.contains(stage.input) }
    var numbers = ChainStage(
      outputBytes: meter.byteCount(of: stage.output), keptOutputBytes: keptByteCount(of: stage.output),
      readsInput: readsInput,
      readsOutput: stage.residuals.contains(stage.output),
      forwardSeconds: 0, backwardSeconds: 0,
      forwardWorkspaceBytes: workspaceByteCount(of: forward),
      backwardWorkspaceBytes: workspaceByteCount(of: reverse),
      forms: zip(stage.forms, sequences).map { residualForm($0, $1, of: stage) },
      peaks: StagePeaks(
        forward: execution(from: stage.input, forward, surviving: [stage.output]),
        forms: ofEachKind(stage.forms) { peaks(of: stage.forms[$0], sequences[$0], of: stage, readsInput: readsInput) })
    )
    price(&numbers, sequences, of: stage)
    return numbers
  }

  /// Sets all seconds.
  func price(_ numbers: inout ChainStage, of stage: Stage) { price(&numbers, sequences(of: stage), of: stage) }

  private func price(_ numbers: inout ChainStage, _ sequences: [FormSequences], of stage: Stage) {
    // A node with an effect that lasts is executed once, however often the stage is: as often as the reverse step.
    let (lasting, repeated) = (
      stage.forwardNodes.filter { graph.nodes[$0].operation.hasSideEffect },
      stage.forwardNodes.filter { !graph.nodes[$0].operation.hasSideEffect }
    )
    numbers.forwardSeconds = seconds(of: repeated)
    numbers.backwardSeconds = seconds(of: stage.backwardNodes) + seconds(of: lasting)
    for (index, form) in stage.forms.enumerated() {
      numbers.forms[index].extraBackwardSeconds =
        seconds(of: evaluatedNodes(of: sequences[index])) + seconds(of: roundings(of: form.held))
      numbers.forms[index].deriveSeconds =
        form.derivesOutput ? seconds(of: sequence(giving: [stage.output], from: live(form.held), stage)) : 0
      numbers.forms[index].secondsWithoutOutput = seconds(of: sequences[index].withoutOutput)
    }
  }

  /// What is executed for one way to keep a stage.
  private struct FormSequences {
    /// The reverse step with all that it evaluates again.
    let reverse: [Int]
    /// From the stage's input to what is held, and no further.
    let withoutOutput: [Int]
  }

  /// By form.
  private func sequences(of stage: Stage) -> [FormSequences] {
    ofEachKind(stage.forms) { index in
      let form = stage.forms[index]
      return FormSequences(
        reverse: reverseSequence(of: stage, form: form),
        withoutOutput: sequence(giving: form.held, from: Live(values: [stage.input]), stage))
    }
  }

  /// By form what depends on the held values and on when they are evaluated alone, made once for forms that are alike
  /// in these.
  private func ofEachKind<Result>(_ forms: [KeptForm], _ make: (Int) -> Result) -> [Result] {
    var results: [Result] = []
    results.reserveCapacity(forms.count)
    for (index, form) in forms.enumerated() {
      let alike = forms[..<index].firstIndex { $0.held == form.held && $0.evaluatesAnew == form.evaluatesAnew }
      results.append(alike.map { results[$0] } ?? make(index))
    }
    return results
  }

  /// The forward nodes that the reverse step evaluates again.
  private func evaluatedNodes(of sequences: FormSequences) -> [Int] {
    sequences.reverse.filter { graph.nodes[$0].differentiates == nil }
  }

  private func residualForm(_ form: KeptForm, _ sequences: FormSequences, of stage: Stage) -> ResidualForm {
    ResidualForm(
      name: form.name,
      byteCount: form.held.reduce(0) { $0 + ($1 == stage.output ? 0 : keptByteCount(of: $1)) },
      holdsOutput: form.holdsOutput, derivesOutput: form.derivesOutput, holdsInput: form.holdsInput,
      holdsDerivedInput: form.holdsDerivedInput,
      productsExecutedAgain: evaluatedNodes(of: sequences).count { graph.nodes[$0].operation.isProduct })
  }

  // MARK: What is kept

  /// Bytes of a value while it is kept.
  private func keptByteCount(of value: ValueID) -> Int { meter.byteCount(of: differentiated.keptForm(of: value)) }

  /// The nodes that round values for keeping.
  private func roundings(of values: some Sequence<ValueID>) -> [Int] {
    values.compactMap { differentiated.rounding(of: $0)?.narrow }
  }

  /// Forward nodes, each followed by what rounds those of its outputs that are held.
  private func keeping(_ held: Set<ValueID>, _ nodes: [Int]) -> [Int] {
    guard differentiated.roundsKept else { return nodes }
    return nodes.flatMap { node in [node] + roundings(of: graph.nodes[node].outputs.filter { held.contains($0) }) }
  }

  /// Values that can be read.
  private struct Live {
    var values: Set<ValueID> = []
    /// Those of which there is a rounded copy alone, to be widened first.
    var copies: Set<ValueID> = []
  }

  private func live(_ kept: [ValueID]) -> Live {
    var live = Live()
    for value in kept {
      if differentiated.rounding(of: value) == nil { live.values.insert(value) } else { live.copies.insert(value) }
    }
    return live
  }

  private func peaks(
    of form: KeptForm, _ sequences: FormSequences, of stage: Stage, readsInput: Bool
  ) -> StagePeaks.Form {
    let held = Set(form.held)
    let kept = Set(form.held.map { differentiated.keptForm(of: $0) })
    let cotangent = stages.cotangent(enteringStage: stage.index, in: graph)
    let given = stage.index == 0 ? nil : stages.cotangent(enteringStage: stage.index - 1, in: graph)
    let entering = kept.union([cotangent].compactMap(\.self))
    let surviving = Set([given].compactMap(\.self))
    let derivingInput =
      differentiated.roundsKept ? reverseSequence(of: stage, form: form, inputIsCopy: false) : sequences.reverse
    return StagePeaks.Form(
      forward: execution(
        from: stage.input, keeping(held, Array(stage.forwardNodes)), surviving: kept.union([stage.output])),
      forwardWithoutOutput: execution(from: stage.input, keeping(held, sequences.withoutOutput), surviving: kept),
      reverse: byInput(
        differentiated.keptForm(of: stage.input), sequences.reverse, entering: entering, surviving: surviving,
        readsInput: readsInput),
      reverseDerivingInput: meter.peakByteCount(
        of: derivingInput, in: StageMeter.Surroundings(entering: entering, surviving: surviving)))
  }

  /// A sequence that reads its input itself, of which something else holds but the rounded copy where there is one.
  private func execution(from input: ValueID, _ sequence: [Int], surviving: Set<ValueID>) -> StagePeaks.ByInput {
    var peak = byInput(input, sequence, entering: [], surviving: surviving, readsInput: true)
    if differentiated.rounding(of: input) != nil { peak.held = peak.ending }
    return peak
  }

  private func byInput(
    _ input: ValueID, _ sequence: [Int], entering: Set<ValueID>, surviving: Set<ValueID>, readsInput: Bool
  ) -> StagePeaks.ByInput {
    let held = meter.peakByteCount(
      of: sequence, in: StageMeter.Surroundings(entering: entering, surviving: surviving, outside: [input]))
    guard readsInput else { return StagePeaks.ByInput(held: held, ending: held) }
    return StagePeaks.ByInput(
      held: held,
      ending: meter.peakByteCount(
        of: sequence, in: StageMeter.Surroundings(entering: entering.union([input]), surviving: surviving)))
  }

  private func seconds(of sequence: some Sequence<Int>) -> Double {
    sequence.reduce(0) { $0 + secondsOfNode[$1] }
  }

  private func workspaceByteCount(of sequence: [Int]) -> Int {
    sequence.reduce(0) { max($0, meter.scratchpadByteCounts[$1]) }
  }

  /// The stage's forward nodes that lead from live values to wanted ones, in order, with those that widen copies.
  private func sequence(giving wanted: [ValueID], from live: Live, _ stage: Stage) -> [Int] {
    var missing: Set<Int> = []
    var frontier = wanted
    while let value = frontier.popLast() {
      guard !live.values.contains(value), !live.copies.contains(value), case .node(let producer) = graph[value].source,
        stage.forwardNodes.contains(producer), missing.insert(producer).inserted
      else { continue }
      frontier += graph.nodes[producer].inputs
    }
    var result: [Int] = []
    // A copy of what is live would be made for each node of a stage, which may have thousands.
    var widened: Set<ValueID> = []
    func widen(_ values: some Sequence<ValueID>) {
      for value in values where live.copies.contains(value) && widened.insert(value).inserted {
        if let (_, widen) = differentiated.rounding(of: value) { result.append(widen) }
      }
    }
    for node in missing.sorted() {
      widen(graph.nodes[node].inputs)
      result.append(node)
    }
    widen(wanted)
    return result
  }

  /// The backward nodes of a stage, each after the forward nodes that must be evaluated again for it. Where products
  /// are among these, what the compact form does without is gone after them; in a lean form all that was evaluated is
  /// gone after each node, but for the stage's input.
  ///
  /// - Parameter inputIsCopy: whether the stage's input is kept, and so rounded where values are; else it is there
  ///   itself.
  private func reverseSequence(of stage: Stage, form: KeptForm, inputIsCopy: Bool = true) -> [Int] {
    var kept = live(form.held + (inputIsCopy ? [stage.input] : []))
    if !inputIsCopy { kept.values.insert(stage.input) }
    var live = kept
    var result: [Int] = []
    for node in stage.backwardNodes {
      for input in graph.nodes[node].inputs {
        let producers = sequence(giving: [input], from: live, stage)
        result += producers
        for value in producers.flatMap({ graph.nodes[$0].outputs }).map({ graph.unrounded($0) }) {
          live.values.insert(value)
          live.copies.remove(value)
        }
        let executed = producers.filter { stage.forwardNodes.contains($0) }
        if executed.contains(where: { graph.nodes[$0].operation.isProduct }) {
          live.values.subtract(stage.passing(executed.flatMap { graph.nodes[$0].outputs }, besides: input))
        }
      }
      result.append(node)
      guard form.evaluatesAnew else { continue }
      if live.values.contains(stage.input) {
        kept.values.insert(stage.input)
        kept.copies.remove(stage.input)
      }
      live = kept
    }
    return result
  }
}
