import Checkpointing
import ComputationGraph
import Differentiation

extension StageChain {
  /// What schedulers see of the stages: bytes and seconds, no graph.
  ///
  /// - Complexity: linear in the graph's edges; a stage with the same numbers of nodes, operators, shapes and forms as
  ///   one before it is not counted again.
  func chain(of differentiated: DifferentiatedGraph, costs: NodeCosts, scratchpadByteCounts: [Int]) throws(ChainError)
    -> Chain
  {
    var counter = StageCounter(
      stages: self, differentiated: differentiated, costs: costs, scratchpadByteCounts: scratchpadByteCounts)
    return try Chain(stages: stages.map { counter.numbers(of: $0) }, lossPeak: counter.lossPeak())
  }
}

/// Counts the numbers of one stage after the other.
private struct StageCounter {
  let stages: StageChain
  let differentiated: DifferentiatedGraph
  let graph: Graph
  let costs: NodeCosts
  let meter: StageMeter
  private var known: [StageSignature: ChainStage] = [:]

  init(
    stages: StageChain, differentiated: DifferentiatedGraph, costs: NodeCosts, scratchpadByteCounts: [Int]
  ) {
    self.stages = stages
    self.differentiated = differentiated
    graph = differentiated.graph
    self.costs = costs
    meter = StageMeter(
      graph: differentiated.graph, scratchpadByteCounts: scratchpadByteCounts,
      gradients: differentiated.fusesUpdates ? [] : Set(differentiated.gradients.compactMap(\.self)))
  }

  mutating func numbers(of stage: Stage) -> ChainStage {
    let signature = StageSignature(of: stage, in: graph)
    if let same = known[signature] { return same }
    let numbers = count(stage)
    known[signature] = numbers
    return numbers
  }

  /// The loss and what follows it, then its gradient; the prediction is its input.
  func lossPeak() -> StagePeaks.ByInput {
    let sequence = [stages.lossNode] + stages.followingNodes + (stages.lossGradientNode.map { [$0] } ?? [])
    let cotangents = stages.lossGradientNode.map { Set(graph.nodes[$0].outputs) } ?? []
    return execution(from: graph.prediction, sequence, surviving: cotangents)
  }

  private func count(_ stage: Stage) -> ChainStage {
    let forward = Array(stage.forwardNodes)
    let reverse = reverseSequence(of: stage, form: stage.forms[0])
    let readsInput = reverse.contains { graph.nodes[$0].inputs.contains(stage.input) }
    return ChainStage(
      outputBytes: meter.byteCount(of: stage.output), keptOutputBytes: keptByteCount(of: stage.output),
      readsInput: readsInput,
      readsOutput: stage.residuals.contains(stage.output),
      forwardSeconds: seconds(of: forward),
      backwardSeconds: seconds(of: Array(stage.backwardNodes)),
      forwardWorkspaceBytes: workspaceByteCount(of: forward),
      backwardWorkspaceBytes: workspaceByteCount(of: reverse),
      forms: stage.forms.map { residualForm($0, of: stage) },
      peaks: StagePeaks(
        forward: execution(from: stage.input, forward, surviving: [stage.output]),
        forms: stage.forms.map { peaks(of: $0, of: stage, readsInput: readsInput) }))
  }

  private func residualForm(_ form: KeptForm, of stage: Stage) -> ResidualForm {
    let evaluated = reverseSequence(of: stage, form: form).filter { graph.nodes[$0].differentiates == nil }
    return ResidualForm(
      name: form.name,
      byteCount: form.held.reduce(0) { $0 + ($1 == stage.output ? 0 : keptByteCount(of: $1)) },
      holdsOutput: form.holdsOutput, derivesOutput: form.derivesOutput, holdsInput: form.holdsInput,
      productsExecutedAgain: evaluated.count { graph.nodes[$0].operation.isProduct },
      extraBackwardSeconds: seconds(of: evaluated) + seconds(of: roundings(of: form.held)),
      deriveSeconds: form.derivesOutput
        ? seconds(of: sequence(giving: [stage.output], from: live(form.held), stage)) : 0,
      secondsWithoutOutput: seconds(of: sequence(giving: form.held, from: Live(values: [stage.input]), stage)))
  }

  // MARK: What is kept

  /// Bytes of a value while it is kept.
  private func keptByteCount(of value: ValueID) -> Int { meter.byteCount(of: differentiated.keptForm(of: value)) }

  /// The nodes that round values for keeping.
  private func roundings(of values: [ValueID]) -> [Int] {
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

  private func peaks(of form: KeptForm, of stage: Stage, readsInput: Bool) -> StagePeaks.Form {
    let held = Set(form.held)
    let kept = Set(form.held.map { differentiated.keptForm(of: $0) })
    let reverse = reverseSequence(of: stage, form: form)
    let cotangent = stages.cotangent(enteringStage: stage.index, in: graph)
    let given = stage.index == 0 ? nil : stages.cotangent(enteringStage: stage.index - 1, in: graph)
    let entering = kept.union([cotangent].compactMap(\.self))
    let surviving = Set([given].compactMap(\.self))
    let withoutOutput = sequence(giving: form.held, from: Live(values: [stage.input]), stage)
    return StagePeaks.Form(
      forward: execution(
        from: stage.input, keeping(held, Array(stage.forwardNodes)), surviving: kept.union([stage.output])),
      forwardWithoutOutput: execution(from: stage.input, keeping(held, withoutOutput), surviving: kept),
      reverse: byInput(
        differentiated.keptForm(of: stage.input), reverse, entering: entering, surviving: surviving,
        readsInput: readsInput),
      reverseDerivingInput: meter.peakByteCount(
        of: reverseSequence(of: stage, form: form, inputIsCopy: false),
        in: StageMeter.Surroundings(entering: entering, surviving: surviving)))
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

  private func seconds(of sequence: [Int]) -> Double {
    sequence.reduce(0) { $0 + costs.seconds(of: graph.nodes[$1], in: graph) }
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
    var copies = live.copies
    func widen(_ values: [ValueID]) {
      for value in values where copies.remove(value) != nil {
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

  /// The backward nodes of a stage, each after the forward nodes that must be evaluated again for it. Where products are
  /// among these, what the compact form does without is gone after them.
  ///
  /// - Parameter inputIsCopy: whether the stage's input is kept, and so rounded where values are; else it is there itself.
  private func reverseSequence(of stage: Stage, form: KeptForm, inputIsCopy: Bool = true) -> [Int] {
    var live = live(form.held + (inputIsCopy ? [stage.input] : []))
    if !inputIsCopy { live.values.insert(stage.input) }
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
    }
    return result
  }
}

/// What decides a stage's numbers: its nodes' operators and shapes, how they are wired, and the forms.
private struct StageSignature: Hashable {
  private struct Step: Hashable {
    let operation: Operator
    let inputs: [Operand]
    let inputShapes: [Shape]
  }

  /// A value by where it stands relative to the stage.
  private enum Operand: Hashable {
    case external
    case input
    /// Output of the stage's node of that number, forward nodes first.
    case inside(node: Int, output: Int)
    case cotangent
  }

  private let steps: [Step]
  private let forms: [[Operand]]
  /// Whether the stage's input stands in the arena.
  private let inputIsInArena: Bool

  init(of stage: Stage, in graph: Graph) {
    let nodes = Array(stage.forwardNodes) + Array(stage.backwardNodes)
    func operand(_ value: ValueID) -> Operand {
      if value == stage.input { return .input }
      guard case .node(let producer) = graph[value].source else { return .external }
      let number =
        stage.forwardNodes.contains(producer)
        ? producer - stage.forwardNodes.lowerBound
        : stage.backwardNodes.contains(producer)
          ? stage.forwardNodes.count + producer - stage.backwardNodes.lowerBound : -1
      guard number >= 0 else { return .cotangent }
      return .inside(node: number, output: graph.nodes[producer].outputs.firstIndex(of: value) ?? 0)
    }
    steps = nodes.map { index in
      let node = graph.nodes[index]
      var operation = node.operation
      if case .dropout(let rate, _) = operation { operation = .dropout(rate: rate, layer: 0) }
      return Step(operation: operation, inputs: node.inputs.map(operand), inputShapes: graph.inputShapes(of: node))
    }
    forms = stage.forms.map { $0.held.map(operand) }
    inputIsInArena = stage.index > 0
  }
}
